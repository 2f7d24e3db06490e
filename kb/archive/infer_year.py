"""The year of a dateline that has none, from the issue that printed it and its neighbours.

In: a month and day, the issue's number, its date if the page gives it, and other issues of the same
publication whose dates are known. Out: the year, or None where more than one would do. Pure.
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
        return _until(day, issued_on)
    near = [issue for issue in others if abs(issue.number - number) <= _FARTHEST]
    below = max((one for one in near if one.number <= number), key=_number, default=None)
    above = min((one for one in near if one.number >= number), key=_number, default=None)
    years = {_near(day, number, issue) for issue in (below, above) if issue}
    return years.pop() if len(years) == 1 else None


def _number(issue: Issue) -> int:
    return issue.number


def _until(day: tuple[int, int], last: date) -> int | None:
    fitting = (one for one in _days(day, last) if last - _TOLERANCE <= one <= last)
    return next((found.year for found in fitting), None)


def _near(day: tuple[int, int], number: int, other: Issue) -> int | None:
    """The year in which the day falls where a weekly issue of that number would."""
    expected = other.day + (number - other.number) * _INTERVAL
    nearest = min(_days(day, expected), key=lambda found: abs(found - expected), default=None)
    return nearest.year if nearest and abs(nearest - expected) <= _TOLERANCE else None


def _days(day: tuple[int, int], around: date) -> list[date]:
    """That day of the years around, latest first; 29 February is not in all of them."""
    years = (around.year + 1, around.year, around.year - 1)
    return [date(year, *day) for year in years if day != (2, 29) or isleap(year)]
