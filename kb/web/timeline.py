"""The picture of who belonged when, in numbers: where each bar begins and ends.

In: the answer to the home page's query, and today. Out: rows of bars and marks, in per cent of the
width, each with the words and the record behind it, and with the certainty of the day asked about,
which the schema gives. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from kb.web.marks import Happening, Marks, happenings, place_marks
from kb.web.presentation import (
    DisplayValue,
    JsonObject,
    display,
    enum_words,
    founding_dispute,
    list_rows,
)
from kb.web.scale import Reach, Scale, lanes, scale_of


@dataclass(frozen=True)
class BarPart:
    """A stretch of a bar; `css_class` is certain, start, end or unattested."""

    css_class: str
    left: float
    width: float


@dataclass(frozen=True)
class Bar:
    """One span; `days` are those on which it certainly and possibly held."""

    href: str
    words: str
    status: str
    disputed: bool
    parts: Sequence[BarPart]
    days: Mapping[str, str]
    certainty: str


@dataclass(frozen=True)
class TimelineRow:
    """All bars of one state or holder, under its name; `of` is the state whose office it is.

    A bar's lane, from 0, is one in which it covers no other.
    """

    name: DisplayValue
    of: DisplayValue | None
    bars: Sequence[tuple[Bar, int]]

    @property
    def lanes(self) -> int:
        return 1 + max(lane for _, lane in self.bars)

    @property
    def certainty_words(self) -> str:
        """The certainty of each status on the day asked about, with its dispute.

        MEMBER itself is not named.
        """
        bars_by_status: dict[str, list[Bar]] = {}
        if any(not bar.certainty for bar, _ in self.bars):
            # It was asked about no day.
            return ""
        for bar, _ in self.bars:
            bars_by_status.setdefault(bar.status, []).append(bar)
        parts = [_certainty_words(status, bars) for status, bars in sorted(bars_by_status.items())]
        return "; ".join(filter(None, parts)) or "ruled out"


_USUAL = ("MEMBER", "TERM")


def _certainty_words(status: str, bars: Sequence[Bar]) -> str:
    """The surest of bars of one status, and whether any as sure is disputed; none if ruled out."""
    certainty = min(bar.certainty for bar in bars)
    if certainty == "RULED_OUT":
        return ""
    words = enum_words(certainty if status in _USUAL else f"{status}, {certainty}")
    disputed = any(bar.disputed for bar in bars if bar.certainty == certainty)
    return f"{words} (disputed)" if disputed else words


@dataclass(frozen=True)
class Group:
    """An organisation's part of the picture; `dispute` says what of itself articles dispute."""

    node: JsonObject
    name: DisplayValue
    dispute: str
    members: Sequence[TimelineRow]
    offices: Mapping[str, Sequence[TimelineRow]]
    marks: Marks


@dataclass(frozen=True)
class Timeline:
    """The whole picture; `years` are the lines behind it, `others` are organisations of which
    neither members nor offices are recorded.
    """

    scale: Scale
    years: Sequence[tuple[int, float]]
    groups: Sequence[Group]
    others: Sequence[DisplayValue]
    states: Mapping[str, Sequence[TimelineRow]]


@dataclass(frozen=True)
class Featured:
    """With what the picture begins: an organisation by its slug, and offices by their names."""

    slug: str = ""
    offices: Sequence[str] = ()

    def place(self, office: str) -> int:
        """Of the offices that come first its place among them; one place for all others."""
        names = [name.casefold() for name in self.offices]
        folded = office.casefold()
        return names.index(folded) if folded in names else len(names)


def build_timeline(data: JsonObject, today: date, featured: Featured) -> Timeline:
    """The picture; behind what is featured, organisations with more rows and marks come first."""
    organisations = list_rows(data, "organisations")
    drawn = [each for each in organisations if _has_spans(each)]
    state_terms = list_rows(data, "stateTerms")
    scale = scale_of(chain(*map(_reaches, drawn), map(reach_of, state_terms)), today)
    groups = [_group(organisation, scale, featured) for organisation in drawn]
    groups.sort(key=lambda group: -len(group.members) - len(group.marks.drawn))
    groups.sort(key=lambda group: group.node["slug"] != featured.slug)
    others = [display(each) for each in organisations if each not in drawn]
    states = office_rows(state_terms, scale, featured)
    return Timeline(scale, scale.years(), groups, others, states)


def _has_spans(organisation: JsonObject) -> bool:
    return bool(list_rows(organisation, "memberships") or list_rows(organisation, "terms"))


def _reaches(organisation: JsonObject) -> Iterator[Reach]:
    for name in ("memberships", "terms"):
        yield from map(reach_of, list_rows(organisation, name))
    yield from (happening.reach for happening in _happenings(organisation))


def reach_of(span: JsonObject) -> Reach:
    period = _period(span)
    days = [str(period[name]) for name in _DAYS if period[name]]
    return Reach(days, not period["possibleFrom"], not period["possibleTo"])


def _happenings(organisation: JsonObject) -> Iterator[Happening]:
    yield from happenings(list_rows(organisation, "summits"), "heldOn", "summit")
    yield from happenings(list_rows(organisation, "events"), "occurred", "event")


def _group(organisation: JsonObject, scale: Scale, featured: Featured) -> Group:
    return Group(
        organisation,
        display(organisation),
        founding_dispute(organisation),
        bar_rows(list_rows(organisation, "memberships"), "state", scale),
        office_rows(list_rows(organisation, "terms"), scale, featured),
        place_marks([*_happenings(organisation)], scale),
    )


_NONE = Featured()


def office_rows(
    terms: Sequence[JsonObject], scale: Scale, featured: Featured = _NONE
) -> Mapping[str, Sequence[TimelineRow]]:
    """By office its holders, in the order of their first terms in the list."""
    offices = sorted({str(term["office"]) for term in terms})
    return {
        office: bar_rows((term for term in terms if term["office"] == office), "official", scale)
        for office in sorted(offices, key=featured.place)
    }


def bar_rows(spans: Iterable[JsonObject], subject: str, scale: Scale) -> list[TimelineRow]:
    """A row of bars for each state or official, in the order of their first spans in the list."""
    bars_of: dict[tuple[DisplayValue, DisplayValue | None], list[Bar]] = {}
    for span in spans:
        of = display(span["state"]) if subject == "official" and span["state"] else None
        bars_of.setdefault((display(span[subject]), of), []).append(_bar(span, scale))
    return [TimelineRow(name, of, _with_lanes(bars)) for (name, of), bars in bars_of.items()]


def _with_lanes(bars: Sequence[Bar]) -> list[tuple[Bar, int]]:
    widths = [(bar.parts[0].left, bar.parts[-1].left + bar.parts[-1].width) for bar in bars]
    return [*zip(bars, lanes(widths), strict=True)]


def _period(span: JsonObject) -> JsonObject:
    period = span["period"]
    assert isinstance(period, Mapping)
    return period


def _bar(span: JsonObject, scale: Scale) -> Bar:
    period, status = _period(span), span.get("status")
    link = display(span)
    words = f"{link.text}{f', {enum_words(str(status))}' if status else ''}: {period['text']}"
    days = {name: str(period[name]) for name in _DAYS if period[name]}
    parts = [*_parts(period, scale)]
    disputed = bool(span["disputed"])
    certainty = str(span.get("certainty", ""))
    return Bar(link.href, words, str(status or "TERM"), disputed, parts, days, certainty)


_DAYS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")


def _parts(period: JsonObject, scale: Scale) -> Iterator[BarPart]:
    """The stretches of a bar: uncertain start, certain, then uncertain or no longer attested."""
    since, until, earliest, latest = (_day(period, name) for name in _DAYS)
    first, begin = scale.at(earliest, scale.first), scale.at(since, scale.first)
    end, last = scale.at(until, scale.last), scale.at(latest, scale.last)
    ending = "unattested" if period["endKind"] == "ONGOING" else "end"
    if not since and not until:
        yield BarPart("end", first, round(last - first, 3))
        return
    for css_class, left, right in (
        ("start", first, begin),
        ("certain", begin, end),
        (ending, end, last),
    ):
        if right > left or css_class == "certain":
            yield BarPart(css_class, left, round(right - left, 3))


def _day(period: JsonObject, name: str) -> str | None:
    day = period[name]
    return day if isinstance(day, str) else None
