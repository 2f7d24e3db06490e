"""Summits and events in the picture: each at the days that sources give, none over another.

In: what happened, as the schema answered. Out: marks in per cent of the width, with a lane each,
and links to what no source dates. Where too many stand over one another, those that have no room
are put together: a number stands for them, which leads to their list. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kb.web.presentation import DisplayValue, JsonObject, display
from kb.web.scale import Reach, Scale, lanes

_DOT, _ARROW = 7.5, 2.5
"""How wide a mark, as large as a finger hits, and its arrow are at most, in per cent: on a phone,
where there is least room."""
_MOST_LANES = 4
"""With more, the last one has the numbers."""


@dataclass(frozen=True)
class Happening:
    """Something that happened, or went on, from one day to another.

    Where a side is open, `left` or `right` is the last day known on that side, and an arrow says
    that it may lie beyond.
    """

    link: DisplayValue
    css_class: str
    words: str
    disputed: bool
    left: str
    right: str
    before: bool
    after: bool

    @property
    def days(self) -> Reach:
        """Those between which its mark stands, if it has one."""
        return Reach([day for day in (self.left, self.right) if day], before=False, after=False)

    @property
    def reach(self) -> Reach:
        return Reach([day for day in (self.left, self.right) if day], self.before, self.after)


@dataclass(frozen=True)
class Mark:
    """Where a happening is drawn: from `left` to `right`, which may be the same place."""

    happening: Happening
    left: float
    right: float
    lane: int


@dataclass(frozen=True)
class MarkGroup:
    """Happenings that stand so near to one another that a number is drawn for them."""

    happenings: Sequence[Happening]
    left: float
    lane: int

    @property
    def words(self) -> str:
        """Such as `3 more, from 1998 to 2001`."""
        years = sorted({day[:4] for each in self.happenings for day in (each.left, each.right)})
        when = f"in {years[0]}" if len(years) == 1 else f"from {years[0]} to {years[-1]}"
        return f"{len(self.happenings)} more, {when}"


@dataclass(frozen=True)
class Marks:
    """Marks in the picture, and happenings without a date, which have no place in it.

    `outside` counts those that a zoomed picture does not reach.
    """

    drawn: Sequence[Mark]
    groups: Sequence[MarkGroup]
    undated: Sequence[Happening]
    outside: int = 0

    @property
    def lanes(self) -> int:
        lanes_taken = [mark.lane for mark in self.drawn] + [group.lane for group in self.groups]
        return 1 + max(lanes_taken, default=-1)

    @property
    def happened(self) -> Sequence[Happening]:
        """All that it tells of."""
        grouped = (each for group in self.groups for each in group.happenings)
        return [*(mark.happening for mark in self.drawn), *grouped, *self.undated]


def happenings(nodes: Iterable[JsonObject], field: str, css_class: str) -> Iterator[Happening]:
    """The summits or events of a list; `field` has their date."""
    for node in nodes:
        when, link = node[field], display(node)
        assert isinstance(when, Mapping)
        first, last = (_day(when, *names) for names in _OUTER)
        since, until = (_day(when, name) for name in _INNER)
        left, right = first or since or last, last or until or first
        words, disputed = f"{link.text}: {when['text']}", bool(node["disputed"])
        days = left or right, right or left
        yield Happening(link, css_class, words, disputed, *days, not first, not last)


_OUTER = (("earliest", "possibleFrom"), ("latest", "possibleTo"))
_INNER = ("certainFrom", "certainTo")


def _day(when: JsonObject, *names: str) -> str:
    return next((day for name in names if isinstance(day := when.get(name), str)), "")


def place_marks(happened: Sequence[Happening], scale: Scale) -> Marks:
    undated = [each for each in happened if not each.left]
    dated = [each for each in happened if each.left and scale.shows(each.days)]
    placed = [*map(partial(_placed, scale), dated)]
    stretches = [_stretch(each, *sides) for each, sides in zip(dated, placed, strict=True)]
    marks = [*map(Mark, dated, *zip(*placed, strict=True), lanes(stretches))] if dated else []
    outside = len(happened) - len(undated) - len(dated)
    if max((mark.lane for mark in marks), default=0) < _MOST_LANES:
        return Marks(marks, [], undated, outside)
    drawn = [mark for mark in marks if mark.lane < _MOST_LANES - 1]
    left_over = [mark for mark in marks if mark.lane >= _MOST_LANES - 1]
    return Marks(drawn, [*_groups(left_over)], undated, outside)


def _placed(scale: Scale, happening: Happening) -> tuple[float, float]:
    return scale.at(happening.left, scale.first), scale.at(happening.right, scale.last)


def _stretch(happening: Happening, left: float, right: float) -> tuple[float, float]:
    """What a mark takes of the width."""
    before, after = _DOT / 2 + _ARROW * happening.before, _DOT / 2 + _ARROW * happening.after
    return left - before, right + after


def _groups(marks: Iterable[Mark]) -> Iterator[MarkGroup]:
    """Those that have their middle in the same part of the width, each as wide as a mark."""
    cells: dict[int, list[Happening]] = {}
    for mark in sorted(marks, key=lambda mark: mark.left):
        middle = (mark.left + mark.right) / 2
        cells.setdefault(min(int(middle / _CELL), _CELLS - 1), []).append(mark.happening)
    for cell, together in sorted(cells.items()):
        yield MarkGroup(together, round((cell + 0.5) * _CELL, 3), _MOST_LANES - 1)


_CELLS = int(100 / _DOT)
_CELL = 100 / _CELLS
