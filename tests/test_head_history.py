"""How long a replica has lacked what the primary had, told from looks at both."""

import math

import pytest

from kb.database.head_history import HeadHistory
from kb.database.head_watch import HeadRow


def head(revision: int, chain: str = "", stream: str = "s", version: str = "1") -> HeadRow:
    return HeadRow(stream, revision, chain or f"c{revision}", version)


@pytest.fixture
def history() -> HeadHistory:
    """Revision 1 was there at the first look; 2 came between 10 and 11, 3 between 12 and 13."""
    history = HeadHistory(5)
    for revision, looked_at in ((1, 9), (1, 10), (2, 11), (2, 12), (3, 13)):
        history.note(head(revision), looked_at)
    return history


@pytest.mark.parametrize(
    ("revision", "lag"), [(3, 0), (2, 14 - 12), (1, 14 - 10), (0, math.inf)], ids=str
)
def test_a_lag_is_counted_from_before_the_first_revision_that_is_missed(
    history: HeadHistory, revision: int, lag: float
) -> None:
    assert history.lag(head(revision), 14, 14) == lag


def test_a_lag_is_never_told_too_short(history: HeadHistory) -> None:
    """Among many commits, and when the oldest are forgotten."""
    made = {3: 13.0}
    for revision in range(4, 3_000):
        made[revision] = made[revision - 1] + 0.01
        history.note(head(revision), made[revision])
    now = made[2_999]
    for revision in range(3, 2_999):
        missed_for = now - made[revision + 1]
        lag = history.lag(head(revision), now, now)
        assert lag >= min(missed_for, 5), revision
        assert lag <= missed_for + 0.1 or lag > 5
    assert len(history._sightings) < 120


def test_what_was_there_when_the_primary_came_back_may_be_old(history: HeadHistory) -> None:
    history.note(head(9), 100)
    assert history.lag(head(3), 100, 100) == 100 - 13


def test_nothing_is_known_before_the_primary_was_seen() -> None:
    assert HeadHistory(5).lag(head(1), 1, 1) == math.inf


@pytest.mark.parametrize(
    "other",
    [head(3, stream="t"), head(3, version="2"), head(3, chain="x"), head(2, chain="x")],
    ids=["another stream", "another version", "another commit", "another commit before"],
)
def test_what_went_another_way_is_of_no_use(history: HeadHistory, other: HeadRow) -> None:
    assert history.lag(other, 14, 14) == math.inf


def test_who_is_ahead_was_looked_at_later_or_went_another_way(history: HeadHistory) -> None:
    assert history.lag(head(4), 13.1, 14) == 0
    assert history.lag(head(4), 12.9, 14) == math.inf


@pytest.mark.parametrize("after", [head(1), head(3, chain="x"), head(3, stream="t")], ids=str)
def test_a_primary_of_another_history_is_a_new_beginning(
    history: HeadHistory, after: HeadRow
) -> None:
    history.note(after, 14)
    assert history.lag(after, 14, 20) == 0
    assert history.lag(head(0, stream=after.stream), 14, 20) == math.inf
