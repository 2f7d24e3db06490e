"""The year of a dateline without one: told by the issue, or not at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.archive.infer_year import Issue, resolve_year

ISSUES = [
    Issue(336, date(2017, 7, 16)),
    Issue(343, date(2017, 9, 15)),
    Issue(433, date(2020, 1, 13)),
]


@pytest.mark.parametrize(
    ("day", "issued_on", "year"),
    [
        ((11, 29), date(2019, 12, 2), 2019),
        ((12, 30), date(2020, 1, 13), 2019),
        ((1, 13), date(2020, 1, 13), 2020),
        ((2, 29), date(2016, 3, 7), 2016),
        ((2, 29), date(2018, 3, 5), None),
        ((1, 20), date(2020, 1, 13), None),
    ],
)
def test_the_issues_date_tells(day: tuple[int, int], issued_on: date, year: int | None) -> None:
    assert resolve_year(day, 430, issued_on, ISSUES) == year


@pytest.mark.parametrize(
    ("day", "number", "year"),
    [
        ((11, 29), 430, 2019),
        ((12, 30), 432, 2019),
        ((1, 3), 433, 2020),
        ((8, 1), 340, 2017),
        ((7, 3), 336, 2017),
    ],
)
def test_neighbours_tell(day: tuple[int, int], number: int, year: int) -> None:
    assert resolve_year(day, number, None, ISSUES) == year


def test_a_day_far_from_where_the_issue_falls_is_not_guessed() -> None:
    assert resolve_year((6, 20), 430, None, ISSUES) is None


def test_neighbours_too_far_tell_nothing() -> None:
    assert resolve_year((6, 20), 600, None, ISSUES) is None
    assert resolve_year((6, 20), 1, None, []) is None


def test_neighbours_that_disagree_tell_nothing() -> None:
    issues = [Issue(10, date(2017, 12, 1)), Issue(12, date(2019, 12, 15))]
    assert resolve_year((12, 8), 11, None, issues) is None


@given(
    first=st.dates(date(2000, 1, 1), date(2015, 1, 1)),
    number=st.integers(1, 50),
    skipped=st.integers(0, 6),
    age=st.integers(0, 10),
)
def test_a_weekly_with_breaks_is_always_understood(
    first: date, number: int, skipped: int, age: int
) -> None:
    """Up to six weeks of holidays since the known issue, and datelines up to ten days old."""
    day = first + timedelta(weeks=number + skipped, days=-age)
    year = resolve_year((day.month, day.day), 100 + number, None, [Issue(100, first)])
    assert year == day.year or (day.month, day.day) == (2, 29)
