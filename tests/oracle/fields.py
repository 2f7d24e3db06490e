"""What each field of the schema means, by type and name, in plain Python over a world.

In: a world, the object that has the field, and the field's arguments. Out: its value. A field that
is not named here is the attribute of its name.
"""

import json
from collections.abc import Callable, Mapping
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
from tests.oracle import parts
from tests.oracle.data import Disagreement, Sourced, Span, World, bounds_of, identity, partial_date
from tests.oracle.filters import folded_id
from tests.oracle.lists import Arguments, Page, page
from tests.oracle.search import search

Resolver = Callable[[World, Any, Arguments], object]
Holds = Callable[[World, Any, Any], bool]
Link = parts.Link


def _listed(kind: type[SQLModel], holds: Holds) -> Resolver:
    """The rows of a type for which something holds, as a page."""

    def resolve(world: World, row: object, arguments: Arguments) -> Page:
        rows: list[Any] = [one for one in world.all(kind) if holds(world, one, row)]
        return page(world, kind.__name__, rows, arguments)

    return resolve


def _all(kind: type[SQLModel]) -> Resolver:
    return _listed(kind, lambda *_: True)


def _with(kind: type[SQLModel], column: str) -> Resolver:
    """The rows that refer to the row at hand."""
    return _listed(kind, lambda _, one, row: getattr(one, column) == row.id)


def _events(link: Link, far: str) -> Resolver:
    """The events that a table of links ties to the row at hand."""

    def holds(world: World, event: Event, row: Sourced) -> bool:
        return any(
            one.event_id == event.id and getattr(one, far) == row.id for one in world.all(link)
        )

    return _listed(Event, holds)


def _attended(world: World, summit: Summit, official: Official) -> bool:
    return any(
        one.summit_id == summit.id
        and one.official_id == official.id
        and one.attendance == Attendance.ATTENDED
        for one in world.all(Participation)
    )


def _cited(world: World, article: Article, record: Sourced) -> bool:
    return any(
        one.article_id == article.id and one.subject_id == record.id for one in world.all(Citation)
    )


def _mentioned(world: World, article: Article, record: Sourced) -> bool:
    return any(
        one.article_id == article.id and one.subject_id == record.id for one in world.all(Mention)
    )


def _by_key(kind: str, argument: str) -> Resolver:
    return lambda world, _, arguments: world.identified.get(
        folded_id(f"{kind}:{arguments[argument]}")
    )


def _one(kind: type[SQLModel], column: str) -> Resolver:
    return lambda world, row, _: world.one(kind, getattr(row, column))


def _date(column: str) -> Resolver:
    return lambda _, row, __: partial_date(getattr(row, column))


def _column(name: str) -> Resolver:
    return lambda _, row, __: getattr(row, name)


def _span(_: World, row: Membership | Term | Event, __: Arguments) -> Span:
    return Span(row)


def _known_from(_: World, article: Article, __: Arguments) -> object:
    when = partial_date(article.issued_on) or partial_date(article.dated_on)
    return when and when.latest


def _view(world: World, _: object, arguments: Arguments) -> World:
    return world.view(arguments["knownAt"])


def _nodes(world: World, _: object, arguments: Arguments) -> object:
    return [world.identified.get(folded_id(one)) for one in arguments["ids"]]


def _disagreements(world: World, record: Sourced, _: Arguments) -> list[Disagreement]:
    return [one for one in world.disagreements if one.subject is record]


def _all_disagreements(world: World, _: object, arguments: Arguments) -> Page:
    kinds = arguments.get("kind")
    rows = [one for one in world.disagreements if kinds is None or one.kind in kinds]
    return page(world, "Disagreement", rows, arguments)


def _disputed(world: World, one: parts.AsOf, _: Arguments) -> bool:
    return world.records[one.row.id].disputed


_KEYED: Mapping[str, Resolver] = {
    "id": lambda _, row, __: identity(row),
    "slug": _column("key"),
}
_SOURCED: Mapping[str, Resolver] = {
    **_KEYED,
    "citations": _with(Citation, "subject_id"),
    "articles": _listed(Article, _cited),
    "disagreements": _disagreements,
    "revision": lambda world, row, _: world.records[row.id].revision,
}
_NAMED: Mapping[str, Resolver] = {
    **_SOURCED,
    "aliases": lambda _, row, __: json.loads(row.aliases),
    "mentionedIn": _listed(Article, _mentioned),
    "holders": parts.holders,
}
_SPANNED: Mapping[str, Resolver] = {
    **_SOURCED,
    "period": _span,
    "occurred": _span,
    "certainty": lambda _, row, arguments: bounds_of(row).certainty(arguments["on"]),
    "organisation": _one(Organisation, "organisation_id"),
    "state": _one(State, "state_id"),
    "official": _one(Official, "official_id"),
}
_AS_OF: Mapping[str, Resolver] = {
    "membership": _column("row"),
    "term": _column("row"),
    "state": lambda world, one, _: world.one(State, one.row.state_id),
    "official": lambda world, one, _: world.one(Official, one.row.official_id),
    "status": lambda _, one, __: one.row.status,
    "disputed": _disputed,
}
RESOLVERS: Mapping[str, Mapping[str, Resolver]] = {
    "Query": {
        "node": lambda world, _, arguments: world.identified.get(folded_id(arguments["id"])),
        "nodes": _nodes,
        "organisation": _by_key("Organisation", "slug"),
        "state": _by_key("State", "code"),
        "official": _by_key("Official", "slug"),
        "summit": _by_key("Summit", "slug"),
        "event": _by_key("Event", "slug"),
        "article": _by_key("Article", "slug"),
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
        "view": _view,
    },
    "Publication": {**_KEYED, "articles": _with(Article, "publication_id")},
    "Article": {
        **_KEYED,
        "publication": _one(Publication, "publication_id"),
        "issuedOn": _date("issued_on"),
        "datedOn": _date("dated_on"),
        "knownFrom": _known_from,
        "paragraphs": parts.paragraphs,
        "citations": _with(Citation, "article_id"),
        "mentions": parts.mentions,
    },
    "Citation": {
        **_KEYED,
        "subject": lambda world, row, _: world.nodes[row.subject_id],
        "article": _one(Article, "article_id"),
        "quote": parts.quote,
        "start": _column("start_at"),
        "end": _column("end_at"),
    },
    "Mention": {"subject": lambda world, row, _: world.nodes[row.subject_id]},
    "Organisation": {
        **_NAMED,
        "founded": _date("founded"),
        "predecessor": _one(Organisation, "predecessor_id"),
        "successors": parts.successors,
        "memberships": _with(Membership, "organisation_id"),
        "members": parts.members,
        "terms": _with(Term, "organisation_id"),
        "summits": _with(Summit, "organisation_id"),
        "events": _events(EventOrganisation, "organisation_id"),
    },
    "State": {
        **_NAMED,
        "code": _column("key"),
        "memberships": _with(Membership, "state_id"),
        "terms": _with(Term, "state_id"),
        "hostedSummits": _with(Summit, "host_id"),
        "events": _events(EventState, "state_id"),
    },
    "Official": {
        **_NAMED,
        "nationality": _one(State, "nationality_id"),
        "terms": _with(Term, "official_id"),
        "summits": _listed(Summit, _attended),
        "events": _events(EventOfficial, "official_id"),
    },
    "Membership": _SPANNED,
    "Term": {**_SPANNED, "plannedEnd": _date("planned_end")},
    "Summit": {
        **_SOURCED,
        "organisation": _one(Organisation, "organisation_id"),
        "heldOn": _date("held_on"),
        "host": _one(State, "host_id"),
        "participants": parts.participants,
        "outcomes": parts.outcomes,
    },
    "Participation": {
        "official": _one(Official, "official_id"),
        "state": _one(State, "state_id"),
    },
    "Event": {
        **_SPANNED,
        "summit": _one(Summit, "summit_id"),
        "organisations": parts.linked(EventOrganisation, "organisation_id"),
        "states": parts.linked(EventState, "state_id"),
        "officials": parts.linked(EventOfficial, "official_id"),
    },
    "MemberAsOf": _AS_OF,
    "HolderAsOf": _AS_OF,
}
