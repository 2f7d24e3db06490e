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
        """The place of a day; one beyond the picture is put at its edge."""
        wanted = date.fromisoformat(day) if isinstance(day, str) else day or otherwise
        visible = min(max(wanted, self.first), self.last)
        return round(100 * (visible - self.first).days / (self.last - self.first).days, 3)

    def years(self) -> list[tuple[int, float]]:
        """Where years begin, few enough to be read; within a single year, that one."""
        length = self.last.year - self.first.year
        step = next((years for years in _STEPS if length <= years * _MOST_YEARS), _STEPS[-1])
        years = range(-(-self.first.year // step) * step, self.last.year + 1, step)
        begun = [date(year, 1, 1) for year in years]
        marks = [(day.year, self.at(day, day)) for day in begun if day >= self.first]
        return marks or [(self.first.year, 0.0)]


@dataclass(frozen=True)
class Reach:
    """The days that sources give for one thing, and whether it may go on beyond them."""

    days: Sequence[str]
    before: bool
    after: bool


def scale_of(reaches: Iterable[Reach], today: date) -> Scale:
    """From the first day to the last one, and a little beyond where something is open.

    Where there is none, it is about today.
    """
    dated = [reach for reach in reaches if reach.days]
    days = sorted(date.fromisoformat(day) for reach in dated for day in reach.days) or [today]
    first, last = days[0], days[-1]
    if first == last:
        first, last = _shift(first, -183), _shift(last, 183)
    margin = (last - first).days // _MARGIN + 1
    if any(reach.after for reach in dated):
        last = _shift(last, margin)
    if any(reach.before for reach in dated):
        first = _shift(first, -margin)
    return Scale(first, last)


def _shift(day: date, days: int) -> date:
    """The day so many days later, kept within the calendar."""
    kept = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.min + timedelta(kept - 1)


def lanes(stretches: Sequence[tuple[float, float]]) -> list[int]:
    """For each stretch a lane from 0 in which it covers no other; few lanes, in order."""
    ends: list[float] = []
    lane_of = [0] * len(stretches)
    for place in sorted(range(len(stretches)), key=stretches.__getitem__):
        left, right = stretches[place]
        lane = next((free for free, end in enumerate(ends) if end <= left), len(ends))
        ends[lane : lane + 1] = [right]
        lane_of[place] = lane
    return lane_of
