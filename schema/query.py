"""The roots of the schema: single records by their keys, lists of them, and any node by its id."""

from datetime import date

import strawberry

from kb.errors import LimitError
from kb.query.fields import (
    Arguments,
    ConnectionSource,
    ListSource,
    RevisionSource,
    RowSet,
    RowSource,
    ViewSource,
)
from kb.query.filters import among, standing
from kb.query.pagination import MOST_ROWS
from kb.query.sql import Row, Sql, both, join, sql
from schema.about import ABOUT, About
from schema.connections import Connection
from schema.diff import DifferenceConnection, diff
from schema.enums import DisagreementKind
from schema.feed import Change, Feed, changes, feed
from schema.fields import (
    AFTER_ARGUMENT,
    FIRST_ARGUMENT,
    Argument,
    all_rows,
    computed,
    lookup,
    not_erased,
    source_field,
    text_shown,
)
from schema.filters import key_in_id, type_in_id
from schema.identifiers import IDENTIFIED, SCHEME, VALUE
from schema.lists import (
    ARTICLES,
    CITATIONS,
    EVENTS,
    MEMBERSHIPS,
    OFFICIALS,
    ORGANISATIONS,
    PUBLICATIONS,
    STATES,
    SUMMITS,
    TERMS,
)
from schema.records import (
    Event,
    EventConnection,
    MembershipConnection,
    Official,
    Organisation,
    State,
    Summit,
    SummitConnection,
    TermConnection,
)
from schema.search import SearchConnection, search
from schema.sources import (
    Article,
    ArticleConnection,
    CitationConnection,
    Disagreement,
    Node,
    Publication,
    Sourced,
)
from schema.time import Revision

_SLUG = "Its permanent key."


def _has_id(row: Row, _: Row, arguments: Arguments) -> Sql:
    type_name, key = arguments.bind("id", type_in_id), arguments.bind("id", key_in_id)
    return sql("{} = {} and {} = {}", row["type"], type_name, row["key"], key)


def _rows_by_ids(_: Row, arguments: Arguments) -> Sql:
    """A row for each id, in their order; its columns are null where there is no such record."""
    ids = arguments.values["ids"]
    assert isinstance(ids, list)
    if len(ids) > MOST_ROWS:
        raise LimitError(f"{len(ids)} ids at once", f"ask for at most {MOST_ROWS}", arguments.path)
    no_row = Sql("(0,'','')")
    identified = [
        sql(f"({place},{{}},{{}})", arguments.hole(id_, type_in_id), arguments.hole(id_, key_in_id))
        for place, id_ in enumerate(ids, 1)
    ]
    text = (
        "select r.*, j.column1 as place from (values {}) j left join record r"
        " on r.type = j.column2 and r.key = j.column3 where j.column1 > 0"
    )
    return sql(text, join(",", [no_row, *identified]))


def _named(arguments: Arguments) -> Sql:
    ids = arguments.values.get("ids")
    pairs = (
        sql("({},{})", arguments.hole(id_, type_in_id), arguments.hole(id_, key_in_id))
        for id_ in (ids if isinstance(ids, list) else [arguments.values["id"]])
    )
    return join(",", pairs) if ids != [] else Sql("('','')")


_NODES = ListSource(
    RowSet("record", all_rows, _rows_by_ids, frozenset({"place"})),
    lambda row: (row["place"],),
    gaps=True,
    most="ids",
    requires=not_erased(_named),
)


def _of_kinds(row: Row, _: Row, arguments: Arguments) -> Sql:
    current = standing(row)
    if not arguments.given("kind"):
        return current
    return both(current, among(row["kind"], arguments.names("kind")))


_DISAGREEMENTS = ConnectionSource(RowSet("disagreement", _of_kinds))


def _newest_revision(*_: object) -> Sql:
    return Sql("(select cast(h.revision as text) from head h)")


@strawberry.type(description="What can be asked.")
class Query:
    node: Node | None = source_field(
        RowSource(RowSet("record", _has_id), not_erased(_named)),
        "The record of an id; null if there is none.",
        Argument("id", strawberry.ID, "An id that another answer gave."),
    )
    nodes: list[Node | None] = source_field(
        _NODES,
        "The records of ids, in their order; null where there is none.",
        Argument("ids", list[strawberry.ID], "Ids that other answers gave, at most 100."),
    )
    organisation: Organisation | None = lookup(
        "organisation", "slug", "One organisation; null if there is none.", _SLUG
    )
    organisations: Connection[Organisation] = ORGANISATIONS.field("All organisations, by name.")
    state: State | None = lookup(
        "state", "code", "One state; null if there is none.", "ISO 3166-1 alpha-2, such as `KZ`."
    )
    states: Connection[State] = STATES.field("All states, by name.")
    official: Official | None = lookup(
        "official", "slug", "One official; null if there is none.", _SLUG
    )
    officials: Connection[Official] = OFFICIALS.field("All officials, by name.")
    summit: Summit | None = lookup("summit", "slug", "One summit; null if none.", _SLUG)
    summits: SummitConnection = SUMMITS.field("All summits, oldest first.")
    memberships: MembershipConnection = MEMBERSHIPS.field(
        "All memberships, by the latest start, then by key."
    )
    terms: TermConnection = TERMS.field("All terms of office, by the latest start, then by key.")
    event: Event | None = lookup("event", "slug", "One event; null if there is none.", _SLUG)
    events: EventConnection = EVENTS.field("All events, oldest first.")
    article: Article | None = lookup(
        "article", "slug", "One article; null if there is none.", _SLUG
    )
    articles: ArticleConnection = ARTICLES.field("All articles, newest first.")
    publication: Publication | None = lookup(
        "publication", "slug", "One publication; null if there is none.", _SLUG
    )
    publications: Connection[Publication] = PUBLICATIONS.field("All publications, by key.")
    citations: CitationConnection = CITATIONS.field("All citations, by key.")
    identified: Sourced | None = source_field(
        IDENTIFIED,
        "The record of an identifier, the first by type and key; null if there is none. A scheme"
        " that is not recorded is the error UNKNOWN_SCHEME.",
        SCHEME,
        VALUE,
    )
    about: About = source_field(ABOUT, "What this knowledge base is about.")
    search: SearchConnection = search()
    disagreements: Connection[Disagreement] = source_field(
        _DISAGREEMENTS,
        "Everything on which sources disagree, by type, key and field.",
        Argument("kind", list[DisagreementKind] | None, "Only these kinds.", strawberry.UNSET),
        FIRST_ARGUMENT,
        AFTER_ARGUMENT,
    )
    changes: Connection[Change] = changes()
    feed: Feed = feed()
    revision: Revision = computed(_newest_revision, "The newest committed revision.")
    text_shown: bool = computed(
        text_shown,
        "Whether ingested texts are shown to who asks: to all, or to bearers of a token alone.",
    )
    view: "Query" = source_field(
        ViewSource("knownAt"),
        "The same data as a reader could know it on a day: without articles known later and what"
        " only they support, and with the values that the articles known by then yield. An article"
        " that supports a membership, term or summit supports all that it must point to, of which"
        " no more than the name is known until an article supports it itself. Of views within one"
        " another the earliest day counts.",
        Argument("known_at", date, "The day."),
    )
    at: "Query" = source_field(
        RevisionSource("revision"),
        "The same data as recorded after a revision, whatever was corrected since; of a commit's"
        " revisions each tells all of it. With `view` within it, or around it: as a reader of the"
        " base as it was then could know it on a day. Of revisions within one another the earliest"
        " counts. `search` is refused in it: filter lists by names. A record that was taken down"
        " since (`retractArticle`) is the error RECORD_ERASED where it is asked for or referred to,"
        " and lists and counts are without it. A revision that is no longer"
        " kept is the error REVISION_EXPIRED, one that is still to come REVISION_UNKNOWN.",
        Argument("revision", Revision, "The revision, as an answer gave it."),
    )
    diff: DifferenceConnection = diff()
