"""A picture that can be taken along: what is drawn, how to read it, and the same as a table.

In: rows of bars and marks under headings. Out: what the templates of pages and of files draw, and a
table with a row for each bar and mark. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.records.types import in_words
from kb.web.bars import Bar, TimelineRow
from kb.web.marks import Happening, Marks
from kb.web.presentation import DisplayValue, JsonObject, ListTable, list_rows
from kb.web.scale import Scale
from kb.web.timeline import Timeline
from kb.web.zoom import ZoomStep, zoom_steps

_BOUNDS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")
NO_MARKS = Marks([], [], [])


@dataclass(frozen=True)
class DrawnList:
    """A list of which a picture draws a part; `params` narrow the page of all of it at `path`."""

    drawn: int
    total: int
    words: str
    path: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """What is drawn of one body: `parts` are bars by their headings."""

    name: DisplayValue
    parts: Mapping[str, Sequence[TimelineRow]]
    marks: Marks = NO_MARKS
    lists: Sequence[DrawnList] = ()


@dataclass(frozen=True)
class Picture:
    """`whole` is the scale of all that there is; `outside` counts what is beyond the drawn one."""

    scale: Scale
    whole: Scale
    sections: Sequence[Section]
    outside: int

    @property
    def steps(self) -> Sequence[ZoomStep]:
        return [*zoom_steps(self.scale, self.whole)]

    @property
    def table(self) -> ListTable:
        """What is drawn, a row for each bar and mark."""
        headings = ["of", "part", "name", "span", *map(in_words, _BOUNDS), "disputed"]
        rows = [[section.name, *row] for section in self.sections for row in _section_rows(section)]
        return ListTable("picture", headings, rows)


def _section_rows(section: Section) -> Iterator[Sequence[DisplayValue]]:
    for heading, rows in section.parts.items():
        for row in rows:
            for bar, _ in row.bars:
                yield DisplayValue(heading), row.name, *_bar_cells(bar)
    for happening in section.marks.happened:
        yield DisplayValue(happening.css_class), happening.link, *_mark_cells(happening)


def _bar_cells(bar: Bar) -> Sequence[DisplayValue]:
    return _cells(bar.words, [bar.days.get(name, "") for name in _BOUNDS], disputed=bar.disputed)


def _mark_cells(happening: Happening) -> Sequence[DisplayValue]:
    """Certain is the day of what happened on one; a side that is open has no bound."""
    first = "" if happening.before else happening.left
    last = "" if happening.after else happening.right
    certain = first if first == last else ""
    days = [certain, certain, first, last]
    return _cells(happening.words, days, disputed=happening.disputed)


def _cells(words: str, days: Sequence[str], *, disputed: bool) -> Sequence[DisplayValue]:
    return [
        DisplayValue(words),
        *map(DisplayValue, days),
        DisplayValue("yes" if disputed else "no"),
    ]


def drawn_lists(
    body: JsonObject, pages: Mapping[str, tuple[str, str]], key: str
) -> Iterator[DrawnList]:
    """Those of a body's lists of which there is more than is drawn.

    `pages` are by the names of lists: the page that has all, and the parameter that narrows it to
    the body with that key.
    """
    for name, (path, param) in pages.items():
        connection, drawn = body.get(name), len(list_rows(body, name))
        total = connection.get("totalCount") if isinstance(connection, Mapping) else None
        if isinstance(total, int) and drawn < total:
            words = path.removeprefix("/").replace("terms", "terms of office")
            yield DrawnList(drawn, total, words, path, {param: key} if param else {})


PAGES_OF_ORGANISATION = {
    name: (f"/{name}", "organisation.eq") for name in ("memberships", "terms", "summits", "events")
}


def home_picture(timeline: Timeline, data: JsonObject) -> Picture:
    """The picture of the home page."""
    sections = [
        Section(
            group.name,
            {**({"Members": group.members} if group.members else {}), **group.offices},
            group.marks,
            [*drawn_lists(group.node, PAGES_OF_ORGANISATION, str(group.node["slug"]))],
        )
        for group in timeline.groups
    ]
    if timeline.states:
        lists = [*drawn_lists(data, {"stateTerms": ("/terms", "")}, "")]
        name = DisplayValue("Offices of states")
        sections.append(Section(name, timeline.states, lists=lists))
    return Picture(timeline.scale, timeline.whole, sections, timeline.outside)
