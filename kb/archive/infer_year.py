"""The year of a dateline that has none, from the issue that printed it and its neighbours.

In: a month and day, the issue's number, its date if the page gives it, and other issues of the same
publication whose dates are known. Out: the year, or None where several are possible. Pure.
"""

from calendar import isleap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# A weekly skips a few weeks a year; a dateline is at most days older than its issue.
_INTERVAL = timedelta(days=7)
_FARTHEST = 52
_TOLERANCE = timedelta(days=91)


@dataclass(frozen=True, slots=True)
class Issue:
    number: int
    day: date


def resolve_year(
    day: tuple[int, int], number: int, issued_on: date | None, others: Iterable[Issue]
) -> int | None:
    """`day` is month and day; the issue's own date counts before its neighbours'."""
    if issued_on:
        return _year_until(day, issued_on)
    neighbours = [issue for issue in others if abs(issue.number - number) <= _FARTHEST]
    below = max(
        (issue for issue in neighbours if issue.number <= number), key=_number, default=None
    )
    above = min(
        (issue for issue in neighbours if issue.number >= number), key=_number, default=None
    )
    years = {_year_nearest(day, number, issue) for issue in (below, above) if issue}
    return years.pop() if len(years) == 1 else None


def _number(issue: Issue) -> int:
    return issue.number


def _year_until(day: tuple[int, int], last: date) -> int | None:
    fitting = (
        candidate
        for candidate in _candidate_days(day, last)
        if last - _TOLERANCE <= candidate <= last
    )
    return next((candidate.year for candidate in fitting), None)


def _year_nearest(day: tuple[int, int], number: int, other: Issue) -> int | None:
    """The year in which the day falls where a weekly issue of that number would."""
    expected = other.day + (number - other.number) * _INTERVAL
    nearest = min(
        _candidate_days(day, expected),
        key=lambda candidate: abs(candidate - expected),
        default=None,
    )
    return nearest.year if nearest and abs(nearest - expected) <= _TOLERANCE else None


def _candidate_days(day: tuple[int, int], around: date) -> list[date]:
    """That day in the three years around a date, latest first; 29 February only in leap years."""
    years = (around.year + 1, around.year, around.year - 1)
    return [date(year, *day) for year in years if day != (2, 29) or isleap(year)]
