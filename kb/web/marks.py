"""Summits and events in the picture: each at the days that sources give, none over another.

In: what happened, as the schema answered. Out: marks in per cent of the width, with a lane each,
and links to what no source dates. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import DisplayValue, JsonObject, display
from kb.web.scale import Reach, Scale, lanes

_DOT, _ARROW = 5.0, 4.0
"""How wide a mark and its arrow are at most, in per cent: on a phone, where there is least room."""


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
class Marks:
    """Marks in the picture, and happenings without a date, which have no place in it."""

    drawn: Sequence[Mark]
    undated: Sequence[Happening]

    @property
    def lanes(self) -> int:
        return 1 + max((mark.lane for mark in self.drawn), default=-1)


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
    dated = [each for each in happened if each.left]
    ends = [(scale.at(each.left, scale.first), scale.at(each.right, scale.last)) for each in dated]
    widths = [
        (left - _DOT / 2 - _ARROW * each.before, right + _DOT / 2 + _ARROW * each.after)
        for each, (left, right) in zip(dated, ends, strict=True)
    ]
    drawn = [
        Mark(happening, *sides, lane)
        for happening, sides, lane in zip(dated, ends, lanes(widths), strict=True)
    ]
    return Marks(drawn, [each for each in happened if not each.left])
