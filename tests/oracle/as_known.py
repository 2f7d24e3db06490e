"""What was known on a day, worked out anew for each day from what the citations say.

In: all rows of a database, and a day. Out: the `World` of that day, in which rows are missing or
have other values; without a day, the world as it is now. Only what files say is taken from the
rows: whether a record is disputed, until when it is attested and since when it shows is found here.

A field whose citations are all known is as recorded. Of one of which some are known yet, those
decide: it is as recorded if one of them, or all together, say just that; else the days that they
share, or the word of the newest. A field of which nothing is known yet is unknown. A field that no
citation speaks of is known with the first that supports the record as a whole, or if there is none
by then with the last of all. A record that no citation supports yet shows if one supports a
membership, term or summit of it. Who is named in an article is counted anew by the names of the
day, and for those who do not show yet by those of the day on which they will.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

from sqlmodel import SQLModel

from kb.models import (
    About,
    Article,
    Citation,
    Event,
    EventKind,
    EventOfficial,
    EventOrganisation,
    EventState,
    Example,
    Identifier,
    Membership,
    MembershipStatus,
    Mention,
    Organisation,
    OrganisationPredecessor,
    Paragraph,
    Participation,
    Party,
    Publication,
    Record,
    Scheme,
    State,
    StatePredecessor,
    Summit,
    SummitKind,
    Term,
)
from tests.oracle.data import (
    UNKNOWN_DAY,
    Ask,
    Node,
    SharedState,
    Sourced,
    Spanned,
    World,
    parse_date,
    type_of,
)
from tests.oracle.disagreements import DATES, disagreements_of
from tests.oracle.mentions import Named, count_mentions
from tests.oracle.spans import (
    DatedCitation,
    attested_days,
    fold_word,
    known_bounds,
    known_date,
    span_text,
)

Copied = TypeVar("Copied", bound=SQLModel)
_NAMES = {"acronym": "acronym", "officialName": "official_name"}
"""What a record may be called too; and what it must be called."""
_CALLED = {"name": "name", "title": "title"}
_ALL_NAMES = {*_NAMES, *_CALLED, "aliases"}
_WORDS = {
    **{name: name for name in ("city", "place", "url", "capacity")},
    **{"endReason": "end_reason", "statusNote": "status_note"},
}
_NEEDED = {"status": MembershipStatus, "kind": EventKind, "office": None}
"""What a record cannot be without, and the words that there are for it; an event has no need of an
office."""
_REFERENCES = {
    "predecessor": "Organisation",
    "parent": "Organisation",
    "nationality": "State",
    "host": "State",
    "summit": "Summit",
}
_COLUMNS = {
    **DATES,
    **_NAMES,
    **_CALLED,
    **_WORDS,
    **{name: name for name in _NEEDED},
    **{name: f"{name}_id" for name in _REFERENCES},
    "participantsComplete": "participants_complete",
}
_POINTING = ("organisation_id", "state_id", "official_id")
_LINKS: Mapping[type[SQLModel], str] = {
    EventOrganisation: "organisation_id",
    EventState: "state_id",
    EventOfficial: "official_id",
    OrganisationPredecessor: "predecessor_id",
    StatePredecessor: "predecessor_id",
}
_OWNERS: Mapping[type[SQLModel], str] = {
    Participation: "summit_id",
    OrganisationPredecessor: "organisation_id",
    StatePredecessor: "state_id",
}
"""Of rows of lists that are not of events, the column that says whose."""


_MEMBERS: Mapping[type[SQLModel], tuple[str, ...]] = {
    Participation: ("official_id", "state_id"),
    Party: ("organisation_id", "state_id", "official_id"),
}


def _naming(row: SQLModel, column: str) -> tuple[str, ...]:
    """The fields by which citations name what a row of a list leads to."""
    match row:
        case Participation():
            return ("participants",)
        case Party():
            return ("parties",)
        case OrganisationPredecessor() | StatePredecessor():
            return ("predecessors",)
        case _:
            return (f"{column.removesuffix('_id')}s", "parties")


def _fits(row: SQLModel, words: Sequence[str]) -> bool:
    """Whether what a citation says of a member is what the row says; a link denies nothing."""
    match row:
        case Participation():
            return {*words} <= {fold_word(row.attendance)}
        case Party():
            return {*words} <= {fold_word(row.role)}
        case OrganisationPredecessor() | StatePredecessor():
            return not words
        case _:
            return "denied" not in words


class WorldsByDay:
    """The rows of a database, and the worlds of the days that were asked for."""

    def __init__(self, stored: World, ask: Ask) -> None:
        keys = {node.id: node.key for node in stored.nodes.values()}
        self._article_days = article_days(stored.all(Article))
        self._all = World(stored.rows, SharedState(ask, self.on, keys, self._article_days))
        self._worlds: dict[date | None, World] = {}
        self._citations_by_subject: dict[int, list[DatedCitation]] = {}
        for citation in sorted(self._date_citations(), key=lambda citation: citation.newness):
            self._citations_by_subject.setdefault(citation.row.subject_id, []).append(citation)
        self._shown_from = dict(self._find_first_days())
        self.days = sorted({*self._article_days.values()})
        self._all.shared.days += self.days

    @property
    def present(self) -> World:
        return self.on(None)

    def on(self, day: date | None) -> World:
        """Days between which no article appeared are alike."""
        if day is not None:
            day = max((known_day for known_day in self.days if known_day <= day), default=date.min)
        if day not in self._worlds:
            self._worlds[day] = self._make_world(day)
        return self._worlds[day]

    def _date_citations(self) -> Iterator[DatedCitation]:
        articles = {article.id: article for article in self._all.all(Article)}
        for citation in self._all.all(Citation):
            article = articles[citation.article_id]
            spoken_of = parse_date(citation.observed_on or article.dated_on).earliest
            yield DatedCitation(citation, spoken_of, self._article_days[article.id])

    def _find_first_days(self) -> Iterator[tuple[int, date]]:
        """Since when each record shows."""
        first_days: dict[int, date] = {}
        for node in self._all.nodes.values():
            first_days[node.id] = self._first_known(node)
        for node in self._all.nodes.values():
            if isinstance(node, Membership | Term | Summit):
                for number in (getattr(node, name, None) for name in _POINTING):
                    if number is not None:
                        first_days[number] = min(first_days[number], first_days[node.id])
        for citation in self._all.all(Citation):
            first_days[citation.id] = max(
                first_days[citation.article_id], first_days[citation.subject_id]
            )
        yield from first_days.items()

    def _first_known(self, node: Node) -> date:
        match node:
            case Article():
                return self._article_days[node.id]
            case Publication():
                days = [
                    self._article_days[article.id]
                    for article in self._all.all(Article)
                    if article.publication_id == node.id
                ]
                return min(days, default=date.min)
            case Citation() | Scheme() | About():
                return date.max
            case _:
                return self._own_support(node)

    def _own_support(self, node: Sourced) -> date:
        return min(
            citation.known_from
            for citation in self._citations_by_subject[node.id]
            if citation.is_support
        )

    def _make_world(self, day: date | None) -> World:
        rows: dict[type[SQLModel], Sequence[SQLModel]] = {
            table: [self._row_as_known(row, day) for row in stored if self._shows(row, day)]
            for table, stored in self._all.rows.items()
        }
        rows[Mention] = [mention for mention in self._mentions(day) if self._shows(mention, day)]
        world = World(rows, self._all.shared, day)
        for record in world.all(Record):
            node = world.nodes[record.id]
            if not isinstance(node, Article | Publication | Citation | Scheme | About):
                disagreements = disagreements_of(world, node, self._known_citations(node, day))
                world.disagreements += disagreements
                record.disputed = any(
                    disagreement.kind == "CONFLICT" for disagreement in disagreements
                )
        world.disagreements.sort(key=lambda disagreement: disagreement.key)
        return world

    def _mentions(self, day: date | None) -> Iterator[Mention]:
        """Those that no text can give, of records that have no names, are as stored."""
        named = [row for row in self._all.nodes.values() if isinstance(row, Named)]
        as_known = [
            self._row_as_known(row, day and max(day, self._shown_from[row.id])) for row in named
        ]
        articles, paragraphs = self._all.all(Article), self._all.all(Paragraph)
        yield from count_mentions(articles, paragraphs, cast("list[Named]", as_known))
        numbers = {row.id for row in named}
        yield from (each for each in self._all.all(Mention) if each.subject_id not in numbers)

    def _shows(self, row: SQLModel, day: date | None) -> bool:
        if day is None:
            return True

        def shows(number: int | None) -> bool:
            return number is not None and self._shown_from[number] <= day

        match row:
            case Participation():
                return shows(row.summit_id) and self._names_any(row, day)
            case Party():
                return shows(row.event_id) and self._names_any(row, day)
            case Mention():
                return shows(row.article_id) and shows(row.subject_id)
            case Paragraph():
                return shows(row.article_id)
            case Identifier():
                scheme = self._all.row_of(Scheme, row.scheme_id)
                return shows(row.record_id) and not (scheme and scheme.telling)
            case Example():
                return False
            case EventOrganisation() | EventState() | EventOfficial():
                return shows(row.event_id) and self._names(row, _LINKS[type(row)], day)
            case OrganisationPredecessor():
                return shows(row.organisation_id) and self._names(row, "predecessor_id", day)
            case StatePredecessor():
                return shows(row.state_id) and self._names(row, "predecessor_id", day)
            case _:
                return shows(row.id) if hasattr(row, "id") and type_of(row) != "Head" else True

    def _names_any(self, row: Participation | Party, day: date | None) -> bool:
        return any(self._names(row, name, day) for name in _MEMBERS[type(row)])

    def _names(self, row: SQLModel, column: str, day: date | None) -> bool:
        """Whether a citation known by then names the record to which a column of a list leads."""
        number = getattr(row, column)
        if number is None or (day and self._shown_from[number] > day):
            return False
        owner = _OWNERS.get(type(row), "event_id")
        subject = cast("Sourced", self._all.nodes[getattr(row, owner)])
        said = _Said(self._citations_by_subject[subject.id], self._known_citations(subject, day))
        by = _naming(row, column)
        if not said.is_open(*by):
            return True
        wanted = fold_word(str(self._all.key(number)))
        return any(
            fold_word(key) == wanted and _fits(row, [fold_word(word) for word in words])
            for citation in said.known_of(*by)
            for key, *words in (item.split() or [""] for item in citation.value.split(","))
        )

    def _known_citations(self, node: Sourced, day: date | None) -> list[DatedCitation]:
        """What was said of a record by then, the newest last."""
        return [
            citation
            for citation in self._citations_by_subject.get(node.id, ())
            if day is None or citation.known_from <= day
        ]

    def _row_as_known(self, row: SQLModel, day: date | None) -> SQLModel:
        if isinstance(row, Participation | Party):
            names = {
                name: getattr(row, name) if self._names(row, name, day) else None
                for name in _MEMBERS[type(row)]
            }
            return copy_row(row, **names)
        return copy_row(row, **self._values(row, day))

    def _values(self, row: Any, day: date | None) -> dict[str, object]:  # noqa: ANN401  Of any table.
        """The columns that differ from those stored."""
        if not hasattr(row, "key") or isinstance(
            row, Article | Publication | Citation | Scheme | About | Record
        ):
            return {}
        said = _Said(self._citations_by_subject.get(row.id, []), self._known_citations(row, day))
        values: dict[str, object] = {}
        for name, column in _COLUMNS.items():
            by = _ALL_NAMES if name in _NAMES and not said.all_of(name) else {name}
            if hasattr(row, column) and said.is_open(*by):
                values |= self._value(row, name, said)
        if hasattr(row, "aliases") and said.is_open(*_ALL_NAMES):
            names = [name for name in json.loads(row.aliases) if said.contains(name)]
            values["aliases"] = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        if isinstance(row, Membership | Term | Event | State):
            values |= _period(row, said)
        if isinstance(row, Membership | Term):
            floors = self._floor(row.organisation_id, day), self._floor(row.state_id, day)
            values["floor"] = max(floors)
        if isinstance(row, State):
            values["floor"] = self._floor(row.id, day)
        return values

    def _floor(self, body: int | None, day: date | None) -> str:
        """The earliest day that any citation known by then gives for its founding or beginning."""
        node = self._all.nodes.get(body or 0)
        told = [
            citation.days[0]
            for citation in (
                self._known_citations(node, day) if isinstance(node, Organisation | State) else ()
            )
            if citation.field in ("founded", "existence.start") and citation.value
        ]
        first = min(told, default=date.min)
        return "-infinity" if first == date.min else first.isoformat()

    def _value(self, row: Sourced, name: str, said: "_Said") -> Mapping[str, object]:
        """One field as those known of its citations have it; periods are not its affair."""
        column, known = _COLUMNS[name], said.known_of(name)
        newest = known[-1].value if known else None
        if name in DATES:
            known_value = known_date(getattr(row, column), known)
            return {column: known_value or (UNKNOWN_DAY if name == "heldOn" else None)}
        if name in _REFERENCES:
            return {column: self._reference(row, name, known)}
        if isinstance(row, Summit) and name in ("kind", "participantsComplete"):
            return _of_meeting(row, name, known)
        if _states(known, getattr(row, column)):
            return {}
        is_needed = name in _NEEDED and not (isinstance(row, Event) and name == "office")
        if is_needed or name in _CALLED:
            words = _NEEDED.get(name)
            if words and newest:
                newest = newest.upper() if newest.upper() in words.__members__ else None
            return {column: newest} if newest else {}
        if name in _NAMES and not said.all_of(name) and said.contains(getattr(row, column) or ""):
            return {}
        return {column: newest}

    def _reference(self, row: Sourced, name: str, known: Sequence[DatedCitation]) -> int | None:
        number: int | None = getattr(row, f"{name}_id")
        if not known or _states(known, self._all.key(number)):
            return number if known else None
        wanted = f"{_REFERENCES[name]}:{known[-1].value}".casefold()
        for record_id, node in self._all.identified.items():
            if record_id.casefold() == wanted:
                return node.id
        return None


def _of_meeting(summit: Summit, name: str, known: Sequence[DatedCitation]) -> Mapping[str, object]:
    """Until it is told, nobody says who met, and not all participants are known."""
    newest = (known[-1].value or "").upper() if known else ""
    if name == "kind":
        told = newest if newest in SummitKind.__members__ else "MEETING"
        return {} if _states(known, summit.kind) else {"kind": told}
    recorded = "true" if summit.participants_complete else "false"
    return {} if _states(known, recorded) else {"participants_complete": newest == "TRUE"}


def article_days(articles: Sequence[Article]) -> dict[int, date]:
    """From which day a reader could know each of them."""
    return {article.id: _known_from(article, articles) for article in articles}


def _known_from(article: Article, articles: Sequence[Article]) -> date:
    """The last day of its issue, else of any dateline of the same issue, else of its own."""
    dates = [article.issued_on or article.dated_on]
    if not article.issued_on and article.issue_number is not None:
        issue = article.publication_id, article.issue_number
        dates += [
            other.dated_on
            for other in articles
            if (other.publication_id, other.issue_number) == issue
        ]
    return max(day for day in map(_latest, dates) if day)


def _latest(edtf: str) -> date | None:
    return parse_date(edtf).latest


def copy_row(row: Copied, **values: object) -> Copied:
    return type(row)(**row.model_dump() | values)


def _states(citations: Sequence[DatedCitation], recorded: str | None) -> bool:
    return recorded is not None and any(citation.says(recorded) for citation in citations)


class _Period(NamedTuple):
    period_start: str | None
    period_end: str | None
    end_kind: str
    attested_until: date | None


class _Said:
    """The citations of a record, and those of them that are known; oldest first."""

    def __init__(self, citations: Sequence[DatedCitation], known: Sequence[DatedCitation]) -> None:
        self.citations, self.known = citations, known

    def all_of(self, *names: str) -> list[DatedCitation]:
        return [each for each in self.citations if each.field in names and each.value]

    def known_of(self, *names: str) -> list[DatedCitation]:
        return [each for each in self.known if each.field in names and each.value]

    def is_open(self, *names: str) -> bool:
        """Whether not all is known yet."""
        if self.all_of(*names):
            return self.all_of(*names) != self.known_of(*names)
        as_a_whole = [each for each in self.known if each.field is None and each.is_support]
        return not as_a_whole and len(self.known) < len(self.citations)

    def contains(self, name: str) -> bool:
        """Whether the words of a name, which are none of mere signs, stand side by side in one."""
        wanted = _words(name)
        return bool(wanted) and any(
            _words(citation.value)[place : place + len(wanted)] == wanted
            for citation in self.known_of(*_ALL_NAMES)
            for place in range(len(_words(citation.value)) + 1)
        )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _period(row: Spanned, said: _Said) -> dict[str, object]:
    """The columns of a period; as recorded if its citations are all known."""
    name = {Event: "occurred", State: "existence"}.get(type(row), "period")
    if isinstance(row, State):
        told = said.known_of(f"{name}.start", f"{name}.end")
        if not told and (not row.end_kind or said.is_open(f"{name}.start", f"{name}.end")):
            return {**dict.fromkeys(_Period._fields), "period_text": None}
        if not (said.is_open(f"{name}.start") or said.is_open(f"{name}.end")):
            return {}
    running = attested_days(said.known)
    until = max(running) if running and row.end_kind == "ONGOING" else None
    recorded = _Period(row.period_start, row.period_end, row.end_kind or "UNKNOWN", until)
    open_start, open_end = said.is_open(f"{name}.start"), said.is_open(f"{name}.end")
    starts, ends = said.known_of(f"{name}.start"), said.known_of(f"{name}.end")
    one_date = bool(row.period_start) and row.period_start == row.period_end
    one_date &= not said.all_of(f"{name}.end")
    if not (open_start or (open_end and not one_date)):
        return recorded._asdict()
    if one_date:
        return _one_date(known_date(row.period_start, starts, flagged=False))
    start, end, end_kind = known_bounds(
        recorded[:3], starts if open_start else None, ends if open_end else None, running
    )
    as_known = _Period(start, end, end_kind, max(running) if end_kind == "ONGOING" else None)
    values: dict[str, object] = as_known._asdict()
    if as_known[:3] != recorded[:3] or row.end_kind is None:
        values["period_text"] = span_text(*as_known[:3])
    return values


def _one_date(when: str | None) -> dict[str, object]:
    """What happened on some day of a date of which only the start is cited."""
    parsed = parse_date(when) if when else None
    end_kind = "DATED" if parsed and parsed.latest else "UNKNOWN"
    words = parsed.text if parsed else span_text(None, None, end_kind)
    return {**_Period(when, when, end_kind, None)._asdict(), "period_text": words}
