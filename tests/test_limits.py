"""Limits of documents: each is kept exactly, and what is beyond one costs next to nothing."""

from collections.abc import Callable

import pytest
from graphql import (
    Lexer,
    Source,
    TokenKind,
    ValidationRule,
    get_introspection_query,
    parse,
    validate,
)

from kb.query import introspection
from kb.query.compiler import MOST_VIEWS
from kb.query.planner import MOST_CONNECTIONS
from kb.server import document_limits
from kb.server.document_limits import DocumentTooLarge, LimitsRule, check_limits
from kb.server.document_size import DefinitionTallies
from schema.build import build_schema
from tests.support.bombs import (
    CYCLIC,
    REFUSED_BY_THE_PARSER,
    REFUSED_BY_THE_RULE,
    on_state,
    repeat,
)
from tests.support.databases import Database

pytestmark = pytest.mark.sweep


class CountingRule(ValidationRule):
    """Counts what a rule after ours would be shown."""

    seen = 0

    def enter(self, *_: object) -> None:
        CountingRule.seen += 1


def count_tokens(text: str) -> int:
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count


@pytest.mark.parametrize("name", REFUSED_BY_THE_RULE)
def test_a_bomb_is_refused_before_other_rules(name: str) -> None:
    document, CountingRule.seen = parse(REFUSED_BY_THE_RULE[name]), 0
    errors = validate(build_schema().core, document, [LimitsRule, CountingRule])
    assert [error.extensions for error in errors] == [{"code": "TOO_LARGE"}]
    # The document node itself is shown to both.
    assert CountingRule.seen <= 1


@pytest.mark.parametrize("name", REFUSED_BY_THE_RULE)
def test_a_bomb_is_looked_at_once(name: str) -> None:
    text = REFUSED_BY_THE_RULE[name]
    tallies = DefinitionTallies(document := parse(text))
    for definition in document.definitions:
        tallies.total_tally(definition)  # type: ignore[arg-type]  # Each is an operation.
    assert 0 < tallies.visited <= count_tokens(text)


@pytest.mark.parametrize("name", REFUSED_BY_THE_RULE | REFUSED_BY_THE_PARSER)
def test_a_bomb_is_refused_on_the_whole_way(csto: Database, name: str) -> None:
    csto.reader.statements.clear()
    ((_, path, code),) = csto.refused((REFUSED_BY_THE_RULE | REFUSED_BY_THE_PARSER)[name])
    assert (path, code) == (None, "TOO_LARGE")
    assert csto.reader.statements == []


@pytest.mark.parametrize("name", CYCLIC)
def test_cycles_are_told_as_cycles(csto: Database, name: str) -> None:
    ((message, _, code),) = csto.refused(CYCLIC[name])
    assert message.startswith("Cannot spread fragment")
    assert code == "GRAPHQL_VALIDATION_FAILED"


def numbered_fields(count: int) -> str:
    return repeat(count, lambda position: f"f{position}")


def equal_fields(pairs: int) -> str:
    """Fields in groups of one name that make so many pairs."""
    groups: list[str] = []
    while pairs:
        size = next(size for size in range(100, 1, -1) if size * (size - 1) // 2 <= pairs)
        pairs -= size * (size - 1) // 2
        groups.append(f"g{len(groups)} " * size)
    return f"{{ r {{ {' '.join(groups)} }} }}"


LIMITS: dict[str, tuple[int, Callable[[int], str]]] = {
    "fields": (document_limits.MOST["fields"], lambda n: f"{{ r {{ {numbered_fields(n - 1)} }} }}"),
    "fragments": (
        document_limits.MOST["fragments"],
        lambda n: f"{{ r {{ {repeat(n, lambda position: f'... {{ f{position} }}')} }} }}",
    ),
    "aliases": (
        document_limits.MOST["aliases"],
        lambda n: f"{{ r {{ {repeat(n, lambda position: f'a{position}: f')} }} }}",
    ),
    "directives": (document_limits.MOST["directives"], lambda n: f"{{ r {'@d ' * n} }}"),
    "values": (
        document_limits.MOST["values of arguments"],
        lambda n: f"{{ r(a: [{'1 ' * (n - 1)}]) }}",
    ),
    "variables": (
        document_limits.MOST["variables"],
        lambda n: f"query ({repeat(n, lambda position: f'$v{position}: Int')}) {{ r }}",
    ),
    "definitions": (
        document_limits.MOST_DEFINITIONS,
        lambda n: repeat(n, lambda position: f"query Q{position} {{ r }}"),
    ),
    "depth": (document_limits.MOST_DEPTH, lambda n: "{ f " * n + "}" * n),
    "roots": (document_limits.MOST_ROOTS, lambda n: f"{{ {numbered_fields(n)} }}"),
    "pairs": (document_limits.MOST_PAIRS, equal_fields),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_kept_exactly(name: str) -> None:
    most, document = LIMITS[name]
    assert check_limits(parse(document(most))) > 0
    with pytest.raises(
        DocumentTooLarge, match=f"has {most + 1:,} .* more than the {most:,} allowed"
    ):
        check_limits(parse(document(most + 1)))


@pytest.mark.parametrize(
    ("most", "document"),
    [
        (document_limits.MOST_TOKENS - 3, lambda n: "#\n" * n + "{ revision }"),
        (document_limits.MOST_CHARACTERS - 12, lambda n: " " * n + "{ revision }"),
    ],
)
def test_the_parser_keeps_its_limits_exactly(
    csto: Database, most: int, document: Callable[[int], str]
) -> None:
    assert csto.ask(document(most))
    ((message, _, code),) = csto.refused(document(most + 1))
    assert "contains more than" in message
    assert code == "TOO_LARGE"


@pytest.mark.parametrize("spread", ["... on Query { r { ...F } }", "r { ... { ...F } }"])
def test_fragments_count_each_time_they_are_spread(spread: str) -> None:
    document = f"{{ {spread} {spread} }} fragment F on T {{ b {{ a: c @d }} }}"
    tally = DefinitionTallies(parsed := parse(document)).total_tally(parsed.definitions[0])  # type: ignore[arg-type]  # As above.
    assert tally.counts["fields"] == 2 * (1 + 2)
    assert (tally.counts["aliases"], tally.counts["directives"]) == (2, 2)
    assert tally.depth == 3


def nested_connections(levels: int) -> str:
    both = "memberships(first: 1) { nodes { organisation { memberships(first: 1) { nodes { state {"
    levels, odd = divmod(levels, 2)
    last = "memberships { totalCount }" if odd else "code"
    return on_state(both * levels + last + "} } } } } }" * levels)


def test_connections_within_one_another(csto: Database) -> None:
    assert csto.ask(nested_connections(MOST_CONNECTIONS))
    ((message, path, code),) = csto.refused(nested_connections(MOST_CONNECTIONS + 1))
    assert message.startswith("more than 12 connections stand within one another")
    assert (len(path or ()), code) == (1 + 6 * 6 + 1, "TOO_LARGE")  # type: ignore[arg-type]  # A list.


def nested_views(levels: int) -> str:
    return "{ " + 'view(knownAt: "2018-01-01") { ' * levels + "revision" + " }" * (levels + 1)


def test_views_within_one_another(csto: Database) -> None:
    assert csto.ask(nested_views(MOST_VIEWS))
    ((message, path, code),) = csto.refused(nested_views(MOST_VIEWS + 1))
    assert message.startswith("more than 5 views stand within one another")
    assert (path, code) == (["view"] * (MOST_VIEWS + 1), "TOO_LARGE")


@pytest.mark.parametrize(
    ("outer", "step", "last"),
    [
        ('organisation(slug: "csto")', ("predecessor",), "slug"),
        ('organisation(slug: "cst")', ("successors", "predecessor"), "slug"),
        ('event(slug: "osh-fighting")', ("summit", "organisation", "predecessor", "founded"), "x"),
    ],
)
def test_statements_nest_as_deep_as_fields_may(
    csto: Database, outer: str, step: tuple[str, ...], last: str
) -> None:
    steps = [step[level % len(step)] for level in range(document_limits.MOST_DEPTH - 2)]
    if "founded" in steps:
        steps, last = steps[:3], "founded { edtf }"
    query = f"{{ {outer} {{ {' { '.join([*steps, last])} {'} ' * len(steps)}}} }}"
    assert csto.ask(query)


def test_what_tools_ask_of_the_schema_is_answered(csto: Database) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    assert csto.ask(query)["__schema"]


@pytest.mark.parametrize(
    "part",
    [
        "a{}: __schema {{ types {{ fields {{ args {{ name type {{ name }} }} }} }} }}",
        "b{}: __schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }}",
    ],
)
def test_what_is_asked_of_the_schema_has_a_limit(csto: Database, part: str) -> None:
    assert csto.ask(f"{{ {part.format(0)} }}")
    ((message, _, code),) = csto.refused(f"{{ {repeat(60, part.format)} }}")
    assert message.startswith(f"the answer has more than {introspection.MOST_FIELDS:,} fields")
    assert code == "TOO_LARGE"


def test_a_document_is_checked_once(csto: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []
    monkeypatch.setattr(document_limits, "check_limits", checked.append)
    for _ in range(3):
        csto.ask(f"{{ {csto.engine.dialect.name}: revision }}")
    assert len(checked) == 1
