"""Documents that are short and ask for more than anybody could answer.

Out: by name, texts that parse, or that the parser stops at; each is beyond a stated limit.
"""

from collections.abc import Callable

TYPES = ("Organisation", "State", "Membership", "Official", "Term", "Summit", "Event")


def repeat(count: int, part: Callable[[int], str]) -> str:
    return " ".join(part(number) for number in range(count))


def fragments(levels: int, spreads: int) -> str:
    """Each fragment spreads the next one so many times."""
    spread = repeat(
        levels,
        lambda level: (
            f"fragment F{level} on Query {{ {repeat(spreads, lambda _: f'...F{level + 1}')} }}"
        ),
    )
    return f"{{ ...F0 }} {spread} fragment F{levels} on Query {{ revision }}"


def nested_fragments(levels: int, spreads: int) -> str:
    """The same, each time below a field of its own."""

    def fragment(level: int) -> str:
        fields = repeat(
            spreads,
            lambda number: f"a{number}: state {{ memberships {{ nodes {{ ...F{level + 1} }} }} }}",
        )
        return f"fragment F{level} on Membership {{ {fields} }}"

    last = f"fragment F{levels} on Membership {{ key }}"
    return f"{{ memberships {{ nodes {{ ...F0 }} }} }} {repeat(levels, fragment)} {last}"


def mutual_fragments(count: int, spread: str) -> str:
    """Fragments that all spread one another; `spread` says where, with `{}` for them."""
    all_spreads = repeat(count, lambda number: f"...F{number}")
    inner = spread.replace("{}", all_spreads)
    fragments_of_all = repeat(count, lambda number: f"fragment F{number} on State {{ {inner} }}")
    return f'{{ state(code: "UZ") {{ ...F0 }} }} {fragments_of_all}'


def nested_types(levels: int) -> str:
    """Each type selects more of what all of them select, at every level."""

    def alone(level: int) -> str:
        inner = alone(level - 1) if level > 0 else "id"
        return f"citations {{ nodes {{ subject {{ {inner} }} }} }}"

    def each(level: int) -> str:
        if level == 0:
            return "id"
        more = " ".join(f"... on {name} {{ {alone(level - 2)} }}" for name in TYPES)
        return f"citations {{ nodes {{ subject {{ {each(level - 1)} {more} }} }} }}"

    return f'{{ node(id: "State:UZ") {{ ... on Sourced {{ {each(levels)} }} }} }}'


def on_state(selected: str) -> str:
    return f'{{ state(code: "UZ") {{ {selected} }} }}'


REFUSED_BY_THE_RULE = {
    "fragments within fragments": fragments(30, 10),
    "fragments within fields": nested_fragments(30, 3),
    "a fragment nobody uses": "{ revision }" + fragments(30, 10).removeprefix("{ ...F0 }"),
    "a chain of fragments": fragments(250, 1),
    "aliases": on_state(repeat(1_000, lambda number: f"a{number}: name")),
    "fields of one name": on_state("name " * 1_900),
    "rows of one name": on_state("memberships { nodes { key } } " * 490),
    "directives": on_state("name " + "@skip(if: false) " * 600),
    "directives of an operation": "query " + "@x " * 1_500 + "{ revision }",
    "variables": f"query ({repeat(900, lambda number: f'$a{number}: Int')}) {{ revision }}",
    "values": f"{{ nodes(ids: [{'1 ' * 3_000}]) {{ id }} }}",
    "fields within fields": on_state(
        "memberships { nodes { state { " * 60 + "code" + " } } }" * 60
    ),
    "operations": repeat(700, lambda number: f"query Q{number} {{ revision }}"),
    "roots": f"{{ {repeat(400, lambda number: f'a{number}: revision')} }}",
}
REFUSED_BY_THE_PARSER = {
    "10,000 aliases": f"{{ {repeat(10_000, lambda number: f'a{number}: revision')} }}",
    "100,000 directives": "{ revision " + "@skip(if: false) " * 100_000 + "}",
    "5,000 fragments": mutual_fragments(70, "{}") + repeat(5_000, lambda number: f"...F{number}"),
    "comments": "#\n" * 20_000 + "{ revision }",
    "a long string": f'{{ state(code: "{"a" * 200_000}") {{ name }} }}',
    "blanks": " " * 200_000 + "{ revision }",
    "lists within lists": f"{{ nodes(ids: {'[' * 500}{']' * 500}) {{ id }} }}",
    "objects within objects": f"{{ states(filter: {'{a: ' * 500}1{'}' * 500}) {{ totalCount }} }}",
}
CYCLIC = {
    "each other": mutual_fragments(20, "{}"),
    "each other below fields": mutual_fragments(20, "memberships { nodes { state { {} } } }"),
    "itself": "{ ...A } fragment A on Query { ...A " + "revision " * 1_900 + "}",
    "a cycle that nobody uses": "{ revision } fragment A on Query { ...B } "
    "fragment B on Query { ...A " + "revision " * 1_900 + "}",
}
