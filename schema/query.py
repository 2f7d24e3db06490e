"""The roots of the schema: single records by their keys, lists of them, and any node by its id."""

from datetime import date

import strawberry

from kb.errors import LimitError
from kb.query.fields import Arguments, ConnectionSource, ListSource, RowSet, RowSource, ViewSource
from kb.query.filters import among, standing
from kb.query.pagination import MOST_ROWS
from kb.query.sql import Row, Sql, both, join, sql
from schema.connections import Connection
from schema.enums import DisagreementKind
from schema.feed import Change, Feed, changes, feed
from schema.fields import AFTER, FIRST, Argument, computed, everything, looked_up, made
from schema.filters import key_in_id, type_in_id
from schema.lists import (
    ARTICLES,
    EVENTS,
    MEMBERSHIPS,
    OFFICIALS,
    ORGANISATIONS,
    STATES,
    SUMMITS,
    TERMS,
)
from schema.records import (
    Event,
    MembershipConnection,
    Official,
    Organisation,
    State,
    Summit,
    TermConnection,
)
from schema.search import SearchConnection, search
from schema.sources import Article, Disagreement, Node
from schema.time import Revision

_SLUG = "Its permanent key."


def _identified(row: Row, _: Row, arguments: Arguments) -> Sql:
    kind, key = arguments.bind("id", type_in_id), arguments.bind("id", key_in_id)
    return sql("{} = {} and {} = {}", row["type"], kind, row["key"], key)


def _asked(_: Row, arguments: Arguments) -> Sql:
    """One row for each id, in their order; its columns are null where there is no such record."""
    ids = arguments.values["ids"]
    assert isinstance(ids, list)
    if len(ids) > MOST_ROWS:
        raise LimitError(f"{len(ids)} ids at once", f"ask for at most {MOST_ROWS}", arguments.path)
    none = Sql("(0,'','')")
    wanted = [
        sql(f"({place},{{}},{{}})", arguments.hole(one, type_in_id), arguments.hole(one, key_in_id))
        for place, one in enumerate(ids, 1)
    ]
    text = (
        "select r.*, j.column1 as place from (values {}) j left join record r"
        " on r.type = j.column2 and r.key = j.column3 where j.column1 > 0"
    )
    return sql(text, join(",", [none, *wanted]))


_NODES = ListSource(
    RowSet("record", everything, _asked, frozenset({"place"})),
    lambda row: (row["place"],),
    gaps=True,
    most="ids",
)


def _standing(row: Row, _: Row, arguments: Arguments) -> Sql:
    own = standing(row)
    if not arguments.given("kind"):
        return own
    return both(own, among(row["kind"], arguments.names("kind")))


_DISAGREEMENTS = ConnectionSource(RowSet("disagreement", _standing))


def _head(*_: object) -> Sql:
    return Sql("(select cast(h.revision as text) from head h)")


@strawberry.type(description="What can be asked.")
class Query:
    node: Node | None = made(
        RowSource(RowSet("record", _identified)),
        "The record of an id; null if there is none.",
        Argument("id", strawberry.ID, "An id that another answer gave."),
    )
    nodes: list[Node | None] = made(
        _NODES,
        "The records of ids, in their order; null where there is none.",
        Argument("ids", list[strawberry.ID], "Ids that other answers gave, at most 100."),
    )
    organisation: Organisation | None = looked_up(
        "organisation", "slug", "One organisation; null if there is none.", _SLUG
    )
    organisations: Connection[Organisation] = ORGANISATIONS.field("All organisations, by name.")
    state: State | None = looked_up(
        "state", "code", "One state; null if there is none.", "ISO 3166-1 alpha-2, such as `KZ`."
    )
    states: Connection[State] = STATES.field("All states, by name.")
    official: Official | None = looked_up(
        "official", "slug", "One official; null if there is none.", _SLUG
    )
    officials: Connection[Official] = OFFICIALS.field("All officials, by name.")
    summit: Summit | None = looked_up("summit", "slug", "One summit; null if none.", _SLUG)
    summits: Connection[Summit] = SUMMITS.field("All summits, oldest first.")
    memberships: MembershipConnection = MEMBERSHIPS.field(
        "All memberships, by the earliest start, then by key."
    )
    terms: TermConnection = TERMS.field("All terms of office, by the earliest start, then by key.")
    event: Event | None = looked_up("event", "slug", "One event; null if there is none.", _SLUG)
    events: Connection[Event] = EVENTS.field("All events, oldest first.")
    article: Article | None = looked_up(
        "article", "slug", "One article; null if there is none.", _SLUG
    )
    articles: Connection[Article] = ARTICLES.field("All articles, newest first.")
    search: SearchConnection = search()
    disagreements: Connection[Disagreement] = made(
        _DISAGREEMENTS,
        "Everything on which sources disagree, by type, key and field.",
        Argument("kind", list[DisagreementKind] | None, "Only these kinds.", strawberry.UNSET),
        FIRST,
        AFTER,
    )
    changes: Connection[Change] = changes()
    feed: Feed = feed()
    revision: Revision = computed(_head, "The newest committed revision.")
    view: "Query" = made(
        ViewSource("knownAt"),
        "The same data as a reader could know it on a day: without articles known later and what"
        " only they support, and with the values that the articles known by then yield. Of views"
        " within one another the earliest day counts.",
        Argument("known_at", date, "The day."),
    )
