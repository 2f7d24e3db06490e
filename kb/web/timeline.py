"""The picture of who belonged when, in numbers: where each bar begins and ends.

In: the answer to the home page's query, and today. Out: rows of bars and marks, in per cent of the
width, each with the words and the record behind it, and with the certainty of the day asked about,
which the schema gives. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from kb.web.marks import Happening, Marks, happenings, place
from kb.web.presentation import Node, Shown, rows_of, shown, spoken
from kb.web.scale import Reach, Scale, lanes, scale_of


@dataclass(frozen=True)
class Part:
    """A stretch of a bar; `kind` is certain, start, end or unattested."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True)
class Bar:
    """One span; `days` are those on which it certainly and possibly held."""

    href: str
    words: str
    status: str
    disputed: bool
    parts: Sequence[Part]
    days: Mapping[str, str]
    certainty: str


@dataclass(frozen=True)
class Row:
    """All bars of one state or holder, under its name; `of` is the state whose office it is.

    A bar's lane, from 0, is one in which it covers no other.
    """

    name: Shown
    of: Shown | None
    bars: Sequence[tuple[Bar, int]]

    @property
    def lanes(self) -> int:
        return 1 + max(lane for _, lane in self.bars)

    @property
    def held(self) -> str:
        """How sure each standing is on the day asked about; that of a member goes unnamed."""
        surest: dict[str, str] = {}
        for bar in sorted((bar for bar, _ in self.bars), key=lambda one: one.certainty):
            surest.setdefault(bar.status, bar.certainty)
        told = [
            spoken(certainty if status in _USUAL else f"{status}, {certainty}")
            for status, certainty in sorted(surest.items())
            if certainty != "RULED_OUT"
        ]
        return "; ".join(told) or "ruled out"


_USUAL = ("MEMBER", "TERM")


@dataclass(frozen=True)
class Group:
    """An organisation's part of the picture."""

    node: Node
    name: Shown
    members: Sequence[Row]
    offices: Mapping[str, Sequence[Row]]
    marks: Marks


@dataclass(frozen=True)
class Page:
    """The whole picture; `years` are the lines behind it, `others` are organisations of which
    neither members nor offices are recorded.
    """

    scale: Scale
    years: Sequence[tuple[int, float]]
    groups: Sequence[Group]
    others: Sequence[Shown]
    states: Mapping[str, Sequence[Row]]


def page(data: Node, today: date) -> Page:
    """The fullest organisation comes first."""
    found = rows_of(data, "organisations")
    drawn = [one for one in found if rows_of(one, "memberships") or rows_of(one, "terms")]
    held = rows_of(data, "stateTerms")
    scale = scale_of(chain(*map(_reaches, drawn), map(_reach, held)), today)
    groups = [_group(one, scale) for one in drawn]
    groups.sort(key=lambda one: -len(one.members) - len(one.marks.drawn))
    others = [shown(one) for one in found if one not in drawn]
    return Page(scale, scale.years(), groups, others, _offices(held, scale))


def _reaches(organisation: Node) -> Iterator[Reach]:
    for name in ("memberships", "terms"):
        yield from map(_reach, rows_of(organisation, name))
    yield from (one.reach for one in _happened(organisation))


def _reach(span: Node) -> Reach:
    period = _period(span)
    days = [str(period[name]) for name in _DAYS if period[name]]
    return Reach(days, not period["possibleFrom"], not period["possibleTo"])


def _happened(organisation: Node) -> Iterator[Happening]:
    yield from happenings(rows_of(organisation, "summits"), "heldOn", "summit")
    yield from happenings(rows_of(organisation, "events"), "occurred", "event")


def _group(organisation: Node, scale: Scale) -> Group:
    return Group(
        organisation,
        shown(organisation),
        rows(rows_of(organisation, "memberships"), "state", scale),
        _offices(rows_of(organisation, "terms"), scale),
        place([*_happened(organisation)], scale),
    )


def _offices(terms: Sequence[Node], scale: Scale) -> dict[str, Sequence[Row]]:
    """Its holders by each office, one after another."""
    found: dict[str, Sequence[Row]] = {}
    for office in sorted({str(one["office"]) for one in terms}):
        held = rows((one for one in terms if one["office"] == office), "official", scale)
        found[office] = sorted(held, key=_beginning)
    return found


def rows(spans: Iterable[Node], subject: str, scale: Scale) -> list[Row]:
    """Bars by their subject, in the order in which these come first."""
    found: dict[tuple[Shown, Shown | None], list[Bar]] = {}
    for span in spans:
        of = shown(span["state"]) if subject == "official" and span["state"] else None
        found.setdefault((shown(span[subject]), of), []).append(_bar(span, scale))
    return [Row(name, of, _apart(bars)) for (name, of), bars in found.items()]


def _apart(bars: Sequence[Bar]) -> list[tuple[Bar, int]]:
    widths = [(one.parts[0].left, one.parts[-1].left + one.parts[-1].width) for one in bars]
    return [*zip(bars, lanes(widths), strict=True)]


def _beginning(row: Row) -> float:
    return min(part.left for bar, _ in row.bars for part in bar.parts)


def _period(span: Node) -> Node:
    period = span["period"]
    assert isinstance(period, Mapping)
    return period


def _bar(span: Node, scale: Scale) -> Bar:
    period, status = _period(span), span.get("status")
    link = shown(span)
    told = f"{link.text}{f', {spoken(str(status))}' if status else ''}: {period['text']}"
    days = {name: str(period[name]) for name in _DAYS if period[name]}
    parts = [*_parts(period, scale)]
    disputed = bool(span["disagreements"])
    certainty = str(span["certainty"])
    return Bar(link.href, told, str(status or "TERM"), disputed, parts, days, certainty)


_DAYS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")


def _parts(period: Node, scale: Scale) -> Iterator[Part]:
    """Uncertain first, then certain, then uncertain again or no longer attested."""
    since, until, earliest, latest = (_day(period, name) for name in _DAYS)
    first, begin = scale.at(earliest, scale.first), scale.at(since, scale.first)
    end, last = scale.at(until, scale.last), scale.at(latest, scale.last)
    ending = "unattested" if period["endKind"] == "ONGOING" else "end"
    if not since and not until:
        yield Part("end", first, round(last - first, 3))
        return
    for kind, left, right in (
        ("start", first, begin),
        ("certain", begin, end),
        (ending, end, last),
    ):
        if right > left or kind == "certain":
            yield Part(kind, left, round(right - left, 3))


def _day(period: Node, name: str) -> str | None:
    day = period[name]
    return day if isinstance(day, str) else None
