"""What the lines of an archive page say: the day of a dateline, the issue of a footer, the author.

In: the grammar, and a line or paragraph of that type, normalised. Out: plain values, or a
`LineFault` that says what is wrong and what to do. Pure: no I/O.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kb.archive.grammar import BETWEEN_PLACES, Grammar
from kb.dates import quote_text
from kb.models import ArticleKind

_LEAP_YEAR = 2000
_WRITE_DATELINE = "write it as `JAN. 3 2020 (Publication) — `, before the text"
_WRITE_FOOTER = "write it as `(News report from Issue No. 5, published on Jan. 3 2020)`"
_WORD = re.compile(r"[^\W\d_]+")
# `DC` may close a place.
_PLACE_WORD = re.compile(r"[^\W\d_]{3,}|[^\W\d_]+(?=\W)")
_BETWEEN_PLACES = re.compile(BETWEEN_PLACES)

Day = tuple[int, int]


class LineFault(NamedTuple):
    """What is wrong with a dateline or footer, and what to do about it."""

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


def read_kind(grammar: Grammar, headline: str, footers: Iterable[str] = ()) -> ArticleKind | None:
    """An opinion where the headline is labelled as one, or a footer calls it that; else untold."""
    is_opinion = grammar.labelled.fullmatch(headline) or any(
        map(grammar.labelled_footer.fullmatch, footers)
    )
    return ArticleKind.OPINION if is_opinion else None


def read_dateline(grammar: Grammar, text: str) -> Dateline | LineFault:
    """The dateline that the text begins with."""
    match = grammar.dateline.match(text)
    if match is None:
        return _explain_malformed_dateline(grammar, text)
    last_month = match["last_month"] or match["month"]
    first = _day(grammar, match["month"], match["day"])
    last = _day(grammar, last_month, match["last_day"]) if match["last_day"] else first
    year = int(match["year"]) if match["year"] else None
    crosses = first[0] == 12 and last[0] == 1
    years = (year and year - crosses, year)
    if not all(_is_calendar_day(*dated) for dated in zip(years, (first, last), strict=True)):
        what = f"{quote_text(match['date'])} is no day of the calendar"
        return LineFault(what, "correct the date")
    if first > last and not crosses:
        return LineFault(f"{quote_text(match['date'])} runs backwards", "put the earlier day first")
    return Dateline(first, last, year, _read_place(match), match["publication"].strip())


def _explain_malformed_dateline(grammar: Grammar, text: str) -> LineFault:
    match = grammar.malformed_dateline.match(text)
    rest = match["rest"].strip() if match else ""
    if not rest.startswith("("):
        return LineFault("a dateline has no publication in parentheses", _WRITE_DATELINE)
    if rest.endswith(")"):
        return LineFault("a dateline has no dash after its parentheses", _WRITE_DATELINE)
    return LineFault("a dateline is not understood", _WRITE_DATELINE)


def read_footer(grammar: Grammar, text: str) -> Footer | LineFault:
    match = grammar.footer.fullmatch(text)
    if match is None or int(match["number"]) == 0:
        return LineFault(f"the issue's footer is not understood: {quote_text(text)}", _WRITE_FOOTER)
    number = int(match["number"])
    if not match["issued"]:
        return Footer(number, None)
    year, day = int(match["year"]), _day(grammar, match["month"], match["day"])
    if not _is_calendar_day(year, day):
        what = f"{quote_text(match['date'])} is no day of the calendar"
        return LineFault(what, "correct the date")
    return Footer(number, date(year, *day))


def read_byline(grammar: Grammar, text: str) -> str:
    """The author, or the authors, of a byline."""
    match = grammar.byline.fullmatch(text)
    return _title_case(match["authors"]) if match else ""


def read_credit(grammar: Grammar, text: str) -> str | None:
    """The author that a standfirst ends with."""
    match = grammar.credit.fullmatch(text)
    return _title_case(match["authors"]) if match else None


def _day(grammar: Grammar, month: str, day: str) -> Day:
    return grammar.month_number(month), int(re.sub(r"\D", "", day))


def _is_calendar_day(year: int | None, day: Day) -> bool:
    return 1 <= day[1] <= monthrange(year or _LEAP_YEAR, day[0])[1]


def _iso(year: int, day: Day) -> str:
    return f"{year:04}-{day[0]:02}-{day[1]:02}"


def _read_place(match: re.Match[str]) -> str | None:
    """All places of the dateline, in its order."""
    parts = [match[part] for part in ("before", "after") if match[part]]
    places = _BETWEEN_PLACES.split(", ".join(parts))
    return ", ".join(_title_case(place, _PLACE_WORD) for place in places) or None


def _title_case(name: str, words: re.Pattern[str] = _WORD) -> str:
    """Words in capitals written as names are: `TASHKENT` as `Tashkent`."""
    return words.sub(lambda word: word[0].capitalize() if word[0].isupper() else word[0], name)
