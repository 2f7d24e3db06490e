"""What was known on a day, worked out anew for each day from what the citations say.

In: all rows of a database, and a day. Out: the `World` of that day, in which rows are missing or
have other values; without a day, the world as it is now. Only what files say is taken from the
rows: whether a record is disputed, until when it is attested and since when it shows is found here.

A field whose citations are all known is as recorded. Of one of which some are known yet, those
decide: it is as recorded if one of them, or all together, say just that; else the days that they
share, or the word of the newest. A field of which nothing is known yet is unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlmodel import SQLModel

from kb.models import (
    Article,
    Citation,
    Event,
    EventKind,
    EventOfficial,
    EventOrganisation,
    EventState,
    Membership,
    MembershipStatus,
    Mention,
    Paragraph,
    Participation,
    Publication,
    Record,
    Stance,
    Summit,
    Term,
)
from tests.oracle.data import (
    UNKNOWN_DAY,
    Ask,
    Node,
    Shared,
    Sourced,
    Spanned,
    World,
    parsed,
    type_of,
)
from tests.oracle.disagreements import DATES, NAMES_AND_LISTS, disagreements_of
from tests.oracle.spans import Told, days_running, known_bounds, known_date, span_text

Copied = TypeVar("Copied", bound=SQLModel)
_WORDS = {"acronym": "acronym", "endReason": "end_reason", "city": "city", "place": "place"}
_NEEDED = {"status": MembershipStatus, "kind": EventKind, "office": None}
"""What a record cannot be without, and the words that there are for it."""
_REFERENCES = {
    "predecessor": "Organisation",
    "nationality": "State",
    "host": "State",
    "summit": "Summit",
}
_POINTING = ("organisation_id", "state_id", "official_id")
_LINKS: Mapping[type[SQLModel], str] = {
    EventOrganisation: "organisation_id",
    EventState: "state_id",
    EventOfficial: "official_id",
}


class Known:
    """The rows of a database, and the worlds of the days that were asked for."""

    def __init__(self, stored: World, ask: Ask) -> None:
        keys = {node.id: node.key for node in stored.nodes.values()}
        self._all = World(stored.rows, Shared(ask, self.on, keys))
        self._worlds: dict[date | None, World] = {}
        self._told: dict[int, list[Told]] = {}
        for one in sorted(self._tell(), key=lambda one: one.newness):
            self._told.setdefault(one.citation.subject_id, []).append(one)
        self._shown = dict(self._find_shown())
        self.days = sorted({known_from(article) for article in self._all.all(Article)})

    @property
    def present(self) -> World:
        return self.on(None)

    def on(self, day: date | None) -> World:
        """Days between which no article appeared are alike."""
        if day is not None:
            day = max((one for one in self.days if one <= day), default=date.min)
        if day not in self._worlds:
            self._worlds[day] = self._make(day)
        return self._worlds[day]

    def _tell(self) -> Iterator[Told]:
        articles = {article.id: article for article in self._all.all(Article)}
        for citation in self._all.all(Citation):
            article = articles[citation.article_id]
            yield Told(citation, parsed(article.dated_on).earliest, known_from(article))

    def _find_shown(self) -> Iterator[tuple[int, date]]:
        """Since when each record shows."""
        shown: dict[int, date] = {}
        for node in self._all.nodes.values():
            shown[node.id] = self._first_known(node)
        for node in self._all.nodes.values():
            if isinstance(node, Membership | Term | Summit):
                needed = [getattr(node, name, None) for name in _POINTING]
                shown[node.id] = max(shown[one] for one in (node.id, *needed) if one is not None)
        for citation in self._all.all(Citation):
            shown[citation.id] = max(shown[citation.article_id], shown[citation.subject_id])
        yield from shown.items()

    def _first_known(self, node: Node) -> date:
        match node:
            case Article():
                return known_from(node)
            case Publication():
                articles = [one for one in self._all.all(Article) if one.publication_id == node.id]
                return min(map(known_from, articles), default=date.min)
            case Citation():
                return date.max
            case _:
                told = self._told.get(node.id, ())
                return min(one.known for one in told if one.citation.stance == Stance.SUPPORTS)

    def _make(self, day: date | None) -> World:
        rows: dict[type[SQLModel], Sequence[SQLModel]] = {
            kind: [self._as_known(row, day) for row in kept if self._shows(row, day)]
            for kind, kept in self._all.rows.items()
        }
        world = World(rows, self._all.shared, day)
        for record in world.all(Record):
            node = world.nodes[record.id]
            if not isinstance(node, Article | Publication | Citation):
                found = disagreements_of(world, node, self._known_of(node, day))
                world.disagreements += found
                record.disputed = any(one.kind == "CONFLICT" for one in found)
        world.disagreements.sort(key=lambda one: one.key)
        return world

    def _shows(self, row: SQLModel, day: date | None) -> bool:
        if day is None:
            return True

        def shows(number: int | None) -> bool:
            return number is not None and self._shown[number] <= day

        match row:
            case Participation():
                return shows(row.summit_id) and (shows(row.official_id) or shows(row.state_id))
            case Mention():
                return shows(row.article_id) and shows(row.subject_id)
            case Paragraph():
                return shows(row.article_id)
            case EventOrganisation() | EventState() | EventOfficial():
                return shows(row.event_id) and shows(getattr(row, _LINKS[type(row)]))
            case _:
                return shows(row.id) if hasattr(row, "id") and type_of(row) != "Head" else True

    def _known_of(self, node: Sourced, day: date | None) -> list[Told]:
        """What was said of a record by then, the newest last."""
        return [one for one in self._told.get(node.id, ()) if day is None or one.known <= day]

    def _as_known(self, row: SQLModel, day: date | None) -> SQLModel:
        return copied(row, **self._values(row, day))

    def _values(self, row: Any, day: date | None) -> dict[str, object]:  # noqa: ANN401  Of any table.
        """The columns that differ from those stored."""
        if not hasattr(row, "key") or isinstance(row, Article | Publication | Citation | Record):
            return {}
        said, known = self._told.get(row.id, []), self._known_of(row, day)
        values: dict[str, object] = {}
        waiting = {
            name
            for one in said
            if one not in known and one.value and (name := one.field)
            if name not in NAMES_AND_LISTS
        }
        told = {name: [one for one in known if one.field == name and one.value] for name in waiting}
        for name in sorted(waiting):
            values |= self._value(row, name, told[name])
        if isinstance(row, Membership | Term | Event):
            values |= _period(row, told, known)
        return values

    def _value(self, row: Sourced, name: str, told: Sequence[Told]) -> Mapping[str, object]:
        """One field as those known of its citations have it; periods are not its affair."""
        newest = told[-1].value if told else None
        if name in DATES:
            found = known_date(getattr(row, DATES[name]), told)
            return {DATES[name]: found or (UNKNOWN_DAY if name == "heldOn" else None)}
        if name in _REFERENCES:
            return {f"{name}_id": self._reference(row, name, told)}
        if name in _NEEDED:
            words = _NEEDED[name]
            if words and newest:
                newest = newest.upper() if newest.upper() in words.__members__ else None
            return {} if _says(told, getattr(row, name)) or not newest else {name: newest}
        if name in _WORDS:
            recorded = getattr(row, _WORDS[name])
            return {} if _says(told, recorded) else {_WORDS[name]: newest}
        return {}

    def _reference(self, row: Sourced, name: str, told: Sequence[Told]) -> int | None:
        number: int | None = getattr(row, f"{name}_id")
        if not told or _says(told, self._all.key(number)):
            return number if told else None
        wanted = f"{_REFERENCES[name]}:{told[-1].value}".casefold()
        for known, node in self._all.identified.items():
            if known.casefold() == wanted:
                return node.id
        return None


def known_from(article: Article) -> date:
    latest = parsed(article.issued_on or article.dated_on).latest
    assert latest
    return latest


def copied(row: Copied, **values: object) -> Copied:
    return type(row)(**row.model_dump() | values)


def _says(told: Sequence[Told], recorded: str | None) -> bool:
    return recorded is not None and any(one.says(recorded) for one in told)


class _Period(NamedTuple):
    period_start: str | None
    period_end: str | None
    end_kind: str
    attested_until: date | None


def _period(
    row: Spanned, told: Mapping[str, Sequence[Told]], known: Sequence[Told]
) -> dict[str, object]:
    """The columns of a period; as recorded if its citations are all known."""
    name = "occurred" if isinstance(row, Event) else "period"
    running = days_running(known)
    until = max(running) if running and row.end_kind == "ONGOING" else None
    recorded = _Period(row.period_start, row.period_end, row.end_kind, until)
    found = recorded
    if f"{name}.start" in told or f"{name}.end" in told:
        ends = told.get(f"{name}.start"), told.get(f"{name}.end")
        start, end, kind = known_bounds(recorded[:3], *ends, running)
        found = _Period(start, end, kind, max(running) if kind == "ONGOING" else None)
    values: dict[str, object] = found._asdict()
    if found[:3] != recorded[:3]:
        values["period_text"] = span_text(*found[:3])
    return values
