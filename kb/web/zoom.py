"""The part of its time that a picture shows, as the address gives it, and the ways to other parts.

In: `from` and `to` of an address, each a year, a month or a day; the days of the data. Out: the
scale of the picture, and for links the edges of other ones. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kb.dates import PartialDate
from kb.errors import DateError
from kb.web.address_values import address_fault, refuse_value
from kb.web.page_queries import EDGES
from kb.web.presentation import ISO_DATE
from kb.web.scale import Scale, shift_day

_LEAST_DAYS = 14
_YEARS_ALONE = 8 * 366
"""From so many days on the edges of a picture are named by their years."""
_YEAR = 366


@dataclass(frozen=True)
class Zoom:
    """The first and the last day that are wanted; None where the data say it."""

    first: date | None = None
    last: date | None = None

    def within(self, whole: Scale) -> Scale:
        """The scale of the picture, where that of all data is `whole`; never of a day alone."""
        first, last = self.first or whole.first, self.last or whole.last
        if first >= last and self.first is None:
            first = shift_day(last, -_YEAR)
        elif first >= last:
            last = shift_day(first, 1 if self.last else _YEAR)
        if first < last:
            return Scale(first, last)
        # At an end of the calendar.
        before = shift_day(last, -1)
        return Scale(before, last) if before < last else Scale(last, shift_day(last, 1))


def zoom_of(params: Mapping[str, str]) -> Zoom:
    """Raises GraphQLError, as the answers do that pages show."""
    first, last = (_edge(name, params.get(name, "").strip()) for name in EDGES)
    if first and last and (first.earliest or date.max) > (last.latest or date.min):
        raise address_fault(
            f"{first.text} (`from`) is later than {last.text} (`to`); exchange them"
        )
    return Zoom(first.earliest if first else None, last.latest if last else None)


def _edge(name: str, given: str) -> PartialDate | None:
    if not given:
        return None
    try:
        if ISO_DATE.fullmatch(given):
            return PartialDate.parse(given)
    except DateError:
        pass
    remedy = "write it as `2016`, `2016-10` or `2016-10-14`"
    raise refuse_value(name, given, "is no year, month or day", remedy)


@dataclass(frozen=True)
class ZoomStep:
    """A way to another part of the time: the address's parameters, by their names."""

    words: str
    params: Mapping[str, str]


def zoom_steps(shown: Scale, whole: Scale) -> Iterator[ZoomStep]:
    """Nearer and wider, earlier and later, where there is something; each half a picture on."""
    length = (shown.last - shown.first).days
    half, quarter = length // 2, length // 4
    if length > _LEAST_DAYS:
        yield _step("closer", shift_day(shown.first, quarter), shift_day(shown.last, -quarter))
    if shown.first > whole.first or shown.last < whole.last:
        wider = shift_day(shown.first, -half), shift_day(shown.last, half)
        yield _step("wider", max(wider[0], whole.first), min(wider[1], whole.last))
    if shown.first > whole.first:
        yield _step("earlier", shift_day(shown.first, -half), shift_day(shown.last, -half))
    if shown.last < whole.last:
        yield _step("later", shift_day(shown.first, half), shift_day(shown.last, half))


def _step(words: str, first: date, last: date) -> ZoomStep:
    if first > last:
        first, last = last, first
    by_year = (last - first).days >= _YEARS_ALONE
    days = (str(day.year).zfill(4) if by_year else day.isoformat() for day in (first, last))
    return ZoomStep(words, dict(zip(EDGES, days, strict=True)))
