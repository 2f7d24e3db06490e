"""`diff(from:, to:)` applied to what there was at `from` gives what there is at `to`.

What there was after a revision is told by the feed, replayed; what could be known on a day by the
documents of all records in a view of it, and these by the fields that a view shows.
"""

from pathlib import Path
from random import Random

import pytest

from kb.commit.feed import Origin
from kb.files.load import load
from schema import diff_rows
from tests.support.curated import ARTICLE, as_bearer, curator, expect_payload, token
from tests.support.databases import SHIPPED_SET, Database
from tests.support.differences import DIFFERENCES, Moment, check_differences, differences
from tests.support.record_states import States, fields_of, known_states, recorded_states
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.worlds import odd

pytestmark = pytest.mark.sweep
FEW, MANY = (2, 12), (10, 200)
"""How many loads, and how many pairs of moments."""


def loaded(db: Database, loads: int) -> None:
    """Each load changes nearly everything, and what follows it one article."""
    for times in range(loads):
        odd.load_again(db.engine, 1, times)
        ((slug,),) = db.rows("select key from article order by key limit 1")
        expect_payload(curator(db).record("Article", slug=slug, headline=f"Headline {times}"))


def test_texts_are_told_to_whoever_may_read_them(filled: Database) -> None:
    head = str(filled.ask("{ revision }")["revision"])
    expect_payload(curator(filled).record("Article", slug=ARTICLE, paragraphs=["Secret words."]))
    moments = {"revision": head}, {"revision": str(filled.ask("{ revision }")["revision"])}
    (found,) = differences(as_bearer(filled, token(filled)), *moments)
    text = {"field": "paragraphs", "before": None, "after": '["Secret words."]'}
    assert found["fields"] == [text]


def test_what_the_feed_has_no_longer_is_compared(empty: Database, tmp_path: Path) -> None:
    """The tables of what was recorded go back as far as the feed begins."""
    dated = ARTICLES.replace("1950-05-09", "1951-05-09")
    empty.load(write_seed_texts(tmp_path))
    empty.load(write_seed_texts(tmp_path, articles=dated))
    revision, before = [*recorded_states(empty).items()][-1]
    files = write_seed_texts(tmp_path)
    load(empty.engine, [files], terms=SHIPPED_SET, origin=Origin("test", kept=1))
    moments = {"revision": str(revision)}, {"revision": str(empty.ask("{ revision }")["revision"])}
    rows = empty.rows("select type, key, document from snapshot")
    after: States = {f"{type_name}:{key}": fields_of(document) for type_name, key, document in rows}
    found = differences(empty, *moments)
    check_differences(found, before, after)
    assert found
    check_differences(differences(empty, *moments[::-1]), after, before)
    for since, code in (("1", "REVISION_EXPIRED"), ("999", "REVISION_UNKNOWN")):
        variables = {"from": {"revision": since}, "to": moments[1], "counted": False}
        assert [each[1:] for each in empty.refused(DIFFERENCES, **variables)] == [(["diff"], code)]


def test_a_page_and_whether_there_is_more_are_worked_out_at_once(csto: Database) -> None:
    variables = {"from": {"revision": "0"}, "to": {"revision": "400"}, "counted": False}
    csto.reader.statements.clear()
    csto.ask(DIFFERENCES, first=5, **variables)
    ((pieces, _),) = csto.reader.statements
    assert "".join(pieces).count(" from h1 ") == 1


def test_it_is_refused_within_other_moments(csto: Database) -> None:
    diff = '{ diff(from: {revision: "0"}, to: {revision: "1"}) { nodes { kind } } }'
    for around in ('at(revision: "1")', 'view(knownAt: "2020-01-01")'):
        ((message, path, code),) = csto.refused(f"{{ v: {around} {diff} }}")
        assert (path, code) == (["v", "diff"], "BAD_ARGUMENT")
        assert "outside of `at` and `view`" in message


@pytest.mark.parametrize(("loads", "count"), [FEW, pytest.param(*MANY, marks=pytest.mark.long)])
def test_any_two_moments(
    empty: Database, loads: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(empty, loads)
    random = Random(1)
    recorded, known = recorded_states(empty), known_states(empty)
    moments: list[list[tuple[Moment, States]]] = [
        [({"revision": str(revision)}, state) for revision, state in recorded.items()],
        [({"knownAt": day}, state) for day, state in known.items()],
    ]
    for number in range(count):
        # Of many and of few changes; what was planned before is planned anew.
        monkeypatch.setattr(diff_rows, "FEW_CHANGES", (1, 100_000)[number % 2])
        query = f"# {number % 2}\n{DIFFERENCES}"
        (since, before), (until, after) = (random.choice(random.choice(moments)) for _ in range(2))
        found = differences(empty, since, until, random.choice((40, 100)), query)
        check_differences(found, before, after)
