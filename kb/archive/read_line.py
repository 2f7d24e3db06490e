"""What the lines of an archive page say: the day of a dateline, the issue of a footer, the author.

In: a line or paragraph of that kind, normalised. Out: plain values, or a `Misread` that says what
is wrong and what to do. Pure: no I/O.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kb.archive import grammar
from kb.dates import quote_text

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_YEAR = 2000
_WRITE_DATELINE = "write it as `JAN. 3 2020 (Publication) — `, before the text"
_WRITE_FOOTER = "write it as `(News report from Issue No. 5, published on Jan. 3 2020)`"
_WORD = re.compile(r"[^\W\d_]+")
# `DC` may close a place.
_PLACE_WORD = re.compile(r"[^\W\d_]{3,}|[^\W\d_]+(?=\W)")
_BETWEEN_PLACES = re.compile(grammar.BETWEEN_PLACES)

Day = tuple[int, int]


class Misread(NamedTuple):
    """A line that is meant as something and is not."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Dateline:
    """When, where and for whom an article was written.

    `first` and `last` are month and day, and differ where the day is one of several; `year` is that
    of the last day, as the dateline gives it.
    """

    first: Day
    last: Day
    year: int | None
    place: str | None
    publication: str

    def edtf(self, year: int) -> str:
        """`2017-07-05`, or `[2017-07-03..2017-07-05]` for one of these days."""
        first, last = _iso(self._first_year(year), self.first), _iso(year, self.last)
        return last if first == last else f"[{first}..{last}]"

    def earliest(self) -> date | None:
        """The first day that it allows, if it has a year."""
        return date(self._first_year(self.year), *self.first) if self.year else None

    def _first_year(self, year: int) -> int:
        return year - 1 if self.first > self.last else year


class Footer(NamedTuple):
    """The issue that an article was in."""

    number: int
    issued_on: date | None


def read_dateline(text: str) -> Dateline | Misread:
    """The dateline that the text begins with."""
    found = grammar.DATELINE.match(text)
    if found is None:
        return _near_dateline(text)
    last_month = found["last_month"] or found["month"]
    first = _day(found["month"], found["day"])
    last = _day(last_month, found["last_day"]) if found["last_day"] else first
    year = int(found["year"]) if found["year"] else None
    crosses = first[0] == 12 and last[0] == 1
    years = (year and year - crosses, year)
    if not all(_exists(*one) for one in zip(years, (first, last), strict=True)):
        return Misread(f"{quote_text(found['date'])} is no day of the calendar", "correct the date")
    if first > last and not crosses:
        return Misread(f"{quote_text(found['date'])} runs backwards", "put the earlier day first")
    return Dateline(first, last, year, _place(found), found["publication"].strip())


def _near_dateline(text: str) -> Misread:
    found = grammar.NEAR_DATELINE.match(text)
    rest = found["rest"].strip() if found else ""
    if not rest.startswith("("):
        return Misread("a dateline has no publication in parentheses", _WRITE_DATELINE)
    if rest.endswith(")"):
        return Misread("a dateline has no dash after its parentheses", _WRITE_DATELINE)
    return Misread("a dateline is not understood", _WRITE_DATELINE)


def read_footer(text: str) -> Footer | Misread:
    found = grammar.FOOTER.fullmatch(text)
    if found is None or int(found["number"]) == 0:
        return Misread(f"the issue's footer is not understood: {quote_text(text)}", _WRITE_FOOTER)
    number = int(found["number"])
    if not found["issued"]:
        return Footer(number, None)
    year, day = int(found["year"]), _day(found["month"], found["day"])
    if not _exists(year, day):
        return Misread(f"{quote_text(found['date'])} is no day of the calendar", "correct the date")
    return Footer(number, date(year, *day))


def read_byline(text: str) -> str:
    """The author, or the authors, of a byline."""
    found = grammar.BYLINE.fullmatch(text)
    return _cased(found["authors"]) if found else ""


def read_credit(text: str) -> str | None:
    """The author that a standfirst ends with."""
    found = grammar.CREDIT.fullmatch(text)
    return _cased(found["authors"]) if found else None


def _day(month: str, day: str) -> Day:
    return _MONTHS.index(month[:3].lower()) + 1, int(re.sub(r"\D", "", day))


def _exists(year: int | None, day: Day) -> bool:
    return 1 <= day[1] <= monthrange(year or _LEAP_YEAR, day[0])[1]


def _iso(year: int, day: Day) -> str:
    return f"{year:04}-{day[0]:02}-{day[1]:02}"


def _place(found: re.Match[str]) -> str | None:
    """All places of the dateline, in its order."""
    told = [found[part] for part in ("before", "after") if found[part]]
    places = _BETWEEN_PLACES.split(", ".join(told))
    return ", ".join(_cased(one, _PLACE_WORD) for one in places) or None


def _cased(name: str, words: re.Pattern[str] = _WORD) -> str:
    """Its words in capitals as a text writes names."""
    return words.sub(lambda word: word[0].capitalize() if word[0].isupper() else word[0], name)
