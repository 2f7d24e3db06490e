"""What is found in one sweep over many, held against every pair of them."""

from datetime import date, timedelta
from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from kb.commit.overlaps import find_overlaps
from kb.derive.assertions import STILL_RUNNING, ArticleDates, Days, Statement, days_of
from kb.derive.disagreements import _compare_dates
from kb.models import DisagreementKind
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.records.rows import Ref, Rows, TableRow

FEW = st.integers(1, 6)
VALUES = st.one_of(
    st.just(STILL_RUNNING),
    FEW.map("2000-01-0{}".format),
    st.sampled_from(["2000", "2000-01", "[..2000-01-03]", "[2000-01-02..]", "20XX"]),
    st.tuples(FEW, FEW)
    .filter(lambda two: two[0] < two[1])
    .map(lambda two: f"[2000-01-0{two[0]}..2000-01-0{two[1]}]"),
)
STATEMENTS = st.builds(
    lambda value, day: Statement(
        "c", "period.end", value, "", True, ArticleDates(date(2000, 1, day), date(2000, 2, 1))
    ),
    VALUES,
    FEW,
)


@given(st.none() | VALUES, st.lists(STATEMENTS, min_size=1, max_size=6))
def test_dates_that_exclude_or_refine_each_other(
    recorded: str | None, told: list[Statement]
) -> None:
    asserted = {days_of(str(statement.value), statement.dated.earliest) for statement in told}
    running = recorded is None or recorded == STILL_RUNNING
    compared = asserted if running else asserted | {days_of(str(recorded))}
    expected = None
    if any(refines(first, second) for first, second in permutations(asserted, 2)):
        expected = DisagreementKind.REFINEMENT
    if any(not meet(first, second) for first, second in combinations(compared, 2)):
        expected = DisagreementKind.CONFLICT
    assert _compare_dates(recorded, told) == expected


def meet(first: Days, second: Days) -> bool:
    return latest_first(first, second) <= min(first.last or date.max, second.last or date.max)


def refines(part: Days, whole: Days) -> bool:
    """A proper part of what has a first and a last day."""
    closed = whole.first is not None and whole.last is not None
    return closed and part != whole and within(part, whole)


def within(part: Days, whole: Days) -> bool:
    return latest_first(part, whole) == (part.first or date.min) and (part.last or date.max) <= (
        whole.last or date.max
    )


def latest_first(first: Days, second: Days) -> date:
    return max(first.first or date.min, second.first or date.min)


def membership_rows(number: int, first: int, last: int) -> Rows:
    days = [(date(2000, 1, 1) + timedelta(number)).isoformat() for number in (first, last)]
    start, end = ("infinity" if first > 9 else days[0]), (BEFORE_ALL if last > 9 else days[1])
    columns: TableRow = {
        "start_latest": start,
        "end_earliest": end,
        "organisation_id": 1,
        "state_id": 1,
    }
    return Rows(Ref("Membership", str(number)), columns, {})


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8), st.integers(0, 8))
def test_spans_that_overlap(bounds: list[tuple[int, int]], stored: int) -> None:
    spans = [membership_rows(number, *both) for number, both in enumerate(bounds)]
    others: list[Rows] = []
    for candidate in spans[:stored]:
        if not any(overlap(candidate, other) for other in others):
            others.append(candidate)
    rows = spans[stored:]
    pairs = [(row.ref, other.ref) for row, other in find_overlaps(rows, others)]
    apart = list(others)
    for row in rows:
        overlapped = {other.ref for other in apart if overlap(row, other)}
        assert {other for ref, other in pairs if ref == row.ref} == overlapped
        if not overlapped:
            apart.append(row)
    assert AFTER_ALL == "infinity"


def overlap(first: Rows, second: Rows) -> bool:
    """But for one that ends on the day on which the other begins; the same day twice does."""
    one, other = (
        (str(each.row["start_latest"]), str(each.row["end_earliest"])) for each in (first, second)
    )
    if one[1] == other[0] or other[1] == one[0]:
        return one == other and one[0] <= one[1]
    return max(one[0], other[0]) <= min(one[1], other[1])
