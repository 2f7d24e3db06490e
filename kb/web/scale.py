"""Days as per cent of a picture's width, and what stands beside what in it.

In: the days of the data, and stretches of the width. Out: places and lanes. Pure: no I/O.
"""

from calendar import month_abbr
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_YEARS = 8
"""Years named along the picture: as many as have room on a phone."""
_MOST_MONTHS = 4
"""Months or days named along it: their names are longer."""
_FEW_YEARS = 2 * 366
"""Within so many days months are named, and within the days of a few of these, days."""
_EDGE = 6
"""Nearer to an edge, in per cent, no month is named."""
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

    def ticks(self) -> list[tuple[str, float]]:
        """What is named along the picture: years, or in a short one months, or days."""
        length = (self.last - self.first).days
        if length > _FEW_YEARS:
            return [(str(year), left) for year, left in self.years()]
        if length > 31 * _MOST_MONTHS:
            return self._months()
        days = {shift_day(self.first, length * part // (2 * _MOST_MONTHS)) for part in (1, 3, 5, 7)}
        return [(_day_name(day), self.at(day, day)) for day in sorted(days)]

    def _months(self) -> list[tuple[str, float]]:
        """Where months begin, but for those so near to an edge that their names would cross it."""
        first, last = _month_number(self.first), _month_number(self.last)
        step = next(step for step in (2, 3, 6, 12) if last - first <= step * _MOST_MONTHS)
        begun = map(_month, range(-(-first // step) * step, last + 1, step))
        names = [(f"{month_abbr[day.month]} {day.year}", self.at(day, day)) for day in begun]
        return [(name, left) for name, left in names if _EDGE <= left <= 100 - _EDGE]

    def shows(self, reach: "Reach") -> bool:
        """Whether a part of it is in the picture."""
        days = sorted(map(date.fromisoformat, reach.days))
        is_over = bool(days) and not reach.after and days[-1] < self.first
        is_to_come = bool(days) and not reach.before and days[0] > self.last
        return not is_over and not is_to_come


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
        first, last = shift_day(first, -183), shift_day(last, 183)
    margin = (last - first).days // _MARGIN + 1
    if any(reach.after for reach in dated):
        last = shift_day(last, margin)
    if any(reach.before for reach in dated):
        first = shift_day(first, -margin)
    return Scale(first, last)


def shift_day(day: date, days: int) -> date:
    """The day so many days later, kept within the calendar."""
    kept = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.min + timedelta(kept - 1)


def _day_name(day: date) -> str:
    return f"{day.day} {month_abbr[day.month]} {day.year}"


def _month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _month(number: int) -> date:
    year, month = divmod(number, 12)
    return date(year, month + 1, 1)


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
