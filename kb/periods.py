"""Periods: a span of days between two partial dates, and what is certain about a day in it.

In: EDTF intervals (`1999/2006`, `2002/..` still running, `2002/` end unknown, `/2012` start
unknown, `/` both; a single date is a span on some day of it). Out: a `Period`, its `Bounds`, and
for a day one of three certainties with the doubt in words. Pure: no clock, no I/O.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from kb.dates import PARSE_CACHE_SIZE, DatePrecision, PartialDate, format_day, quote_text
from kb.errors import DateError


class EndKind(StrEnum):
    DATED = "DATED"
    ONGOING = "ONGOING"
    UNKNOWN = "UNKNOWN"


class Certainty(StrEnum):
    CERTAIN = "CERTAIN"
    POSSIBLE = "POSSIBLE"
    RULED_OUT = "RULED_OUT"


class Doubt(StrEnum):
    START = "START"
    END = "END"
    NOT_ATTESTED = "NOT_ATTESTED"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The four bounds of a period, inclusive days.

    None is no bound: `start_earliest` and `end_latest` then rule nothing out, `start_latest` and
    `end_earliest` then make nothing certain.
    """

    start_earliest: date | None
    start_latest: date | None
    end_earliest: date | None
    end_latest: date | None

    @property
    def core(self) -> tuple[date, date] | None:
        """The days on which it certainly held, both inclusive."""
        first, last = self.start_latest, self.end_earliest
        return (first, last) if first and last and first <= last else None

    def certainty(self, day: date) -> Certainty:
        if self.core and self.core[0] <= day <= self.core[1]:
            return Certainty.CERTAIN
        early = self.start_earliest is not None and day < self.start_earliest
        late = self.end_latest is not None and day > self.end_latest
        return Certainty.RULED_OUT if early or late else Certainty.POSSIBLE

    def doubt(self, day: date, end_kind: EndKind) -> Doubt | None:
        """Which bound makes the day POSSIBLE; None for a day that is not."""
        if self.certainty(day) is not Certainty.POSSIBLE:
            return None
        if self.start_latest is None or day < self.start_latest:
            return Doubt.START
        return Doubt.NOT_ATTESTED if end_kind is EndKind.ONGOING else Doubt.END


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time in the world; `edtf` is its exact form, `text` is for people."""

    edtf: str
    start: PartialDate | None
    end: PartialDate | None
    end_kind: EndKind
    text: str

    @classmethod
    @lru_cache(maxsize=PARSE_CACHE_SIZE)
    def parse(cls, text: str) -> "Period":
        """Read an EDTF interval or date; raises DateError for one that no reading can order."""
        low, slash, high = text.partition("/")
        if not slash:
            only = _bound(low, text)
            return cls(text, only, only, _end_kind(low, only), only.text)
        if "/" in high:
            raise _fault(text, "it has more than one `/`", "write one start and one end")
        if low == "..":
            raise _fault(text, "`..` is no start", "write `[..day]/…`, or nothing before the `/`")
        start = _bound(low, text) if low else None
        end = _bound(high, text) if high not in ("", "..") else None
        end_kind = _end_kind(high, end)
        _check(text, start, end, end_kind)
        return cls(text, start, end, end_kind, _text(start, end, end_kind))

    @classmethod
    def from_ends(
        cls, start: PartialDate | None, end: PartialDate | None, end_kind: EndKind
    ) -> "Period":
        """A period of which perhaps not even one end is known, as on an early day."""
        edtf = f"{start.edtf if start else ''}/{end.edtf if end else ''}"
        return cls(edtf, start, end, end_kind, _text(start, end, end_kind))

    def bounds(self, attested_until: date | None) -> Bounds:
        """The contract's rule; `attested_until` counts for ONGOING alone."""
        start_earliest = self.start.earliest if self.start else None
        start_latest = self.start.latest if self.start else None
        if self.end_kind is EndKind.ONGOING:
            return Bounds(start_earliest, start_latest, attested_until, None)
        end_earliest = self.end.earliest if self.end else None
        if self.end_kind is EndKind.UNKNOWN:
            return Bounds(start_earliest, start_latest, end_earliest or start_latest, None)
        return Bounds(
            start_earliest, start_latest, end_earliest, self.end.latest if self.end else None
        )

    def start_doubt(self) -> str:
        """Why a day before the latest start is only POSSIBLE."""
        if self.start is None:
            return "No source says when it began."
        if self.start.earliest is None and self.start.latest:
            return f"It had begun by {format_day(self.start.latest)}; no source says when."
        return f"The sources give its start only as {self.start.text}."

    def end_doubt(self, attested_until: date | None) -> str:
        """Why a day after the certain ones is only POSSIBLE."""
        if self.end_kind is EndKind.ONGOING:
            if attested_until is None:
                return "No source says that it was running."
            day = format_day(attested_until)
            return f"It was last attested on {day}; no source speaks of a later day."
        if self.end is None:
            return "No source says whether, or when, it ended."
        if self.end.latest is None and self.end.earliest:
            return f"It did not end before {format_day(self.end.earliest)}; no source says when."
        if self.end.earliest is None and self.end.latest:
            return f"It had ended by {format_day(self.end.latest)}; no source says when."
        return f"The sources give its end only as {self.end.text}."


def _fault(text: str, why: str, remedy: str) -> DateError:
    return DateError(f"{quote_text(text)} is not a supported period: {why}", remedy)


def _bound(text: str, whole: str) -> PartialDate:
    bound = PartialDate.parse(text)
    if bound.qualified:
        remedy = "write the days it can be as a range, such as [2016..2018]"
        raise _fault(whole, f"{quote_text(text)} carries a flag, which bounds nothing", remedy)
    return bound


def _end_kind(high: str, end: PartialDate | None) -> EndKind:
    if high == "..":
        return EndKind.ONGOING
    return EndKind.DATED if end and end.latest else EndKind.UNKNOWN


def _check(
    text: str, start: PartialDate | None, end: PartialDate | None, end_kind: EndKind
) -> None:
    if end_kind is EndKind.ONGOING and (start is None or start.latest is None):
        remedy = "give its latest start, such as `[..2015-06-10]/..`"
        raise _fault(text, "it is ongoing but need never have begun", remedy)
    if start and end and start.earliest and end.latest and start.earliest > end.latest:
        raise _fault(text, "it ends before it begins", "put the earlier date first")


def _text(start: PartialDate | None, end: PartialDate | None, end_kind: EndKind) -> str:
    """`1999 to 2006`, `since 2002`, `began by 10 June 2015, ended between 2018 and March 2019`.

    Never as the text of a single date: `kb.records.to_documents` tells the two apart by that.
    """
    begun = _start_text(start, ongoing=end_kind is EndKind.ONGOING)
    if end_kind is EndKind.ONGOING:
        return begun
    if start and end and _is_plain(start) and _is_plain(end):
        if start.text == end.text:
            return f"began and ended {_on_or_in(end)} {end.text}"
        return f"{start.text} to {end.text}"
    return f"{begun}, {_end_text(end)}"


def _start_text(start: PartialDate | None, *, ongoing: bool) -> str:
    if start is None:
        return "start unknown"
    if _is_plain(start):
        return f"{'since' if ongoing else 'from'} {start.text}"
    match range_ends(start):
        case None, PartialDate() as last if ongoing:
            return f"since {last.text} or earlier"
        case ends:
            return f"began {_when(start, ends)}"


def _end_text(end: PartialDate | None) -> str:
    if end is None:
        return "end unknown"
    if _is_plain(end):
        return f"ended {_on_or_in(end)} {end.text}"
    ends = range_ends(end)
    return f"ended {_when(end, ends)}" + (", if at all" if end.latest is None else "")


_RangeEnds = tuple[PartialDate | None, PartialDate | None]


def _when(bound: PartialDate, ends: _RangeEnds | None) -> str:
    match ends:
        case PartialDate() as first, PartialDate() as last:
            same_month = first.text.partition(" ")[2] == last.text.partition(" ")[2]
            begin = first.text.partition(" ")[0] if _is_day(first) and same_month else first.text
            return f"between {begin} and {last.text}"
        case PartialDate() as first, None:
            return f"{_on_or_in(first)} {first.text} or later"
        case None, PartialDate() as last if not _is_day(last):
            return f"in {last.text} or earlier"
        case None, PartialDate():
            return bound.text
    members = bound.edtf[1:-1].replace("..", ",").split(",")
    return f"{_on_or_in(PartialDate.parse(max(members, key=bool)))} {bound.text}"


def _on_or_in(when: PartialDate) -> str:
    return "on" if _is_day(when) else "in"


def _is_day(when: PartialDate) -> bool:
    return when.precision is DatePrecision.DAY


def _is_plain(bound: PartialDate) -> bool:
    return not bound.edtf.startswith("[")


def range_ends(bound: PartialDate) -> _RangeEnds | None:
    """Of `[first..last]`, either of which may be open; None for a choice."""
    low, dots, high = bound.edtf[1:-1].partition("..")
    if not dots or "," in bound.edtf:
        return None
    return PartialDate.parse(low) if low else None, PartialDate.parse(high) if high else None
