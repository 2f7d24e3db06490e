"""Dates and periods as some of the citations have it, of those that there will be.

In: what is recorded, and what the citations known say. Out: EDTF texts, and how a period ends.
Bounds that are missing stand as the first and the last day of the calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from kb.dates import PartialDate
from kb.models import Citation, Stance
from tests.oracle.data import parsed

RUNNING = ".."
Days = tuple[date, date]
_EVER = (date.min, date.max)


@dataclass(frozen=True, eq=False)
class Told:
    """A citation, the first day of its article's dateline, and the day its article was known."""

    citation: Citation
    dated: date | None
    known: date

    @property
    def newness(self) -> tuple[date, date, str]:
        return self.known, self.dated or date.min, self.citation.key

    @property
    def field(self) -> str | None:
        return self.citation.field

    @property
    def value(self) -> str:
        return self.citation.value or ""

    @property
    def days(self) -> Days:
        """Those that its value allows; what still runs may end on any later day."""
        return (self.dated or date.min, date.max) if self.value == RUNNING else days_of(self.value)

    def says(self, word: str) -> bool:
        return same(self.value) == same(word)


def same(word: str) -> str:
    """Equal for words that count as one."""
    return normalize("NFC", word).casefold()


def days_of(edtf: str) -> Days:
    when = parsed(edtf)
    return when.earliest or date.min, when.latest or date.max


def shared(spans: Sequence[Days]) -> Days | None:
    """The days in all of them."""
    first, last = max(one[0] for one in spans), min(one[1] for one in spans)
    return (first, last) if first <= last else None


def decided(told: Sequence[Told]) -> Days:
    """What they have in common, or what the newest says."""
    return shared([one.days for one in told]) or told[-1].days


def known_date(recorded: str | None, told: Sequence[Told], *, flagged: bool = True) -> str | None:
    if not told:
        return None
    said = [one.days for one in told]
    if recorded and days_of(recorded) in (*said, shared(said)):
        return recorded
    wanted = decided(told)
    words = [one.value for one in told if one.days == wanted and one.value != RUNNING]
    words = [one for one in words if flagged or one[-1] not in "~?%"]
    return words[-1] if words and wanted != _EVER else shortest(wanted)


def shortest(days: Days) -> str | None:
    """A year, a month or a day, where that is all; else one day of a range."""
    first, last = days
    if days == _EVER:
        return None
    for text in (f"{first.year:04}", first.isoformat()[:7], first.isoformat()):
        if days_of(text) == days:
            return text
    low = "" if first == date.min else first.isoformat()
    return f"[{low}..{'' if last == date.max else last.isoformat()}]"


def days_running(told: Sequence[Told]) -> list[date]:
    """The days on which articles say that it still ran."""
    return [
        one.dated
        for one in told
        if one.citation.stance == Stance.SUPPORTS
        and one.field in {"period.end", "occurred.end"}
        and one.value == RUNNING
        and one.dated
    ]


Bounds = tuple[str | None, str | None, str]
"""Start, end, and how it ends."""


def known_bounds(
    recorded: Bounds,
    starts: Sequence[Told] | None,
    ends: Sequence[Told] | None,
    running: Sequence[date],
) -> Bounds:
    """A bound is as recorded where there are none of its citations still to come (None)."""
    start, end, kind = recorded
    if starts is not None:
        start = known_date(start, starts, flagged=False)
    if ends is not None:
        end, kind = _end(end, kind, ends, bool(running))
    if kind == "ONGOING":
        start = _begun(start, running)
    if start and end and days_of(start)[0] > days_of(end)[1]:
        end, kind = None, "UNKNOWN"
    if kind == "ONGOING" and (start is None or parsed(start).latest is None):
        kind = "UNKNOWN"
    return start, end, kind


def _end(
    recorded: str | None, kind: str, told: Sequence[Told], running: bool
) -> tuple[str | None, str]:
    """An end not yet known is ongoing if it is attested running, else unknown."""
    attested = [one for one in told if one.value == RUNNING] if running else []
    if not told:
        return None, "UNKNOWN"
    if attested and kind == "ONGOING":
        return None, "ONGOING"
    wanted = decided(told)
    as_recorded = recorded is not None and days_of(recorded) == wanted
    if any(one.days == wanted for one in attested) and not as_recorded:
        return None, "ONGOING"
    end = known_date(recorded, told, flagged=False)
    return end, "DATED" if end and parsed(end).latest else "UNKNOWN"


def _begun(start: str | None, running: Sequence[date]) -> str | None:
    """What ran on a day had begun by then, if nothing says when."""
    known = parsed(start) if start else None
    if known and known.latest:
        return start
    first = known.earliest if known and known.earliest else date.min
    by = min((day for day in running if first <= day), default=date.max)
    return shortest((first, by))


def span_text(start: str | None, end: str | None, kind: str) -> str:
    first = _bound_text(parsed(start) if start else None)
    last = _bound_text(parsed(end) if end else None)
    return f"since {first}" if kind == "ONGOING" else f"{first} to {last}"


def _bound_text(bound: PartialDate | None) -> str:
    if bound is None:
        return "unknown"
    return f"{bound.text[3:]} or earlier" if bound.text.startswith("by ") else bound.text
