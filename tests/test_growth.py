"""Statements grow as the documents do: in length, in values, and in SQLite's instructions."""

from collections.abc import Callable, Sequence

import pytest

from kb.query import budget, executor
from tests.support.bombs import TYPES, nested_types, on_state, repeat
from tests.support.databases import Database


def of_every_type(levels: int) -> str:
    inner = of_every_type(levels - 1) if levels else "id"
    each = " ".join(f"... on {name} {{ x{levels}: id }}" for name in TYPES)
    return f"__typename {each} citations(first: 2) {{ nodes {{ claim subject {{ {inner} }} }} }}"


def on_interfaces(levels: int) -> str:
    inner = on_interfaces(levels - 1) if levels else "id"
    shared = f"citations(first: 2) {{ nodes {{ subject {{ ... on State {{ code }} {inner} }} }} }}"
    return f"... on Sourced {{ {shared} }}"


def both_ways(levels: int) -> str:
    inner = both_ways(levels - 1) if levels else "code"
    return (
        "memberships(first: 1) { pageInfo { endCursor } edges { cursor node { key state { "
        f"{inner} }} }} }} }}"
    )


_SUCCESSORS = "successors { disagreements { field } predecessor { "
"""A list that has one row at most."""
GROWING: dict[str, tuple[Callable[[int], str], int]] = {
    "types": (lambda n: f'{{ node(id: "x") {{ ... on Sourced {{ {of_every_type(n)} }} }} }}', 5),
    "interfaces": (lambda n: f'{{ nodes(ids: ["x"]) {{ {on_interfaces(n)} }} }}', 5),
    "connections": (lambda n: on_state(both_ways(n)), 5),
    "rows": (
        lambda n: f'{{ organisation(slug: "csto") {{ {"predecessor { " * n}slug{" }" * n} }} }}',
        40,
    ),
    "lists": (
        lambda n: f'{{ organisation(slug: "x") {{ {_SUCCESSORS * n}slug{" } }" * n} }} }}',
        20,
    ),
    "width": (lambda n: on_state(repeat(n, lambda position: f"a{position}: {both_ways(0)}")), 20),
    "scalars": (lambda n: on_state(repeat(n, lambda position: f"a{position}: name")), 200),
}


@pytest.mark.parametrize("name", GROWING)
def test_statements_grow_with_the_document_and_no_faster(csto: Database, name: str) -> None:
    grow, size = GROWING[name]
    small, large = (statement_size(csto, grow(n)) for n in (size, 2 * size))
    for once, twice in zip(small, large, strict=True):
        assert twice <= 2.5 * once


def statement_size(database: Database, query: str) -> Sequence[int]:
    """The length of the statement, its values, and on SQLite its instructions."""
    database.reader.statements.clear()
    database.ask(query)
    ((pieces, values),) = database.reader.statements
    if not database.is_sqlite:
        return len("".join(pieces)), len(values)
    statement = "explain " + "?".join(pieces)
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(statement, tuple(values)).all()
    return len("".join(pieces)), len(values), len(rows)


def test_types_that_select_more_of_what_all_select_are_bounded(
    csto: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert csto.ask(nested_types(1))
    for name in ("MOST_FIELDS", "MOST_SELECTIONS"):
        with monkeypatch.context() as patch:
            patch.setattr(budget, "MOST_FIELDS", 10**9)
            patch.setattr(budget, "MOST_SELECTIONS", 10**9)
            patch.setattr(budget, name, 1_000)
            ((message, path, code),) = csto.refused(nested_types(3))
            assert message.startswith("the operation comes to more than 1,000 ")
            assert (code, isinstance(path, list)) == ("TOO_LARGE", True)


@pytest.mark.parametrize(("name", "what"), [("MOST_TEXT", "characters"), ("MOST_PARAMS", "values")])
def test_a_statement_has_a_limit(
    csto: Database, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    query = f"{{ {name}: states(first: 1) {{ nodes {{ code }} }} }}"
    monkeypatch.setattr(executor, name, 0)
    ((message, _, code),) = csto.refused(query)
    assert f" {what}, more than 0" in message
    assert code == "TOO_LARGE"


@pytest.mark.parametrize("types", ["", ", types: [CITATION, ARTICLE]", ", types: [SUMMIT]"])
def test_a_page_of_changes_takes_as_long_anywhere_in_a_commit(csto: Database, types: str) -> None:
    """The shipped seeds are one commit of hundreds of changes."""
    if not csto.is_sqlite:
        pytest.skip("PostgreSQL does not count its instructions")
    query = f"query ($after: String, $first: Int!) {{ changes(after: $after, first: $first{types})"
    query += " { nodes { cursor commitEnd } pageInfo { endCursor } } }"

    def steps(after: object) -> int:
        csto.reader.statements.clear()
        csto.ask(query, after=after, first=2)
        ((pieces, values),) = csto.reader.statements
        counted: list[int] = []
        with csto.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(lambda: counted.append(1), 1)
            driver.execute("?".join(pieces), tuple(values)).fetchone()
            driver.set_progress_handler(None, 1)
        return len(counted)

    all_of_them = csto.ask(query, first=1000)["changes"]["nodes"]  # type: ignore[index]  # It is JSON.
    early, late = (all_of_them[place]["cursor"] for place in (1, len(all_of_them) - 4))
    assert steps(late) < 1.3 * steps(early)
