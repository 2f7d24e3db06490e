"""Clocks that are set: the feed's times never run backwards, and no key of a request is forgotten.

What is stored is moved instead of the clock: to whoever looks next it is the same.
"""

import pytest

from kb.commit import request
from tests.support.curated import Answer, Curator, curator
from tests.support.databases import Database
from tests.support.feeds import follow

pytestmark = pytest.mark.sweep

LATER, LONG_AGO = "2999-12-31T23:59:59.000000Z", "1999-12-31T23:59:59.000000Z"
TIMES = "select at from change order by revision"


def record(by: Curator, key: str) -> Answer:
    """Keys are those of one token."""
    return by.record("Publication", slug=f"p-{key}", name=key, idempotencyKey=key)


@pytest.fixture
def by(filled: Database) -> Curator:
    return curator(filled)


def times(db: Database) -> list[object]:
    return [at for (at,) in db.rows(TIMES)]


def test_times_stand_still_while_a_clock_was_set_back(filled: Database, by: Curator) -> None:
    record(by, "a")
    filled.run(f"update change set at = '{LATER}' where revision = (select revision from head)")
    for key in ("b", "c"):
        record(by, key)
    assert times(filled)[-3:] == [LATER] * 3
    assert times(filled) == sorted(map(str, times(filled)))
    assert [change["at"] for change in follow_times(filled)][-1] == LATER


def follow_times(db: Database) -> list[dict[str, object]]:
    answer = db.ask("{ changes(first: 1000) { nodes { at } } }")["changes"]
    assert isinstance(answer, dict)
    nodes: list[dict[str, object]] = answer["nodes"]
    return nodes


def test_times_go_on_where_nothing_was_set(filled: Database, by: Curator) -> None:
    record(by, "a")
    record(by, "b")
    first, second = times(filled)[-2:]
    assert str(first) < str(second) < LATER


def test_keys_hold_although_a_clock_was_set_forward(filled: Database, by: Curator) -> None:
    first = record(by, "a")
    filled.run(f"update request set at = '{LONG_AGO}'")
    record(by, "b")
    revisions = len(list(follow(filled)))
    assert record(by, "a") == first
    assert len(list(follow(filled))) == revisions


def test_keys_are_no_older_than_the_commit_that_they_are_of(filled: Database, by: Curator) -> None:
    filled.run(f"update change set at = '{LATER}' where revision = (select revision from head)")
    record(by, "a")
    assert filled.rows("select at from request") == [(LATER,)]


def test_of_old_keys_the_newest_are_remembered(
    filled: Database, by: Curator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "KEYS_KEPT", 2)
    for number, key in enumerate("abcd"):
        record(by, key)
        old = LONG_AGO.replace("1999", str(1990 + number))
        filled.run(f"update request set at = '{old}' where key = '{key}'")
    record(by, "e")
    kept = [key for (key,) in filled.rows("select key from request order by key")]
    assert kept == ["c", "d", "e"]
