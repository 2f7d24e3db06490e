"""The picture of who belonged when, in numbers: where each bar begins and ends.

In: the answer to the home page's query, and today. Out: rows of bars and marks, in per cent of the
width, each with the words and the record behind it. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kb.web.records import Node, Shown, rows_of, shown

_FIRST = date(1991, 1, 1)


@dataclass(frozen=True)
class Part:
    """A stretch of a bar; `kind` is certain, start, end or unattested."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True)
class Bar:
    """One span; `days` are those on which it certainly and possibly held, for the slider."""

    href: str
    words: str
    status: str
    disputed: bool
    parts: Sequence[Part]
    days: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """All bars of one state or holder, under its name."""

    name: Shown
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Mark:
    """Something that happened, between two days that may be the same."""

    href: str
    words: str
    kind: str
    left: float
    width: float


@dataclass(frozen=True)
class Scale:
    """Days as per cent of the width."""

    first: date
    last: date

    def at(self, day: str | date | None, otherwise: date) -> float:
        """What is beyond the picture stands at its edge."""
        found = date.fromisoformat(day) if isinstance(day, str) else day or otherwise
        kept = min(max(found, self.first), self.last)
        return round(100 * (kept - self.first).days / (self.last - self.first).days, 3)

    def years(self, step: int) -> list[tuple[int, float]]:
        found = range(-(-self.first.year // step) * step, self.last.year + 1, step)
        return [(year, self.at(date(year, 1, 1), self.first)) for year in found]


def scale_to(today: date) -> Scale:
    return Scale(_FIRST, today)


def rows(spans: Iterable[Node], subject: str, scale: Scale) -> list[Row]:
    """Bars by their subject, in the order in which these come first."""
    found: dict[Shown, list[Bar]] = {}
    for span in spans:
        found.setdefault(shown(span[subject]), []).append(_bar(span, scale))
    return [Row(name, bars) for name, bars in found.items()]


def marks(happenings: Iterable[Node], field: str, kind: str, scale: Scale) -> Iterator[Mark]:
    """What no source dates at all has no place in the picture."""
    for one in happenings:
        when = one[field]
        assert isinstance(when, Mapping)
        first, last = (_day(when, *names) for names in _BOUNDS)
        if first or last:
            left, right = scale.at(first, scale.first), scale.at(last, scale.last)
            link = shown(one)
            yield Mark(link.href, f"{link.text}: {when['text']}", kind, left, right - left)


_BOUNDS = (("earliest", "possibleFrom"), ("latest", "possibleTo"))


def _day(when: Node, *names: str) -> str | None:
    return next((day for name in names if isinstance(day := when.get(name), str)), None)


def _bar(span: Node, scale: Scale) -> Bar:
    period = span["period"]
    assert isinstance(period, Mapping)
    link, status = shown(span), span.get("status")
    told = f"{link.text}{f', {str(status).lower()}' if status else ''}: {period['text']}"
    days = {name: str(period[name]) for name in _DAYS if period[name]}
    disputed = bool(span["disagreements"])
    return Bar(link.href, told, str(status or "TERM"), disputed, [*_parts(period, scale)], days)


_DAYS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")


def _parts(period: Node, scale: Scale) -> Iterator[Part]:
    """Uncertain first, then certain, then uncertain again or no longer attested."""
    first = scale.at(_day(period, "possibleFrom"), scale.first)
    last = scale.at(_day(period, "possibleTo"), scale.last)
    since, until = _day(period, "certainFrom"), _day(period, "certainTo")
    ending = "unattested" if period["endKind"] == "ONGOING" else "end"
    if not since and not until:
        yield Part("end", first, last - first)
        return
    begin, end = scale.at(since, scale.first), scale.at(until, scale.last)
    for kind, left, right in (
        ("start", first, begin),
        ("certain", begin, end),
        (ending, end, last),
    ):
        if right > left or kind == "certain":
            yield Part(kind, left, round(right - left, 3))


@dataclass(frozen=True)
class Group:
    """An organisation's part of the picture."""

    name: Shown
    members: Sequence[Row]
    offices: Mapping[str, Sequence[Row]]
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Page:
    """The whole picture; `years` are the lines behind it."""

    scale: Scale
    years: Sequence[tuple[int, float]]
    groups: Sequence[Group]
    presidents: Sequence[Row]


def page(data: Node, today: date) -> Page:
    """Organisations to which nobody belonged are left out, and the fullest comes first."""
    scale = scale_to(today)
    groups = [_group(one, scale) for one in rows_of(data, "organisations")]
    drawn = [one for one in groups if one.members]
    drawn.sort(key=lambda one: -len(one.members) - len(one.marks))
    presidents = rows(rows_of(data, "presidents"), "state", scale)
    return Page(scale, scale.years(5), drawn, presidents)


def _offices(terms: Sequence[Node], scale: Scale) -> dict[str, Sequence[Row]]:
    """Its holders by each office, one after another."""
    offices = sorted({str(one["office"]) for one in terms})
    found = {
        office: rows((one for one in terms if one["office"] == office), "official", scale)
        for office in offices
    }
    return {office: sorted(held, key=_beginning) for office, held in found.items()}


def _beginning(row: Row) -> float:
    return min(part.left for bar in row.bars for part in bar.parts)


def _group(organisation: Node, scale: Scale) -> Group:
    found = [
        *marks(rows_of(organisation, "events"), "occurred", "event", scale),
        # Drawn last, so that none is hidden by what came of it.
        *marks(rows_of(organisation, "summits"), "heldOn", "summit", scale),
    ]
    return Group(
        shown(organisation),
        rows(rows_of(organisation, "memberships"), "state", scale),
        _offices(rows_of(organisation, "terms"), scale),
        found,
    )
