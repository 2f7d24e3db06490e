"""Dates and periods as some of the citations have it, of those that there will be.

In: what is recorded, and what the citations known say. Out: EDTF texts, and how a period ends.
Bounds that are missing stand as the first and the last day of the calendar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from kb.models import Citation, Stance
from kb.records.documents import SOURCED
from tests.oracle.data import parse_date
from tests.worlds.date_fields import date_fields

RUNNING = ".."
DayRange = tuple[date, date]
_EVER = (date.min, date.max)
DATED = {
    *("period.start", "period.end", "occurred.start", "occurred.end"),
    *(field.alias for name in SOURCED for field in date_fields(name)),
}


@dataclass(frozen=True, eq=False)
class DatedCitation:
    """A citation, the first day of its article's dateline, and the day its article was known.

    The day of which the source speaks stands for the dateline, where it is told.
    """

    row: Citation
    dateline: date | None
    known_from: date

    @property
    def newness(self) -> tuple[date, date, str]:
        return self.known_from, self.dateline or date.min, self.row.key

    @property
    def field(self) -> str | None:
        return self.row.field

    @property
    def value(self) -> str:
        return self.row.value or ""

    @property
    def days(self) -> DayRange:
        """Those that its value allows; what still runs may end on any later day."""
        return (
            (self.dateline or date.min, date.max) if self.value == RUNNING else days_of(self.value)
        )

    @property
    def is_support(self) -> bool:
        """Not of what says only that something was not there: it began later, or was over."""
        field = self.field or ""
        if field not in DATED or not self.value or self.value == RUNNING:
            return self.row.stance == Stance.SUPPORTS
        first, last = days_of(self.value)
        lacks = (last, first) if field.endswith(".end") else (first, last)
        has_first, has_last = lacks[0] not in _EVER, lacks[1] not in _EVER
        return self.row.stance == Stance.SUPPORTS and (has_last or not has_first)

    def says(self, word: str) -> bool:
        return fold_word(self.value) == fold_word(word)


def fold_word(word: str) -> str:
    """Equal for words that count as one."""
    return normalize("NFC", word).casefold()


def days_of(edtf: str) -> DayRange:
    when = parse_date(edtf)
    return when.earliest or date.min, when.latest or date.max


def common_days(spans: Sequence[DayRange]) -> DayRange | None:
    """The days in all of them."""
    first, last = max(days[0] for days in spans), min(days[1] for days in spans)
    return (first, last) if first <= last else None


def decisive_days(citations: Sequence[DatedCitation]) -> DayRange:
    """What they have in common, or what the newest says."""
    return common_days([citation.days for citation in citations]) or citations[-1].days


def known_date(
    recorded: str | None, citations: Sequence[DatedCitation], *, flagged: bool = True
) -> str | None:
    if not citations:
        return None
    ranges = [citation.days for citation in citations]
    if recorded and days_of(recorded) in (*ranges, common_days(ranges)):
        return recorded
    wanted = decisive_days(citations)
    words = [
        citation.value
        for citation in citations
        if citation.days == wanted and citation.value != RUNNING
    ]
    words = [word for word in words if flagged or word[-1] not in "~?%"]
    return words[-1] if words and wanted != _EVER else shortest_edtf(wanted)


def shortest_edtf(days: DayRange) -> str | None:
    """A year, a month or a day, where that is all; else one day of a range."""
    first, last = days
    if days == _EVER:
        return None
    for text in (f"{first.year:04}", first.isoformat()[:7], first.isoformat()):
        if days_of(text) == days:
            return text
    low = "" if first == date.min else first.isoformat()
    return f"[{low}..{'' if last == date.max else last.isoformat()}]"


def attested_days(citations: Sequence[DatedCitation]) -> list[date]:
    """The days on which articles say that it still ran."""
    return [
        citation.dateline
        for citation in citations
        if citation.row.stance == Stance.SUPPORTS
        and citation.field in {"period.end", "occurred.end", "existence.end"}
        and citation.value == RUNNING
        and citation.dateline
    ]


Bounds = tuple[str | None, str | None, str]
"""Start, end, and how it ends."""


def known_bounds(
    recorded: Bounds,
    starts: Sequence[DatedCitation] | None,
    ends: Sequence[DatedCitation] | None,
    running: Sequence[date],
) -> Bounds:
    """A bound is as recorded where there are none of its citations still to come (None)."""
    start, end, end_kind = recorded
    if starts is not None:
        start = known_date(start, starts, flagged=False)
    if ends is not None:
        end, end_kind = _end(end, end_kind, ends, bool(running))
    if end_kind == "ONGOING":
        start = _attested_start(start, running)
    if start and end and days_of(start)[0] > days_of(end)[1]:
        end, end_kind = None, "UNKNOWN"
    if end_kind == "ONGOING" and (start is None or parse_date(start).latest is None):
        end_kind = "UNKNOWN"
    return start, end, end_kind


def _end(
    recorded: str | None, end_kind: str, citations: Sequence[DatedCitation], running: bool
) -> tuple[str | None, str]:
    """An end not yet known is ongoing if it is attested running, else unknown."""
    attested = [citation for citation in citations if citation.value == RUNNING] if running else []
    if not citations:
        return None, "UNKNOWN"
    if attested and end_kind == "ONGOING":
        return None, "ONGOING"
    wanted = decisive_days(citations)
    as_recorded = recorded is not None and days_of(recorded) == wanted
    if any(citation.days == wanted for citation in attested) and not as_recorded:
        return None, "ONGOING"
    end = known_date(recorded, citations, flagged=False)
    return end, "DATED" if end and parse_date(end).latest else "UNKNOWN"


def _attested_start(start: str | None, running: Sequence[date]) -> str | None:
    """What ran on a day had begun by then, if nothing says when."""
    known = parse_date(start) if start else None
    if known and known.latest:
        return start
    first = known.earliest if known and known.earliest else date.min
    by = min((day for day in running if first <= day), default=date.max)
    return shortest_edtf((first, by))


def span_text(start: str | None, end: str | None, end_kind: str) -> str:
    """By the text of the EDTF, where the package goes by what it reads of it."""
    running = end_kind == "ONGOING"
    begun = _bound_text(start, "since" if running else "from", "began", open_end=running)
    if running:
        return begun
    if start and end and "[" not in start + end:
        return f"{_words(start)} to {_words(end)}" if start != end else _same(start)
    never = ", if at all" if end and end.endswith("..]") else ""
    return f"{begun}, {_bound_text(end, 'ended', 'ended', open_end=False)}{never}"


def _bound_text(edtf: str | None, plain: str, verb: str, *, open_end: bool) -> str:
    if edtf is None:
        return f"{'end' if verb == 'ended' else 'start'} unknown"
    if not edtf.startswith("["):
        return f"{plain} {_in(edtf) if plain == 'ended' else _words(edtf)}"
    if "," in edtf or ".." not in edtf:
        some = next(filter(None, re.split(r"[\[\],.]+", edtf)))
        return f"{verb} {'on' if _is_day(some) else 'in'} {_words(edtf)}"
    first, last = edtf[1:-1].split("..")
    if not last:
        return f"{verb} {_in(first)} or later"
    if not first and open_end:
        return f"since {_words(last)} or earlier"
    if not first:
        return f"{verb} by {_words(last)}" if _is_day(last) else f"{verb} {_in(last)} or earlier"
    day = str(int(first[8:])) if _is_day(first) and first[:7] == last[:7] and _is_day(last) else ""
    return f"{verb} between {day or _words(first)} and {_words(last)}"


def _same(edtf: str) -> str:
    return f"began and ended {_in(edtf)}"


def _in(edtf: str) -> str:
    return f"{'on' if _is_day(edtf) else 'in'} {_words(edtf)}"


def _is_day(edtf: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}[~?%]?", edtf))


def _words(edtf: str) -> str:
    parsed = parse_date(edtf)
    assert parsed
    return parsed.text
