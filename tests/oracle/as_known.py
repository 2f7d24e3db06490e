"""What was known on a day, worked out anew for each day from what the citations say.

In: all rows of a database, and a day. Out: the `World` of that day, in which rows are missing or
have other values; without a day, the world as it is now. Only what files say is taken from the
rows: whether a record is disputed, until when it is attested and since when it shows is found here.

A field whose citations are all known is as recorded. Of one of which some are known yet, those
decide: it is as recorded if one of them, or all together, say just that; else the days that they
share, or the word of the newest. A field of which nothing is known yet is unknown. A record that no
citation supports yet shows if one supports a membership, term or summit of it; then nothing is
known of it but what it must have, and what citations of single fields say.
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
    Party,
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
    SharedState,
    Sourced,
    Spanned,
    World,
    parse_date,
    type_of,
)
from tests.oracle.disagreements import DATES, NAMES_AND_LISTS, disagreements_of
from tests.oracle.spans import DatedCitation, attested_days, known_bounds, known_date, span_text

Copied = TypeVar("Copied", bound=SQLModel)
_WORDS = {"acronym": "acronym", "endReason": "end_reason", "city": "city", "place": "place"}
_EVENT_WORDS = {"office": "office"}
"""What only an event can be without."""
_NEEDED = {"status": MembershipStatus, "kind": EventKind, "office": None}
"""What a record cannot be without, and the words that there are for it."""
_REFERENCES = {
    "predecessor": "Organisation",
    "nationality": "State",
    "host": "State",
    "summit": "Summit",
}
_LEFT_OUT = {
    "acronym": "acronym",
    "aliases": "aliases",
    "official_name": "officialName",
    "founded": "founded",
    "predecessor_id": "predecessor",
    "nationality_id": "nationality",
}
"""What a record that others point to can be without: the columns, and the names of the fields."""
_POINTING = ("organisation_id", "state_id", "official_id")
_LINKS: Mapping[type[SQLModel], str] = {
    EventOrganisation: "organisation_id",
    EventState: "state_id",
    EventOfficial: "official_id",
}


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
            yield DatedCitation(
                citation, parse_date(article.dated_on).earliest, self._article_days[article.id]
            )

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
            case Citation():
                return date.max
            case _:
                return self._own_support(node)

    def _own_support(self, node: Sourced) -> date:
        return min(
            citation.known_from
            for citation in self._citations_by_subject[node.id]
            if citation.row.stance == Stance.SUPPORTS
        )

    def _make_world(self, day: date | None) -> World:
        rows: dict[type[SQLModel], Sequence[SQLModel]] = {
            table: [self._row_as_known(row, day) for row in stored if self._shows(row, day)]
            for table, stored in self._all.rows.items()
        }
        world = World(rows, self._all.shared, day)
        for record in world.all(Record):
            node = world.nodes[record.id]
            if not isinstance(node, Article | Publication | Citation):
                disagreements = disagreements_of(world, node, self._known_citations(node, day))
                world.disagreements += disagreements
                record.disputed = any(
                    disagreement.kind == "CONFLICT" for disagreement in disagreements
                )
        world.disagreements.sort(key=lambda disagreement: disagreement.key)
        return world

    def _shows(self, row: SQLModel, day: date | None) -> bool:
        if day is None:
            return True

        def shows(number: int | None) -> bool:
            return number is not None and self._shown_from[number] <= day

        match row:
            case Participation():
                return shows(row.summit_id) and (shows(row.official_id) or shows(row.state_id))
            case Party():
                return shows(row.event_id) and any(
                    shows(number) for number in (row.organisation_id, row.state_id, row.official_id)
                )
            case Mention():
                return shows(row.article_id) and shows(row.subject_id)
            case Paragraph():
                return shows(row.article_id)
            case EventOrganisation() | EventState() | EventOfficial():
                return shows(row.event_id) and shows(getattr(row, _LINKS[type(row)]))
            case _:
                return shows(row.id) if hasattr(row, "id") and type_of(row) != "Head" else True

    def _known_citations(self, node: Sourced, day: date | None) -> list[DatedCitation]:
        """What was said of a record by then, the newest last."""
        return [
            citation
            for citation in self._citations_by_subject.get(node.id, ())
            if day is None or citation.known_from <= day
        ]

    def _row_as_known(self, row: SQLModel, day: date | None) -> SQLModel:
        return copy_row(row, **self._values(row, day))

    def _values(self, row: Any, day: date | None) -> dict[str, object]:  # noqa: ANN401  Of any table.
        """The columns that differ from those stored."""
        if not hasattr(row, "key") or isinstance(row, Article | Publication | Citation | Record):
            return {}
        citations, known = (
            self._citations_by_subject.get(row.id, []),
            self._known_citations(row, day),
        )
        values: dict[str, object] = {}
        incomplete = {
            name
            for citation in citations
            if citation not in known and citation.value and (name := citation.field)
            if name not in NAMES_AND_LISTS
        }
        known_by_field = {
            name: [citation for citation in known if citation.field == name and citation.value]
            for name in incomplete
        }
        for name in sorted(incomplete):
            values |= self._value(row, name, known_by_field[name])
        if self._own_support(row) > (day or date.max):
            named = {citation.field for citation in citations if citation.value}
            values |= {
                column: "[]" if column == "aliases" else None
                for column, name in _LEFT_OUT.items()
                if hasattr(row, column) and (name not in named or name in NAMES_AND_LISTS)
            }
        if isinstance(row, Membership | Term | Event):
            values |= _period(row, known_by_field, known)
        return values

    def _value(
        self, row: Sourced, name: str, known: Sequence[DatedCitation]
    ) -> Mapping[str, object]:
        """One field as those known of its citations have it; periods are not its affair."""
        newest = known[-1].value if known else None
        if name in DATES:
            known_value = known_date(getattr(row, DATES[name]), known)
            return {DATES[name]: known_value or (UNKNOWN_DAY if name == "heldOn" else None)}
        if name in _REFERENCES:
            return {f"{name}_id": self._reference(row, name, known)}
        if name in _NEEDED and not (isinstance(row, Event) and name in _EVENT_WORDS):
            words = _NEEDED[name]
            if words and newest:
                newest = newest.upper() if newest.upper() in words.__members__ else None
            return {} if _states(known, getattr(row, name)) or not newest else {name: newest}
        words_by_name = _WORDS | _EVENT_WORDS
        if name in words_by_name:
            recorded = getattr(row, words_by_name[name])
            return {} if _states(known, recorded) else {words_by_name[name]: newest}
        return {}

    def _reference(self, row: Sourced, name: str, known: Sequence[DatedCitation]) -> int | None:
        number: int | None = getattr(row, f"{name}_id")
        if not known or _states(known, self._all.key(number)):
            return number if known else None
        wanted = f"{_REFERENCES[name]}:{known[-1].value}".casefold()
        for record_id, node in self._all.identified.items():
            if record_id.casefold() == wanted:
                return node.id
        return None


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


def _period(
    row: Spanned,
    known_by_field: Mapping[str, Sequence[DatedCitation]],
    known: Sequence[DatedCitation],
) -> dict[str, object]:
    """The columns of a period; as recorded if its citations are all known."""
    name = "occurred" if isinstance(row, Event) else "period"
    running = attested_days(known)
    until = max(running) if running and row.end_kind == "ONGOING" else None
    recorded = _Period(row.period_start, row.period_end, row.end_kind, until)
    as_known = recorded
    if f"{name}.start" in known_by_field or f"{name}.end" in known_by_field:
        ends = known_by_field.get(f"{name}.start"), known_by_field.get(f"{name}.end")
        start, end, end_kind = known_bounds(recorded[:3], *ends, running)
        as_known = _Period(start, end, end_kind, max(running) if end_kind == "ONGOING" else None)
    values: dict[str, object] = as_known._asdict()
    if as_known[:3] != recorded[:3]:
        values["period_text"] = span_text(*as_known[:3])
    return values
