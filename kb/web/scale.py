"""Days as per cent of a picture's width, and what stands beside what in it.

In: the days of the data, and stretches of the width. Out: places and lanes. Pure: no I/O.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_YEARS = 8
"""Years named along the picture: as many as have room on a phone."""
_MARGIN = 20
"""Where a span is open on a side, the picture goes on for this part of its days."""


@dataclass(frozen=True)
class Scale:
    """The days from the left edge to the right one."""

    first: date
    last: date

    def at(self, day: str | date | None, otherwise: date) -> float:
        """What is beyond the picture stands at its edge."""
        found = date.fromisoformat(day) if isinstance(day, str) else day or otherwise
        kept = min(max(found, self.first), self.last)
        return round(100 * (kept - self.first).days / (self.last - self.first).days, 3)

    def years(self) -> list[tuple[int, float]]:
        """Where years begin, few enough to be read; within a single year, that one."""
        length = self.last.year - self.first.year
        step = next((one for one in _STEPS if length <= one * _MOST_YEARS), _STEPS[-1])
        years = range(-(-self.first.year // step) * step, self.last.year + 1, step)
        begun = [date(year, 1, 1) for year in years]
        found = [(day.year, self.at(day, day)) for day in begun if day >= self.first]
        return found or [(self.first.year, 0.0)]


@dataclass(frozen=True)
class Reach:
    """The days that sources give for one thing, and whether it may go on beyond them."""

    days: Sequence[str]
    before: bool
    after: bool


def scale_of(reaches: Iterable[Reach], today: date) -> Scale:
    """From the first day to the last one, and beyond where something is open.

    What has no known end can have held until today, and so the picture goes on until then.
    """
    found = [one for one in reaches if one.days]
    days = sorted(date.fromisoformat(day) for one in found for day in one.days) or [today]
    first, last = days[0], days[-1]
    if first == last:
        first, last = _moved(first, -183), _moved(last, 183)
    margin = (last - first).days // _MARGIN + 1
    if any(one.after for one in found):
        last = max(_moved(last, margin), today)
    if any(one.before for one in found):
        first = _moved(first, -margin)
    return Scale(first, last)


def _moved(day: date, days: int) -> date:
    """Within the calendar."""
    kept = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.min + timedelta(kept - 1)


def lanes(stretches: Sequence[tuple[float, float]]) -> list[int]:
    """For each stretch a lane from 0 in which it covers no other; few lanes, in order."""
    ends: list[float] = []
    found = [0] * len(stretches)
    for place in sorted(range(len(stretches)), key=lambda one: stretches[one]):
        left, right = stretches[place]
        lane = next((one for one, end in enumerate(ends) if end <= left), len(ends))
        ends[lane : lane + 1] = [right]
        found[place] = lane
    return found
