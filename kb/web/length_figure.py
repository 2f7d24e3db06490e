"""The figure of terms by length: how long each lasted at least, and at most, as bars.

In: terms with their lengths in days, as the schema gives them. Out: bars in per cent of the
picture's width, the longest first, and the same as a table. Pure: no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.web.presentation import DisplayValue, JsonObject, ListTable, display, list_rows, value_at
from kb.web.year_figures import Tick, nice_step

_MOST_TICKS = 5
_DAYS_A_YEAR = 365.2425
_FEW_DAYS = 800
"""Up to so many the scale is in days."""


@dataclass(frozen=True)
class LengthBar:
    """A term; it may still run if it has no `most`, and the bar goes on to the edge."""

    term: DisplayValue
    least: int
    most: int | None
    certain: float
    doubt: float
    disputed: bool = False

    @property
    def days(self) -> str:
        least = f"{self.least:,}"
        if self.most is None:
            return f"{least} {_days(self.least)} or more"
        if self.least == self.most:
            return f"{least} {_days(self.least)}"
        return f"{least} to {self.most:,} days"

    @property
    def words(self) -> str:
        running = "; it may still run" if self.most is None else ""
        return f"{self.term.text}: {self.days}{running}{'; disputed' if self.disputed else ''}"


@dataclass(frozen=True)
class LengthFigure:
    name: str
    title: str
    sentence: str
    bars: Sequence[LengthBar]
    ticks: Sequence[Tick]
    total: int
    """Of the list; of a long one not all are drawn."""

    @property
    def table(self) -> ListTable:
        """What is drawn, a row for each term."""
        rows = [
            [
                bar.term,
                DisplayValue(str(bar.least)),
                DisplayValue("" if bar.most is None else str(bar.most)),
                DisplayValue("yes" if bar.disputed else ""),
            ]
            for bar in self.bars
        ]
        return ListTable(self.name, ["term", "least days", "most days", "disputed"], rows)


def length_figure(name: str, title: str, sentence: str, connection: JsonObject) -> LengthFigure:
    terms = list_rows(connection, "nodes")
    lengths = [(_days_at(term, "least") or 0, _days_at(term, "most")) for term in terms]
    top = max((most or least for least, most in lengths), default=1) or 1
    bars = [
        LengthBar(
            display(term), least, most, *_parts(least, most, top), term.get("disputed") is True
        )
        for term, (least, most) in zip(terms, lengths, strict=True)
    ]
    bars.sort(key=lambda bar: (bar.most is not None, -(bar.most or bar.least), -bar.least))
    total = connection["totalCount"]
    assert isinstance(total, int)
    return LengthFigure(name, title, sentence, bars, _ticks(top), total)


def _parts(least: int, most: int | None, top: int) -> tuple[float, float]:
    end = top if most is None else most
    return round(100 * least / top, 3), round(100 * (end - least) / top, 3)


def _ticks(top: int) -> list[Tick]:
    """From none on, in days or years."""
    unit, name = (1.0, "days") if top <= _FEW_DAYS else (_DAYS_A_YEAR, "years")
    length = int(top / unit)
    values = range(0, length + 1, nice_step(length, _MOST_TICKS))
    return [
        Tick(
            f"{value} {name}" if value == values[-1] else str(value),
            round(100 * value * unit / top, 3),
        )
        for value in values
    ]


def _days(number: int) -> str:
    return "day" if number == 1 else "days"


def _days_at(term: JsonObject, bound: str) -> int | None:
    value = value_at(term, f"period.length.{bound}")
    return value if isinstance(value, int) else None
