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
from itertools import pairwise

from kb.errors import DateError

_PLAIN = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?"
)
_FORMS = "write YYYY, YYYY-MM, YYYY-MM-DD, or one of several days as [a..b]"
_REFUSED = (
    (re.compile(r"[^!-~]"), "it holds a blank or a character outside ASCII"),
    (re.compile(r"[{}]"), "all-of sets `{…}` say that several dates hold at once"),
    (re.compile(r"/"), "`/` makes a period, and one date is wanted here"),
    (re.compile(r"T|:"), "times of day are not kept"),
    (re.compile(r"[YES]"), "years of other than four digits are not kept"),
    (re.compile(r"^-"), "years before 1 are not kept"),
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
    def parse(cls, text: str) -> "PartialDate":
        """Read EDTF; raises DateError, which names the part at fault and why."""
        for pattern, why in _REFUSED:
            if found := pattern.search(text):
                raise _fault(text, found.group(), why)
        if text.startswith("[") and text.endswith("]"):
            return _one_of(text)
        return _single(text)

    @property
    def qualified(self) -> bool:
        return self.approximate or self.uncertain


def format_day(day: date) -> str:
    """`14 October 2016`."""
    return f"{day.day} {month_name[day.month]} {day.year}"


def _fault(text: str, part: str, why: str, remedy: str = _FORMS) -> DateError:
    where = "" if part == text else f"`{part}` in "
    return DateError(f"{where}`{text}` is not a supported date: {why}", remedy)


def _single(text: str) -> PartialDate:
    """A plain date with at most one flag at its end."""
    body, flag = (text[:-1], text[-1]) if text[-1:] in {"~", "?", "%"} else (text, "")
    plain = _plain(body, text)
    if not flag:
        return plain
    approximate, uncertain = flag in "~%", flag in "?%"
    words = ("perhaps " if uncertain else "") + ("about " if approximate else "")
    return PartialDate(
        text,
        plain.earliest,
        plain.latest,
        plain.precision,
        approximate,
        uncertain,
        words + plain.text,
    )


def _plain(text: str, whole: str) -> PartialDate:
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise _fault(whole, text, _why_not(text))
    year, month, day = match["year"], match["month"], match["day"]
    if "X" in year:
        if month:
            raise _fault(whole, text, "a month of an unspecified year")
        return _unspecified_year(text, whole)
    return _calendar(text, whole, year, month, day)


def _why_not(text: str) -> str:
    if not text:
        return "it is empty"
    if re.search(r"[~?%]", text):
        return "a flag `~ ? %` may only stand once, at the very end"
    if "X" in text:
        return "only the last digits of a year, or a whole month or day, may be unspecified"
    if ".." in text or "," in text or "[" in text or "]" in text:
        return "a choice of days stands in brackets, `[a..b]` or `[a,b]`"
    return "it is not a year, a month or a day of the calendar"


def _unspecified_year(text: str, whole: str) -> PartialDate:
    first, last = int(text.replace("X", "0")), int(text.replace("X", "9"))
    if first == 0:
        raise _fault(whole, text, "years before 1 are not kept")
    decade = text.count("X") == 1
    precision = DatePrecision.DECADE if decade else DatePrecision.CENTURY
    words = f"the {first}s" if decade else f"{first}–{last}"
    return PartialDate(text, date(first, 1, 1), date(last, 12, 31), precision, False, False, words)


def _calendar(text: str, whole: str, year: str, month: str | None, day: str | None) -> PartialDate:
    number = int(year)
    if number == 0:
        raise _fault(whole, year, "years before 1 are not kept")
    if month == "XX" and day not in (None, "XX"):
        raise _fault(whole, text, "a day of an unspecified month")
    if month is None or month == "XX":
        first, last, precision = date(number, 1, 1), date(number, 12, 31), DatePrecision.YEAR
        return PartialDate(text, first, last, precision, False, False, str(number))
    if not 1 <= int(month) <= 12:
        seasons = "seasons are not kept" if 21 <= int(month) <= 41 else "there is no such month"
        raise _fault(whole, month, seasons)
    first = date(number, int(month), 1)
    final = monthrange(number, first.month)[1]
    if day is None or day == "XX":
        words = f"{month_name[first.month]} {number}"
        last = first.replace(day=final)
        return PartialDate(text, first, last, DatePrecision.MONTH, False, False, words)
    if not 1 <= int(day) <= final:
        raise _fault(whole, day, "that month has no such day")
    exact = first.replace(day=int(day))
    return PartialDate(text, exact, exact, DatePrecision.DAY, False, False, format_day(exact))


def _one_of(text: str) -> PartialDate:
    """`[…]`: members in order, parted by commas; open ends only at the two ends."""
    members = text[1:-1].split(",")
    spans = [
        _member(member, text, index == 0, index == len(members) - 1)
        for index, member in enumerate(members)
    ]
    for (_, before), (after, _) in pairwise(spans):
        if (
            before
            and before.latest
            and after
            and after.earliest
            and after.earliest <= before.latest
        ):
            raise _fault(text, after.edtf, "the days of a choice stand in order, each once")
    first, last = spans[0][0], spans[-1][1]
    earliest = first.earliest if first else None
    latest = last.latest if last else None
    words = _choice_text(spans)
    return PartialDate(text, earliest, latest, DatePrecision.RANGE, False, False, words)


_Span = tuple[PartialDate | None, PartialDate | None]


def _member(member: str, whole: str, leading: bool, trailing: bool) -> _Span:
    low, dots, high = member.partition("..")
    if not dots:
        only = _plain(low, whole)
        return only, only
    if not low and not high:
        raise _fault(whole, member, "a choice needs a day at one end at least")
    if (not low and not leading) or (not high and not trailing):
        raise _fault(whole, member, "an open end stands only at the ends of a choice")
    first, last = _plain(low, whole) if low else None, _plain(high, whole) if high else None
    if first and last and first.earliest and last.latest and first.earliest > last.latest:
        raise _fault(whole, member, "its days are in reverse order")
    return first, last


def _choice_text(spans: list[_Span]) -> str:
    words = [_span_text(first, last) for first, last in spans]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _span_text(first: PartialDate | None, last: PartialDate | None) -> str:
    """`3–5 July 2017`, `July 2016 – June 2017`, `1999–2002`, `by 10 June 2015`."""
    if first is None or last is None:
        return f"by {last.text}" if last else f"{first.text} or later" if first else ""
    if first == last:
        return first.text
    if first.precision == last.precision == DatePrecision.YEAR:
        return f"{first.text}–{last.text}"
    low, high = first.earliest, last.latest
    same_month = low and high and (low.year, low.month) == (high.year, high.month)
    if low and same_month and first.precision == last.precision == DatePrecision.DAY:
        return f"{low.day}–{last.text}"
    return f"{first.text} – {last.text}"
