"""Figures by year: how many there were in each, and how much of that is doubt, as columns.

In: groups by year, as the schema counts them. Out: columns in per cent of the picture's width and
height, the lines behind them, and the same as a table. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from kb.query.grouping import MOST_GROUPS
from kb.web.facets import count_words
from kb.web.presentation import DisplayValue, JsonObject, ListTable, list_rows

_MOST_LINES, _MOST_YEARS = 4, 8
"""Lines across a picture, and years named along it: as many as have room on a phone."""
_GAP = 0.2
"""Of the room of a year, what stays free beside its column."""


@dataclass(frozen=True)
class Tick:
    """A line of the scale: what it stands for, and where it is."""

    text: str
    at: float


@dataclass(frozen=True)
class YearColumn:
    """A year; `certain` and `doubt` are the parts of the height that stand on one another."""

    year: int
    words: str
    left: float
    width: float
    certain: float
    doubt: float


@dataclass(frozen=True)
class YearFigure:
    """`params` narrow the list of the same name to what is drawn, but for the year."""

    name: str
    title: str
    sentence: str
    list_name: str
    params: Mapping[str, str]
    columns: Sequence[YearColumn]
    lines: Sequence[Tick]
    years: Sequence[Tick]
    counts: Mapping[int, JsonObject]
    undated: JsonObject
    """The count of what has no date; empty if there is none."""
    is_cut: bool

    @property
    def beside(self) -> Sequence[str]:
        """What is not drawn, in words."""
        undated = f"Without a date: {count_words(self.undated)}" if self.undated else ""
        cut = f"Only the {len(self.counts):,} years that have most" if self.is_cut else ""
        return [*filter(None, (undated, cut))]

    @property
    def table(self) -> ListTable:
        """What is drawn, a row for each year that has any."""
        rows = [_row(year, told) for year, told in sorted(self.counts.items())]
        return ListTable(self.name, ["year", "certain", "possible"], rows)

    @property
    def data(self) -> ListTable:
        """The table as a file has it: what has no year, and word of a cut, are its last rows."""
        undated = [_row("", self.undated)] if self.undated else []
        cut = [list(map(DisplayValue, (self.beside[-1], "", "")))] if self.is_cut else []
        return replace(self.table, rows=[*self.table.rows, *undated, *cut])


def _row(year: int | str, told: JsonObject) -> Sequence[DisplayValue]:
    return [DisplayValue(str(value)) for value in (year, told["certain"], told["possible"])]


def year_figure(
    name: str, title: str, sentence: str, connection: JsonObject, params: Mapping[str, str]
) -> YearFigure:
    groups = list_rows(connection, "groups")
    counts = {year: each["count"] for each in groups if isinstance(year := each["year"], int)}
    told = {year: each for year, each in counts.items() if isinstance(each, Mapping)}
    undated = (count for each in groups if each["year"] is None and (count := each["count"]))
    most = max((_number(each, "possible") for each in told.values()), default=0)
    step = nice_step(most, _MOST_LINES)
    top = -(-most // step) * step or 1
    lines = [Tick(f"{value:,}", round(100 * value / top, 3)) for value in range(0, top + 1, step)]
    return YearFigure(
        *(name, title, sentence, name, params),
        *(_columns(name, told, top), lines, _year_ticks(told), told),
        next((each for each in undated if isinstance(each, Mapping)), {}),
        len(groups) == MOST_GROUPS,
    )


def _columns(name: str, counts: Mapping[int, JsonObject], top: int) -> list[YearColumn]:
    return [
        YearColumn(
            year,
            f"{year}: {_counted(name, each)}",
            round(_place(year, counts) + 100 * _GAP / 2 / _years(counts), 3),
            round(100 * (1 - _GAP) / _years(counts), 3),
            round(100 * _number(each, "certain") / top, 3),
            round(100 * (_number(each, "possible") - _number(each, "certain")) / top, 3),
        )
        for year, each in sorted(counts.items())
    ]


def _counted(name: str, told: JsonObject) -> str:
    words = count_words(told)
    return f"{words} {name.removesuffix('s') if words == '1' else name}"


def _years(counts: Mapping[int, JsonObject]) -> int:
    """From the first to the last, those without any, too."""
    return max(counts) - min(counts) + 1


def _place(year: int, counts: Mapping[int, JsonObject]) -> float:
    return 100 * (year - min(counts)) / _years(counts)


def _year_ticks(counts: Mapping[int, JsonObject]) -> list[Tick]:
    """Years by their middles, few enough to be read."""
    if not counts:
        return []
    step = nice_step(_years(counts), _MOST_YEARS)
    named = range(-(-min(counts) // step) * step, max(counts) + 1, step) or [min(counts)]
    return [Tick(str(year), round(_place(year, counts) + 50 / _years(counts), 3)) for year in named]


def nice_step(length: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, … that goes into the length so many times at most."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    least: int = next(step for step in steps if length <= step * most)
    return least


def _number(told: JsonObject, name: str) -> int:
    value = told[name]
    return value if isinstance(value, int) else 0
