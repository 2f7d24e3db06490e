"""Pages: whatever their size, direction and equal keys, together they are the whole list."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.config import Settings
from tests.support.databases import Database, Place, open_database
from tests.support.seed_texts import citation_text, write_seed_texts

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  states(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { code }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
# Names repeat, so that pages end between rows of equal keys; one sorts by code point alone.
NAMES = ["Alike", "Alike", "Alike", "Beta", "beta", "Ägir", "Alike", "Zeta", "Beta"]
CODES = [f"{letter}X" for letter in "QWERTYUIO"]
EXPECTED = [code for _, code in sorted(zip(NAMES, CODES, strict=True))]


@pytest.fixture(scope="module")
def states(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("pages")
    document = "".join(
        f"{code}:\n  name: {name}\n  citations:\n{citation_text(f'{code.lower()}-named')}"
        for code, name in zip(CODES, NAMES, strict=True)
    )
    seeds = write_seed_texts(folder, states=document, memberships="")
    with open_database(place.create(migrated)) as database:
        database.load(seeds)
        yield database


def read_page(
    database: Database, **arguments: object
) -> tuple[list[str], bool, bool, str | None, str | None]:
    match database.ask(PAGE, **arguments):
        case {
            "states": {
                "totalCount": total,
                "nodes": list(nodes),
                "pageInfo": {
                    "hasNextPage": bool(more),
                    "hasPreviousPage": bool(less),
                    "startCursor": (str() | None) as start,
                    "endCursor": (str() | None) as end,
                },
            }
        }:
            assert total == len(CODES)
            return [node["code"] for node in nodes], more, less, start, end
        case other:
            pytest.fail(f"{other}")


@given(size=st.integers(1, 12))
@settings(deadline=None, max_examples=12)
def test_pages_forwards_are_the_list(states: Database, size: int) -> None:
    seen: list[str] = []
    after, more = None, True
    while more:
        codes, more, less, start, after = read_page(states, first=size, after=after)
        assert less == bool(seen)
        assert start is not None
        assert codes == EXPECTED[len(seen) : len(seen) + size]
        seen += codes
    assert seen == EXPECTED


@given(size=st.integers(1, 12))
@settings(deadline=None, max_examples=12)
def test_pages_backwards_are_the_list(states: Database, size: int) -> None:
    seen: list[str] = []
    before, less = None, True
    while less:
        codes, more, less, before, _ = read_page(states, last=size, before=before)
        assert more == bool(seen)
        seen = codes + seen
    assert seen == EXPECTED


@given(low=st.integers(0, 8), high=st.integers(0, 8), size=st.integers(0, 9), last=st.booleans())
@settings(deadline=None, max_examples=150)
def test_any_window_is_the_slice(
    states: Database, low: int, high: int, size: int, last: bool
) -> None:
    after, before = cursor_of(states, low), cursor_of(states, high)
    window = EXPECTED[low + 1 : high]
    expected = (window[-size:] if size else []) if last else window[:size]
    codes, more, less, start, end = read_page(
        states, after=after, before=before, **{"last" if last else "first": size}
    )
    assert codes == expected
    # What a cursor names exists, so there is always more on its side.
    assert (more, less) == (True, True)
    assert (start is None, end is None) == (not codes, not codes)


def cursor_of(database: Database, position: int) -> str:
    (*_, cursor) = read_page(database, first=position + 1)
    assert cursor is not None
    return cursor


def test_rows_added_meanwhile_move_no_page(empty: Database, tmp_path: Path) -> None:
    def state(code: str) -> str:
        return f"{code}:\n  name: {code}\n  citations:\n{citation_text(f'{code.lower()}-named')}"

    before = write_seed_texts(
        tmp_path, states="".join(map(state, ["BB", "DD", "FF"])), memberships=""
    )
    empty.load(before)
    after = _codes(empty, "first: 2")[-1][1]
    empty.load(
        write_seed_texts(tmp_path, states="".join(map(state, ["AA", "CC", "EE"])), memberships="")
    )
    codes = [code for code, _ in _codes(empty, f'first: 9, after: "{after}"')]
    assert codes == ["EE", "FF"]


def _codes(database: Database, arguments: str) -> list[tuple[str, str]]:
    data = database.ask(f"{{ states({arguments}) {{ edges {{ cursor node {{ code }} }} }} }}")
    match data:
        case {"states": {"edges": list(edges)}}:
            return [(edge["node"]["code"], edge["cursor"]) for edge in edges]
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        ("first: 101", "`first: 101` is no size of a page", "BAD_ARGUMENT"),
        ("last: 101", "`last: 101` is no size of a page", "BAD_ARGUMENT"),
        ("first: -1", "`first: -1` is no size of a page", "BAD_ARGUMENT"),
        ("first: 1, last: 1", "`first` and `last` exclude each other", "BAD_ARGUMENT"),
        ('after: "nonsense"', "`nonsense` is no cursor of this list", "BAD_CURSOR"),
        ('before: ""', "`` is no cursor of this list", "BAD_CURSOR"),
        ('after: "5b5d"', "`5b5d` is no cursor of this list", "BAD_CURSOR"),
    ],
)
def test_refuses_with_path_and_code(
    csto: Database, arguments: str, message: str, code: str
) -> None:
    query = f"{{ here: states({arguments}) {{ totalCount }} revision }}"
    ((told, path, actual),) = csto.refused(query)
    assert told.startswith(message)
    assert (path, actual) == (["here"], code)


def test_refuses_a_cursor_of_another_list(csto: Database) -> None:
    data = csto.ask("{ officials(first: 1) { pageInfo { endCursor } } }")
    match data:
        case {"officials": {"pageInfo": {"endCursor": str(cursor)}}}:
            ((_, path, code),) = csto.refused(
                "query ($after: String) { states(after: $after) { totalCount } }", after=cursor
            )
            assert (path, code) == (["states"], "BAD_CURSOR")
        case other:
            pytest.fail(f"{other}")
