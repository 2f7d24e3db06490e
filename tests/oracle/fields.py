"""What each field of the schema means, by type and name, in plain Python over a world.

In: a world, the object that has the field, and the field's arguments. Out: its value. A field that
is not named here is the attribute of its name.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from sqlmodel import SQLModel

from kb.models import (
    Article,
    Attendance,
    Citation,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Membership,
    Mention,
    Official,
    Organisation,
    Participation,
    Publication,
    State,
    Summit,
    Term,
)
from tests.oracle import groups, identifiers, offices, parts
from tests.oracle.data import (
    Disagreement,
    Sourced,
    Span,
    World,
    certainty_of,
    identity,
    partial_date,
)
from tests.oracle.filters import fold_id
from tests.oracle.lists import Arguments, Page, page
from tests.oracle.search import search

Resolver = Callable[[World, Any, Arguments], object]
Holds = Callable[[World, Any, Any], bool]
Link = parts.Link


def _rows_where(table: type[SQLModel], holds: Holds) -> Resolver:
    """The rows of a type for which something holds, as a page."""

    def resolve(world: World, row: object, arguments: Arguments) -> Page:
        rows: list[Any] = [
            candidate for candidate in world.all(table) if holds(world, candidate, row)
        ]
        return page(world, table.__name__, rows, arguments)

    return resolve


def _all(table: type[SQLModel]) -> Resolver:
    return _rows_where(table, lambda *_: True)


def _referring_rows(table: type[SQLModel], column: str) -> Resolver:
    """The rows that refer to the row at hand."""
    return _rows_where(table, lambda _, candidate, row: getattr(candidate, column) == row.id)


def _events(links: Link, far: str) -> Resolver:
    """The events that a table of links ties to the row at hand."""

    def holds(world: World, event: Event, row: Sourced) -> bool:
        return any(
            link.event_id == event.id and getattr(link, far) == row.id for link in world.all(links)
        )

    return _rows_where(Event, holds)


def _has_attended(world: World, summit: Summit, official: Official) -> bool:
    return any(
        participation.summit_id == summit.id
        and participation.official_id == official.id
        and participation.attendance == Attendance.ATTENDED
        for participation in world.all(Participation)
    )


def _cites(world: World, article: Article, record: Sourced) -> bool:
    return any(
        citation.article_id == article.id and citation.subject_id == record.id
        for citation in world.all(Citation)
    )


def _mentions(world: World, article: Article, record: Sourced) -> bool:
    return any(
        mention.article_id == article.id and mention.subject_id == record.id
        for mention in world.all(Mention)
    )


def _by_key(record_type: str, argument: str) -> Resolver:
    return lambda world, _, arguments: world.identified.get(
        fold_id(f"{record_type}:{arguments[argument]}")
    )


def _if_of(table: type[SQLModel], body: SQLModel) -> SQLModel | None:
    return body if isinstance(body, table) else None


def _reference(table: type[SQLModel], column: str) -> Resolver:
    return lambda world, row, _: world.row_of(table, getattr(row, column))


def _date(column: str) -> Resolver:
    return lambda _, row, __: partial_date(getattr(row, column))


def _column(name: str) -> Resolver:
    return lambda _, row, __: getattr(row, name)


def _span(_: World, row: Membership | Term | Event, __: Arguments) -> Span:
    return Span(row)


def _view(world: World, _: object, arguments: Arguments) -> World:
    return world.view(arguments["knownAt"])


def _nodes(world: World, _: object, arguments: Arguments) -> object:
    return [world.identified.get(fold_id(record_id)) for record_id in arguments["ids"]]


def _disagreements(world: World, record: Sourced, _: Arguments) -> list[Disagreement]:
    return [disagreement for disagreement in world.disagreements if disagreement.subject is record]


def _all_disagreements(world: World, _: object, arguments: Arguments) -> Page:
    wanted = arguments.get("kind")
    rows = [
        disagreement
        for disagreement in world.disagreements
        if wanted is None or disagreement.kind in wanted
    ]
    return page(world, "Disagreement", rows, arguments)


def _disputed(path: str) -> Resolver:
    """Whether articles contradict the record that is whose number stands there in the row."""
    return lambda world, row, _: world.records[attrgetter(path)(row)].disputed


_KEY_FIELDS: Mapping[str, Resolver] = {
    "id": lambda _, row, __: identity(row),
    "slug": _column("key"),
}
_SOURCED_FIELDS: Mapping[str, Resolver] = {
    **_KEY_FIELDS,
    "citations": _referring_rows(Citation, "subject_id"),
    "articles": _rows_where(Article, _cites),
    "disagreements": _disagreements,
    "disputed": _disputed("id"),
    "revision": lambda world, row, _: world.records[row.id].revision,
    "identifiers": identifiers.of_record,
}
_NAMED_FIELDS: Mapping[str, Resolver] = {
    **_SOURCED_FIELDS,
    "aliases": lambda _, row, __: json.loads(row.aliases),
    "mentionedIn": _rows_where(Article, _mentions),
}
_BODY_FIELDS: Mapping[str, Resolver] = {
    **_NAMED_FIELDS,
    "holders": offices.holders,
    "offices": offices.offices,
    "office": offices.office,
}
_SPAN_FIELDS: Mapping[str, Resolver] = {
    **_SOURCED_FIELDS,
    "period": _span,
    "occurred": _span,
    "certainty": lambda _, row, arguments: certainty_of(row, arguments["on"]),
    "organisation": _reference(Organisation, "organisation_id"),
    "state": _reference(State, "state_id"),
    "official": _reference(Official, "official_id"),
}
_AS_OF_FIELDS: Mapping[str, Resolver] = {
    "membership": _column("row"),
    "term": _column("row"),
    "event": _column("row"),
    "state": lambda world, as_of, _: world.row_of(State, as_of.row.state_id),
    "official": lambda world, as_of, _: world.row_of(Official, as_of.row.official_id),
    "status": lambda _, as_of, __: as_of.row.status,
    "disputed": _disputed("row.id"),
}
_SPAN_EDGE_FIELDS: Mapping[str, Resolver] = {"disputed": _disputed("node.id")}
RESOLVERS: Mapping[str, Mapping[str, Resolver]] = {
    "Query": {
        "node": lambda world, _, arguments: world.identified.get(fold_id(arguments["id"])),
        "nodes": _nodes,
        "organisation": _by_key("Organisation", "slug"),
        "state": _by_key("State", "code"),
        "official": _by_key("Official", "slug"),
        "summit": _by_key("Summit", "slug"),
        "event": _by_key("Event", "slug"),
        "article": _by_key("Article", "slug"),
        "publication": _by_key("Publication", "slug"),
        "publications": _all(Publication),
        "citations": _all(Citation),
        "identified": identifiers.identified,
        "about": identifiers.about,
        "organisations": _all(Organisation),
        "states": _all(State),
        "officials": _all(Official),
        "memberships": _all(Membership),
        "terms": _all(Term),
        "summits": _all(Summit),
        "events": _all(Event),
        "articles": _all(Article),
        "search": search,
        "disagreements": _all_disagreements,
        "revision": lambda world, _, __: world.head,
        "textShown": lambda *_: True,
        "view": _view,
    },
    "Scheme": _KEY_FIELDS,
    "Identifier": {
        "scheme": identifiers.scheme_of,
        "schemeName": identifiers.scheme_name,
        "url": identifiers.url,
    },
    "About": {
        **_KEY_FIELDS,
        "organisation": _reference(Organisation, "organisation_id"),
        "offices": identifiers.offices,
        "examples": identifiers.examples,
        "knownTo": identifiers.known_to,
    },
    "Publication": {**_KEY_FIELDS, "articles": _referring_rows(Article, "publication_id")},
    "Article": {
        **_KEY_FIELDS,
        "publication": _reference(Publication, "publication_id"),
        "issuedOn": _date("issued_on"),
        "datedOn": _date("dated_on"),
        "knownFrom": lambda world, row, _: world.shared.article_days[row.id],
        "paragraphs": parts.paragraphs,
        "find": parts.find,
        "citations": _referring_rows(Citation, "article_id"),
        "mentions": parts.mentions,
    },
    "Citation": {
        **_KEY_FIELDS,
        "subject": lambda world, row, _: world.nodes[row.subject_id],
        "article": _reference(Article, "article_id"),
        "quote": parts.quote,
        "verification": parts.verification,
        "start": _column("start_at"),
        "end": _column("end_at"),
        "observedOn": lambda _, row, __: row.observed_on and date.fromisoformat(row.observed_on),
    },
    "Mention": {"subject": lambda world, row, _: world.nodes[row.subject_id]},
    "Organisation": {
        **_BODY_FIELDS,
        "founded": _date("founded"),
        "dissolved": _date("dissolved"),
        "predecessor": _reference(Organisation, "predecessor_id"),
        "predecessors": parts.predecessors,
        "successors": parts.successors,
        "parent": _reference(Organisation, "parent_id"),
        "memberships": _referring_rows(Membership, "organisation_id"),
        "members": parts.members,
        "terms": _referring_rows(Term, "organisation_id"),
        "summits": _referring_rows(Summit, "organisation_id"),
        "events": _events(EventOrganisation, "organisation_id"),
    },
    "State": {
        **_BODY_FIELDS,
        "code": _column("key"),
        "existence": lambda _, row, __: Span(row) if row.end_kind else None,
        "predecessors": parts.states_before,
        "successors": parts.states_after,
        "memberships": _referring_rows(Membership, "state_id"),
        "terms": _referring_rows(Term, "state_id"),
        "hostedSummits": _referring_rows(Summit, "host_id"),
        "events": _events(EventState, "state_id"),
    },
    "Official": {
        **_NAMED_FIELDS,
        "nationality": _reference(State, "nationality_id"),
        "terms": _referring_rows(Term, "official_id"),
        "summits": _rows_where(Summit, _has_attended),
        "events": _events(EventOfficial, "official_id"),
    },
    "Membership": _SPAN_FIELDS,
    "Term": {**_SPAN_FIELDS, "plannedEnd": _date("planned_end")},
    "Summit": {
        **_SOURCED_FIELDS,
        "organisation": _reference(Organisation, "organisation_id"),
        "heldOn": _date("held_on"),
        "host": _reference(State, "host_id"),
        "participants": parts.participants,
        "outcomes": parts.outcomes,
    },
    "Participation": {
        "official": _reference(Official, "official_id"),
        "state": _reference(State, "state_id"),
    },
    "Event": {
        **_SPAN_FIELDS,
        "summit": _reference(Summit, "summit_id"),
        "parties": parts.parties,
        "organisations": parts.linked_records(EventOrganisation, "organisation_id"),
        "states": parts.linked_records(EventState, "state_id"),
        "officials": parts.linked_records(EventOfficial, "official_id"),
    },
    "Party": {
        "organisation": _reference(Organisation, "organisation_id"),
        "state": _reference(State, "state_id"),
        "official": _reference(Official, "official_id"),
    },
    **{f"{name}Connection": groups.CONNECTION_FIELDS for name in groups.GROUPED},
    **{f"{name}Group": groups.GROUP_FIELDS for name in groups.GROUPED},
    "MembershipEdge": _SPAN_EDGE_FIELDS,
    "TermEdge": _SPAN_EDGE_FIELDS,
    "MemberAsOf": _AS_OF_FIELDS,
    "HolderAsOf": _AS_OF_FIELDS,
    "VacancyAsOf": _AS_OF_FIELDS,
    "Office": {
        "organisation": lambda _, office, __: _if_of(Organisation, office.body),
        "state": lambda _, office, __: _if_of(State, office.body),
        "holders": offices.office_holders,
        "tenure": offices.tenure,
        "terms": offices.terms,
    },
}
