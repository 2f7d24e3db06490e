"""Search as a list: its pages, cursors that hold until a write, and what is refused."""

from itertools import islice
from pathlib import Path

import pytest

from kb.archive.pages import page_paths
from kb.ingest.ingest import ingest
from tests.support.databases import Database, shipped_seeds
from tests.support.scan import expected_hits, scan_texts
from tests.support.searches import MOST_WORDS, SEARCH, Hit, search
from tests.support.sites import read_page


@pytest.mark.parametrize("size", [1, 3, 7, 100])
@pytest.mark.parametrize("query", ["a", "csto", '"the csto"', "nothing-like-it"])
def test_pages_are_the_list(csto: Database, query: str, size: int) -> None:
    whole = search(csto, query)
    seen: list[Hit] = []
    after, more = None, True
    while more:
        page = search(csto, query, first=size, after=after)
        assert page.total == whole.total
        assert len(page.hits) == min(size, whole.total - len(seen))
        seen += page.hits
        after, more = (page.hits[-1].cursor if page.hits else None), page.more
    assert seen == whole.hits


def test_one_statement_for_a_search(csto: Database) -> None:
    csto.reader.statements.clear()
    search(csto, '"treaty organisation" csto mem', types=["STATE"], first=3)
    assert len(csto.reader.statements) == 1


def refused_cursors(opened: Database, cursor: str) -> list[tuple[object, object]]:
    return [(path, code) for _, path, code in opened.refused(SEARCH, q="csto", after=cursor)]


def test_a_cursor_ends_with_the_next_write(filled: Database, tmp_path: Path) -> None:
    (hit,) = search(filled, "csto", first=1).hits
    with shipped_seeds() as folder:
        filled.load(folder)
    assert len(search(filled, "csto", first=1, after=hit.cursor).hits) == 1
    states = tmp_path / "publications.yaml"
    states.write_text("gazette: {name: The Gazette}\n", encoding="utf-8")
    filled.load(states)
    assert refused_cursors(filled, hit.cursor) == [(["search"], "CURSOR_STALE")]
    (again,) = search(filled, "csto", first=1).hits
    assert (again.id, again.snippet, again.rank) == (hit.id, hit.snippet, hit.rank)
    assert search(filled, "csto", first=1, after=again.cursor).hits


@pytest.mark.parametrize("cursor", ["", "nonsense", "5b5d", "5b226122", "00", "\0", "é"])
def test_refuses_what_is_no_cursor(csto: Database, cursor: str) -> None:
    assert refused_cursors(csto, cursor) == [(["search"], "BAD_CURSOR")]


def test_refuses_the_cursor_of_another_list(csto: Database) -> None:
    data = csto.ask("{ states(first: 1) { pageInfo { endCursor } } }")
    match data:
        case {"states": {"pageInfo": {"endCursor": str(cursor)}}}:
            assert refused_cursors(csto, cursor) == [(["search"], "BAD_CURSOR")]
        case other:
            pytest.fail(f"{other}")


def test_refuses_too_many_words_at_their_place(csto: Database) -> None:
    many = " ".join(f"w{number}" for number in range(MOST_WORDS + 1))
    for view, path in (('"2018-01-01"', ["view", "here"]), (None, ["here"])):
        field = "here: search(query: $q) { totalCount suggestions }"
        field = f"view(knownAt: {view}) {{ {field} }}" if view else field
        query = f"query ($q: String!) {{ {field} }}"
        ((message, where, code),) = csto.refused(query, q=many)
        assert f"{MOST_WORDS}" in message
        assert (where, code) == (path, "TOO_LARGE")
    fits = " ".join(many.split()[:MOST_WORDS])
    assert search(csto, fits).total == search(csto, f'"{many}"').total == 0


def test_paragraphs_are_found_once_they_are_ingested(
    filled: Database, archive: str, tmp_path: Path
) -> None:
    before = scan_texts(filled)
    page = tmp_path / "csto.txt"
    page.write_text(archive, encoding="utf-8")
    (hit,) = search(filled, "csto", first=1).hits
    ingest(filled.engine, page_paths([page]), read_page)
    assert refused_cursors(filled, hit.cursor) == [(["search"], "CURSOR_STALE")]
    after = scan_texts(filled)
    new = {word for texts in after.values() for text in texts for word in text}
    new -= {word for texts in before.values() for text in texts for word in text}
    for word in islice(sorted(new), 0, None, 40):
        assert sorted(search(filled, f'"{word}"').ids) == expected_hits(after, f'"{word}"')


@pytest.mark.parametrize("types", [["CITATION"], ["PUBLICATION", "STATE"]])
def test_types_that_no_hit_can_have_are_refused(csto: Database, types: list[str]) -> None:
    ((message, path, code),) = csto.refused(SEARCH, q="t", types=types)
    assert types[0] in message
    assert (path, code) == (["search"], "BAD_ARGUMENT")
