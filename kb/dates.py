"""Partial dates: what a source says about a day, as text and as bounds.

In: text in the Extended Date/Time Format (EDTF, ISO 8601-2). Out: a `PartialDate` with inclusive
bounds, or a `DateError` that names the part at fault. Pure: no clock, no I/O.

    2016-10-14  2017-06  2012           a day, a month, a year
    2017~  2017?  2017%                 about, perhaps, both: flags that leave the bounds alone
    201X  20XX  2004-XX  2004-05-XX     digits that no source gives
    [a,b]  [a..b]  [..b]  [a..]         one day of these

Spans between two of them are in `kb.periods`.
"""

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from kb.errors import DateError

_PLAIN = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?"
)
_FORMS = "write YYYY, YYYY-MM, YYYY-MM-DD, or one of several days as [a..b]"
_TOO_EARLY = "reaches before the year 1, where the calendar begins"
# Why a text is no plain date: the first pattern that is found names the part at fault.
_FAULTS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"^$", "holds no date"),
        (r"\s", "is a blank, and a date holds none"),
        (r"[^!-~]", "is no ASCII character"),
        (r"[{}]", "makes a set of dates that all hold, and one date is wanted here"),
        (r"/", "makes a period, and one date is wanted here"),
        (r"T[0-9].*|[0-9]?[0-9]:.*|(?<=[0-9])Z", "is a time of day, which is not kept"),
        (r"Y-?[0-9].*", "is a year in the long form, which is not kept"),
        (r"(?<=[0-9])S[0-9]+", "counts significant digits, which are not kept"),
        (r"(?<=[0-9]-)W[0-9]*", "is a week, which is not kept"),
        (r"^-[0-9X].*", _TOO_EARLY),
        (r"^.*[~?%].*$", "has a flag, which stands once, at the very end, and in no choice"),
        (r"^\[.*\]$", "is a choice of days, which takes no flag and stands in no other choice"),
        (r"^.*(?:\.\.|[],[]).*$", "is a choice of days that does not stand as `[a..b]` or `[a,b]`"),
        (
            r"^[0-9-]*X[0-9X-]*$",
            "has an `X` that is neither one of a year's last two digits nor a whole month or day",
        ),
        (r"^[0-9]+$", "is a bare number of other than four digits"),
        (r"^.*$", "is not a year, a month or a day of the calendar"),
    )
)


class DatePrecision(StrEnum):
    """How far a source goes: the unit it names, or RANGE for one of several days."""

    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"
    DECADE = "DECADE"
    CENTURY = "CENTURY"
    RANGE = "RANGE"
    UNKNOWN = "UNKNOWN"


PARSE_CACHE_SIZE = 10_000
"""Parsed texts that are kept: archives name the same days over and over."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as a source gives it.

    `edtf` is its exact form; `earliest` and `latest` are inclusive days, None for no bound on that
    side; `approximate` and `uncertain` are the flags `~` and `?`; `text` is for people.
    """

    edtf: str
    earliest: date | None
    latest: date | None
    precision: DatePrecision
    approximate: bool
    uncertain: bool
    text: str

    @classmethod
    @lru_cache(maxsize=PARSE_CACHE_SIZE)
    def parse(cls, text: str) -> "PartialDate":
        """Read EDTF; raises DateError, which names the part at fault and why."""
        if text.startswith("[") and text.endswith("]"):
            return _choice(text)
        return _single(text)

    @property
    def qualified(self) -> bool:
        return self.approximate or self.uncertain


LEVELS = 22
"""Of a binary tree over the days from year 1 to 9999, and one beyond on either side."""


def fork(earliest: date | None, latest: date | None) -> int:
    """Where a range of days is filed in a binary tree over all days.

    It is the range's day that stands highest in the tree, so that of all ranges around a day each
    is filed at one of its `forks`. None is no bound.
    """
    first = _place(earliest) if earliest else 1
    last = _place(latest) if latest else _place(date.max) + 1
    level = ((first - 1) ^ last).bit_length() - 1
    return last >> level << level


def forks(day: date) -> tuple[int, ...]:
    """The places at which a range around the day can be filed."""
    return tuple((_place(day) >> level | 1) << level for level in range(LEVELS))


def _place(day: date) -> int:
    """The day's number in the tree, which has one place before the first day."""
    return day.toordinal() + 1


def parse_day(text: str) -> date:
    """Read one day of the calendar; raises DateError for all else, known though it may be."""
    when = PartialDate.parse(text)
    if when.precision is not DatePrecision.DAY or when.qualified or when.earliest is None:
        raise DateError(f"{quote_text(text)} is not one day", "write YYYY-MM-DD")
    return when.earliest


def format_day(day: date) -> str:
    """`14 October 2016`."""
    return f"{day.day} {month_name[day.month]} {day.year}"


def quote_text(text: str) -> str:
    """The text as a message shows it, on one line whatever it holds."""
    shown = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
    return f"`{shown}`" if text else "an empty text"


def _fault(text: str, part: str, why: str, remedy: str = _FORMS) -> DateError:
    """`why` says what the part is or does: it follows `it` or the part."""
    subject = "it" if part == text else quote_text(part) if part else "a part of it"
    return DateError(f"{quote_text(text)} is not a supported date: {subject} {why}", remedy)


class _Plain(NamedTuple):
    """A date without flags or choice; its bounds are always known."""

    edtf: str
    earliest: date
    latest: date
    precision: DatePrecision
    text: str


def _single(text: str) -> PartialDate:
    """A plain date with at most one flag at its end."""
    body, flag = (text[:-1], text[-1]) if text[-1:] in {"~", "?", "%"} else (text, "")
    plain = _plain(body, text)
    approximate, uncertain = flag in {"~", "%"}, flag in {"?", "%"}
    words = ("perhaps " if uncertain else "") + ("about " if approximate else "") + plain.text
    return PartialDate(
        text, plain.earliest, plain.latest, plain.precision, approximate, uncertain, words
    )


def _plain(text: str, whole: str) -> _Plain:
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise _find_fault(text, whole)
    year, month, day = match["year"], match["month"], match["day"]
    if "X" in year:
        if month:
            raise _fault(whole, text, "gives a month of an unspecified year")
        return _unspecified_year(text, whole)
    return _calendar(text, whole, year, month, day)


def _find_fault(text: str, whole: str) -> DateError:
    searched = ((pattern.search(text), why) for pattern, why in _FAULTS)
    part, why = next((match.group(), why) for match, why in searched if match)
    return _fault(whole, part, why)


def _unspecified_year(text: str, whole: str) -> _Plain:
    first, last = int(text.replace("X", "0")), int(text.replace("X", "9"))
    if first == 0:
        raise _fault(whole, text, _TOO_EARLY)
    decade = text.count("X") == 1
    precision = DatePrecision.DECADE if decade else DatePrecision.CENTURY
    words = f"the {first}s" if decade else f"{first}–{last}"
    return _Plain(text, date(first, 1, 1), date(last, 12, 31), precision, words)


def _calendar(text: str, whole: str, year: str, month: str | None, day: str | None) -> _Plain:
    number = int(year)
    if number == 0:
        raise _fault(whole, year, _TOO_EARLY)
    if month == "XX" and day not in (None, "XX"):
        raise _fault(whole, text, "gives a day of an unspecified month")
    if month is None or month == "XX":
        first, last = date(number, 1, 1), date(number, 12, 31)
        return _Plain(text, first, last, DatePrecision.YEAR, str(number))
    if 21 <= int(month) <= 41:
        remedy = f"write its months, as [{year}-MM..{year}-MM]"
        raise _fault(whole, month, "is a season or another part of a year", remedy)
    if not 1 <= int(month) <= 12:
        raise _fault(whole, month, "is no month")
    first = date(number, int(month), 1)
    final = monthrange(number, first.month)[1]
    words = f"{month_name[first.month]} {number}"
    if day is None or day == "XX":
        return _Plain(text, first, first.replace(day=final), DatePrecision.MONTH, words)
    if not 1 <= int(day) <= final:
        raise _fault(whole, day, f"is no day of {words}")
    exact = first.replace(day=int(day))
    return _Plain(text, exact, exact, DatePrecision.DAY, format_day(exact))


_Span = tuple[_Plain | None, _Plain | None]


def _choice(text: str) -> PartialDate:
    """`[…]`: members in order, parted by commas; open ends only at the two ends."""
    members = text[1:-1].split(",")
    spans = [
        _member(member, text, index == 0, index == len(members) - 1)
        for index, member in enumerate(members)
    ]
    for (_, before), (after, _) in pairwise(spans):
        if before and after and after.earliest <= before.latest:
            why = f"does not come after {quote_text(before.edtf)}"
            raise _fault(text, after.edtf, why, "put the days in order, each once")
    first, last = spans[0][0], spans[-1][1]
    earliest, latest = first and first.earliest, last and last.latest
    words = _choice_text(spans)
    return PartialDate(text, earliest, latest, DatePrecision.RANGE, False, False, words)


def _member(member: str, whole: str, leading: bool, trailing: bool) -> _Span:
    low, dots, high = member.partition("..")
    if not dots:
        only = _plain(low, whole)
        return only, only
    if not low and not high:
        raise _fault(whole, member, "has no day at either end")
    if (not low and not leading) or (not high and not trailing):
        raise _fault(whole, member, "has an open end inside the choice")
    first, last = _plain(low, whole) if low else None, _plain(high, whole) if high else None
    if first and last and first.earliest > last.latest:
        raise _fault(whole, member, "runs backwards", "put the earlier day first")
    return first, last


def _choice_text(spans: list[_Span]) -> str:
    words = [_span_text(first, last) for first, last in spans]
    if len(words) > 1:
        return f"{', '.join(words[:-1])} or {words[-1]}"
    first, last = spans[0]
    by_a_day = first is None and last and last.precision is DatePrecision.DAY
    return f"by {last.text}" if last and by_a_day else words[0]


def _span_text(first: _Plain | None, last: _Plain | None) -> str:
    """`3–5 July 2017`, `July 2016 – June 2017`, `1999–2002`, `2015 or later`."""
    if first is None or last is None:
        return f"{last.text} or earlier" if last else f"{first.text} or later" if first else ""
    if first.text == last.text:
        return first.text
    low, high = first.earliest, last.latest
    precisions = {first.precision, last.precision}
    if precisions <= {DatePrecision.YEAR, DatePrecision.DECADE, DatePrecision.CENTURY}:
        return f"{low.year}–{high.year}"
    if precisions == {DatePrecision.DAY} and (low.year, low.month) == (high.year, high.month):
        return f"{low.day}–{last.text}"
    return f"{first.text} – {last.text}"


UNKNOWN_DATE = PartialDate("XXXX", None, None, DatePrecision.UNKNOWN, False, False, "unknown")
"""No source says when; no text is read as this, it stands where a date must."""


def between(first: date | None, last: date | None) -> PartialDate:
    """Some day of these, both inclusive, in the shortest form that says so."""
    if first is None and last is None:
        return UNKNOWN_DATE
    if first and last:
        for length in (len("2016-10-14"), len("2016-10"), len("2016")):
            plain = PartialDate.parse(first.isoformat()[:length])
            if (plain.earliest, plain.latest) == (first, last):
                return plain
    low, high = (day.isoformat() if day else "" for day in (first, last))
    return PartialDate.parse(f"[{low}..{high}]")
