"""Spans as bars of a picture: where each begins and ends, and under whose name it stands.

In: memberships and terms as the schema answers them. Out: rows of bars, in per cent of the width,
each with the words and the record behind it, and with the certainty of the day asked about, which
the schema gives. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import DisplayValue, JsonObject, display, enum_words
from kb.web.scale import Reach, Scale, lanes


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

    @property
    def css_class(self) -> str:
        """Associates are drawn as observers are: not as members."""
        return "observer" if self.status == "ASSOCIATE" else self.status.lower()

    @property
    def left(self) -> float:
        return self.parts[0].left

    @property
    def width(self) -> float:
        return round(self.parts[-1].left + self.parts[-1].width - self.left, 3)


@dataclass(frozen=True)
class TimelineRow:
    """All bars of one state or holder, under its name; `of` is the state whose office it is.

    A bar's lane, from 0, is one in which it covers no other. `beyond` are the bars that a zoomed
    picture does not reach: the day asked about may be one of theirs.
    """

    name: DisplayValue
    of: DisplayValue | None
    bars: Sequence[tuple[Bar, int]]
    beyond: Sequence[Bar] = ()

    @property
    def lanes(self) -> int:
        return 1 + max(lane for _, lane in self.bars)

    @property
    def certainty_words(self) -> str:
        """The certainty of each status on the day asked about, with its dispute.

        They come in the order of their bars. MEMBER is not named, unless it is one of several.
        """
        bars_by_status: dict[str, list[Bar]] = {}
        bars = [*(bar for bar, _ in self.bars), *self.beyond]
        if any(not bar.certainty for bar in bars):
            # It was asked about no day.
            return ""
        for bar in bars:
            bars_by_status.setdefault(bar.status, []).append(bar)
        told = {status: told for status, bars in bars_by_status.items() if (told := _surest(bars))}
        named = (
            words if status in _USUAL and len(told) == 1 else f"{enum_words(status)}, {words}"
            for status, words in told.items()
        )
        return "; ".join(named) or "ruled out"


_USUAL = ("MEMBER", "TERM")


def _surest(bars: Sequence[Bar]) -> str:
    """The surest of bars of one status, and whether any as sure is disputed; none if ruled out."""
    certainty = min(bar.certainty for bar in bars)
    if certainty == "RULED_OUT":
        return ""
    disputed = any(bar.disputed for bar in bars if bar.certainty == certainty)
    return f"{enum_words(certainty)} (disputed)" if disputed else enum_words(certainty)


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


def count_outside(spans: Iterable[JsonObject], scale: Scale) -> int:
    """Of how many spans no day is in the picture."""
    return sum(not scale.shows(reach_of(span)) for span in spans)


def reach_of(span: JsonObject) -> Reach:
    period = _period(span)
    days = [str(period[name]) for name in _DAYS if period[name]]
    return Reach(days, not period["possibleFrom"], not period["possibleTo"])


_NONE = Featured()


def office_rows(
    terms: Sequence[JsonObject], scale: Scale, featured: Featured = _NONE
) -> Mapping[str, Sequence[TimelineRow]]:
    """By office its holders, in the order of their first terms in the list."""
    offices = sorted({str(term["office"]) for term in terms})
    rows = {
        office: bar_rows((term for term in terms if term["office"] == office), "official", scale)
        for office in sorted(offices, key=featured.place)
    }
    return {office: holders for office, holders in rows.items() if holders}


def bar_rows(spans: Iterable[JsonObject], subject: str, scale: Scale) -> list[TimelineRow]:
    """A row of bars for each state or official, in the order of their first spans in the list.

    Of whom no span is in the picture there is no row.
    """
    spans_of: dict[tuple[DisplayValue, DisplayValue | None], list[JsonObject]] = {}
    for span in spans:
        of = display(span["state"]) if subject == "official" and span["state"] else None
        spans_of.setdefault((display(span[subject]), of), []).append(span)
    rows = (_row(name, of, spans, scale) for (name, of), spans in spans_of.items())
    return [row for row in rows if row.bars]


def _row(
    name: DisplayValue, of: DisplayValue | None, spans: Iterable[JsonObject], scale: Scale
) -> TimelineRow:
    bars: dict[bool, list[Bar]] = {True: [], False: []}
    for span in spans:
        bars[scale.shows(reach_of(span))].append(_bar(span, scale))
    return TimelineRow(name, of, _with_lanes(bars[True]), bars[False])


def _with_lanes(bars: Sequence[Bar]) -> list[tuple[Bar, int]]:
    widths = [(bar.left, bar.left + bar.width) for bar in bars]
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
    parts = [*_parts(period, scale)] or [_possible_part(period, scale)]
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
        yield _possible_part(period, scale)
        return
    certain = Reach([day for day in (since, until) if day], before=not since, after=not until)
    for css_class, left, right in (
        ("start", first, begin),
        ("certain", begin, end),
        (ending, end, last),
    ):
        if right > left or (css_class == "certain" and scale.shows(certain)):
            yield BarPart(css_class, left, round(right - left, 3))


def _possible_part(period: JsonObject, scale: Scale) -> BarPart:
    """All days of a span of which none in the picture is certain."""
    earliest, latest = _day(period, "possibleFrom"), _day(period, "possibleTo")
    left, right = scale.at(earliest, scale.first), scale.at(latest, scale.last)
    return BarPart("end", left, round(right - left, 3))


def _day(period: JsonObject, name: str) -> str | None:
    day = period[name]
    return day if isinstance(day, str) else None
