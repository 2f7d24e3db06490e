"""The picture of one record: its memberships and terms as bars, on a page and as a file.

In: a state, organisation or official as its page's query answers it. Out: rows of bars under
headings, with the scale that they stand on, and the same as a table. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kb.records.types import in_words
from kb.web.presentation import DisplayValue, JsonObject, ListTable, list_rows
from kb.web.scale import Scale, scale_of
from kb.web.timeline import TimelineRow, bar_rows, office_rows, reach_of

_BOUNDS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")


@dataclass(frozen=True)
class Picture:
    """`parts` are by their headings."""

    scale: Scale
    parts: Mapping[str, Sequence[TimelineRow]]

    @property
    def years(self) -> Sequence[tuple[int, float]]:
        return self.scale.years()

    @property
    def table(self) -> ListTable:
        """What is drawn, a row for each bar."""
        rows = [
            [
                DisplayValue(heading),
                row.name,
                DisplayValue(bar.words),
                *(DisplayValue(bar.days.get(name, "")) for name in _BOUNDS),
                DisplayValue("yes" if bar.disputed else "no"),
            ]
            for heading, rows in self.parts.items()
            for row in rows
            for bar, _ in row.bars
        ]
        headings = ["part", "name", "span", *map(in_words, _BOUNDS), "disputed"]
        return ListTable("picture", headings, rows)


def record_picture(record: JsonObject) -> Picture | None:
    """None where there is nothing to be drawn."""
    memberships, terms = list_rows(record, "memberships"), list_rows(record, "terms")
    if not memberships and not terms:
        return None
    scale = scale_of(map(reach_of, (*memberships, *terms)), date.today())
    record_type = str(record["id"]).partition(":")[0]
    of = "state" if record_type == "Organisation" else "organisation"
    parts: dict[str, Sequence[TimelineRow]] = {"Memberships": bar_rows(memberships, of, scale)}
    if record_type == "Official":
        parts |= {"Terms of office": bar_rows(map(_with_body, terms), "body", scale)}
    else:
        parts |= office_rows(terms, scale)
    return Picture(scale, {heading: rows for heading, rows in parts.items() if rows})


def _with_body(term: JsonObject) -> JsonObject:
    return {**term, "body": term["organisation"] or term["state"]}
