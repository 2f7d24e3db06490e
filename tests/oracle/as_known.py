"""What was known on a day, worked out anew for each day from what the citations say.

In: all rows of a database, and a day. Out: the `World` of that day, in which rows are missing or
have other values; without a day, the world as it is now. Only what files say is taken from the
rows: whether a record is disputed, until when it is attested and since when it shows is found here.

A record that no citation supports yet shows if one supports a membership, term or summit of it. Who
is named in an article is counted anew by the names of the day, and for those who do not show yet by
those of the day on which they will.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypeVar, cast

from sqlmodel import SQLModel

from kb.models import (
    About,
    Article,
    Citation,
    EventOfficial,
    EventOrganisation,
    EventState,
    Example,
    Identifier,
    Membership,
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
    Term,
)
from tests.oracle.data import Ask, Node, SharedState, Sourced, World, parse_date, type_of
from tests.oracle.disagreements import disagreements_of
from tests.oracle.known_fields import Said, field_values
from tests.oracle.known_members import LINKS, MEMBERS, is_named, owner_of
from tests.oracle.mentions import Named, count_mentions
from tests.oracle.spans import DatedCitation

Copied = TypeVar("Copied", bound=SQLModel)
_POINTING = ("organisation_id", "state_id", "official_id")


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
                return shows(row.event_id) and self._names(row, LINKS[type(row)], day)
            case OrganisationPredecessor():
                return shows(row.organisation_id) and self._names(row, "predecessor_id", day)
            case StatePredecessor():
                return shows(row.state_id) and self._names(row, "predecessor_id", day)
            case _:
                return shows(row.id) if hasattr(row, "id") and type_of(row) != "Head" else True

    def _names_any(self, row: Participation | Party, day: date | None) -> bool:
        return any(self._names(row, name, day) for name in MEMBERS[type(row)])

    def _names(self, row: SQLModel, column: str, day: date | None) -> bool:
        """Whether a citation known by then names the record to which a column of a list leads."""
        number = getattr(row, column)
        if number is None or (day and self._shown_from[number] > day):
            return False
        subject = cast("Sourced", self._all.nodes[owner_of(row)])
        return is_named(row, column, str(self._all.key(number)), self._said(subject, day))

    def _said(self, node: Sourced, day: date | None) -> Said:
        return Said(self._citations_by_subject.get(node.id, []), self._known_citations(node, day))

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
                for name in MEMBERS[type(row)]
            }
            return copy_row(row, **names)
        return copy_row(row, **self._values(row, day))

    def _values(self, row: Any, day: date | None) -> dict[str, object]:  # noqa: ANN401  Of any table.
        """The columns that differ from those stored."""
        if not hasattr(row, "key") or isinstance(
            row, Article | Publication | Citation | Scheme | About | Record
        ):
            return {}
        said = self._said(row, day)
        values = field_values(row, said, self._all)
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
