"""Search in the schema: records by the words of what is written about them.

In: what a client types. Out: a ranked page. Each word must be found, though not in one text; the
rank adds up, for each word, its best match among the record's texts, and for memberships and terms
with a match of their own among the names of what they are of. `kb.tokenizer` says what a
word is, `kb.derive.search_texts` which texts there are. How common a word is counts in the present
alone (`rank_factor`): in a view it would tell of texts that were written later.
"""

from typing import Annotated

import strawberry

from kb.errors import QueryError
from kb.query.fields import (
    Arguments,
    ConnectionSource,
    CursorValidity,
    RevisionSource,
    RowSet,
    Sort,
    SortKey,
)
from kb.query.sql import Path, Row, Sql, join, sql
from kb.records.documents import OFFICE_WEIGHT, OWN_NAME_WEIGHT, STATUS_WEIGHT
from kb.records.types import record_type
from schema.connections import PageInfo
from schema.fields import (
    AFTER_ARGUMENT,
    FIRST_ARGUMENT,
    Argument,
    Field,
    computed,
    page_field,
    same_row,
    source_field,
)
from schema.filters import TYPES, of_types
from schema.records import Event, Membership, Official, Organisation, State, Summit, Term
from schema.search_terms import (
    MOST_WORDS,
    any_unwanted,
    any_wanted,
    term_count,
    term_expression,
)
from schema.sources import Article
from schema.suggestions import suggestions

_SCALE = 10_000
_RANK_OF_COMMON = 0.001
"""Added to each rank, so that a match of a word counts that is too common to have one."""
_PASSAGE_IDS = 2**32
"""A score times this, plus the id of its passage: the maximum tells the best passage too."""


def _places(first: str, second: str, third: str) -> dict[str, str]:
    """Columns of what a span is of, and what they are called here."""
    return {first: "first", second: "second", third: "third"}


_MATCHES = (
    "select p.record_id, j.column1 as term, p.id, p.weight,"
    f" cast(round(({_RANK_OF_COMMON} - m.rank * f.factor) * p.weight * {_SCALE}) as bigint)"
    " as score from (values {}) j, search_index(j.column2) m, passage p, rank_factor f"
    " where p.id = m.rowid"
)
_BY_TERM = (
    "select s.record_id, s.term, max(s.score) as score,"
    f" max(s.score * {_PASSAGE_IDS} + s.id) as best,"
    f" max(case when s.weight = {OWN_NAME_WEIGHT} then s.score end) as named,"
    " max(s.weight) as weight"
    f" from ({_MATCHES}) s group by s.record_id, s.term"
)
_NAMED = "select b.record_id, b.term, b.named from b where b.named is not null"
_SPANS = " union all ".join(
    f"select x.id, {','.join(f'x.{name} as {place}' for name, place in places.items())}"
    f" from {table} x where {{}} > 1"
    f" and x.id in (select b.record_id from b where b.weight = {weight}) and ("
    + " or ".join(f"x.{name} in (select n.record_id from n)" for name in places)
    + ")"
    for table, weight, places in (
        ("membership", STATUS_WEIGHT, _places("organisation_id", "state_id", "id")),
        ("term", OFFICE_WEIGHT, _places("official_id", "organisation_id", "state_id")),
    )
)
"""Memberships and terms with a match of their own that are of records with a match in a name: where
there are several words, some of them may be such."""
_NAMES = (
    "select x.id, case v.column1 when 1 then x.first when 2 then x.second else x.third end as named"
    " from x, (values (1),(2),(3)) v"
)
_WITH_NAMES = (
    "select b.record_id, b.term, b.score, b.best from b where b.record_id in (select x.id from x)"
    f" union all select s.id, n.term, n.named, 0 from ({_NAMES}) s join n on n.record_id = s.named"
)
_UNWANTED = (
    "select p.record_id from search_index(cast({} as text)) m, passage p where p.id = m.rowid"
)
_ALL_FOUND = (
    "{0}.record_id not in (select u.record_id from u) group by {0}.record_id having count(*) = {{}}"
)
_BY_RECORD = (
    "select b.record_id, sum(b.score) as rank, max(b.best) as best"
    f" from b where b.record_id not in (select x.id from x) and {_ALL_FOUND.format('b')}"
    " union all select s.record_id, sum(s.score) as rank, max(s.best) as best"
    " from (select w.record_id, max(w.score) as score, max(w.best) as best"
    f" from ({_WITH_NAMES}) w group by w.record_id, w.term) s where {_ALL_FOUND.format('s')}"
)
"""Those that are no spans are many, and come from the matches without a detour."""
_HITS = (
    f"with b as materialized ({_BY_TERM}), n as materialized ({_NAMED}),"
    f" x as materialized ({_SPANS}), u as materialized ({_UNWANTED})"
    " select r.*, h.rank, h.best, cast({} as text) as asked"
    f" from ({_BY_RECORD}) h join record r on r.id = h.record_id"
)


def _hits(_: Row, arguments: Arguments) -> Sql:
    expressions = [
        sql(f"({place},cast({{}} as text))", term_expression(arguments, place))
        for place in range(MOST_WORDS)
    ]
    count = term_count(arguments)
    return sql(
        _HITS,
        join(",", expressions),
        count,
        count,
        any_unwanted(arguments),
        any_wanted(arguments),
        count,
        count,
    )


_REVISION = Sql("(select cast(h.revision as text) from head h)")


def _verdict(mark: Sql | None, *_: object) -> Sql:
    """A cursor is valid at one revision only: any write may change the ranks."""
    if mark is None:
        return Sql("''")
    return sql("case when {} = {} then '' else 'CURSOR_STALE' end", _REVISION, mark)


def _rank_key(row: Row) -> Sql:
    """The rank as text of a fixed length, so that texts sort as their numbers do."""
    return sql("cast({} + 100000000000 as text)", row["rank"])


_HIT_TYPES = (Organisation, State, Official, Membership, Term, Summit, Event, Article)
_HIT_NAMES = tuple(record_type(each.__name__).enum_name for each in _HIT_TYPES)


def _fault(arguments: Arguments) -> QueryError | None:
    """Types that no hit can have: to find none of them would say that there are none."""
    types = arguments.names("types") if arguments.given("types") else ()
    others = [name for name in types if name not in _HIT_NAMES]
    if not others:
        return None
    remedy = f"give some of {', '.join(_HIT_NAMES)}"
    return QueryError(f"no search finds {' or '.join(others)}", remedy, arguments.path)


def _refuse_past(path: Path) -> QueryError:
    what = "a search finds what is recorded now, not what was after a revision"
    return QueryError(what, "filter a list by names within `at`, or search outside of it", path)


_PAGE = ConnectionSource(
    RowSet(
        "record",
        lambda row, _, arguments: of_types(row, arguments),
        _hits,
        frozenset({"rank", "best", "asked"}),
    ),
    (
        Sort(SortKey("rank", _rank_key, _rank_key), descending=True),
        Sort(SortKey("type", lambda row: row["type"], lambda row: row["type"])),
    ),
    validity=CursorValidity(lambda _: _REVISION, _verdict),
    fault=_fault,
    refused_within={RevisionSource: _refuse_past},
)


def _snippet(row: Row, _: Arguments) -> Sql:
    text = (
        "(select snippet(search_index,0,'«','»','…',24) from search_index({})"
        f" where rowid = {{}} % {_PASSAGE_IDS})"
    )
    return sql(text, row["asked"], row["best"])


def _rank(row: Row, _: Arguments) -> Sql:
    return sql(f"cast({{}} as double precision) / {_SCALE}", row["rank"])


SearchHit = Annotated[
    Organisation | State | Official | Membership | Term | Summit | Event | Article,
    strawberry.union("SearchHit", description="What a search can find."),
]


@strawberry.type(description="One hit of a search.")
class SearchEdge:
    node: SearchHit = same_row("The record itself.")
    cursor: str = page_field("The hit's place; give it as `after`. It holds until the next write.")
    snippet: str = computed(_snippet, "Plain text around the best match, the match in « ».")
    rank: float = computed(_rank, "How well it matches; comparable within one answer.")


@strawberry.type(description="A page of hits, best first.")
class SearchConnection:
    edges: list[SearchEdge] = page_field("The hits of the page.")
    nodes: list[SearchHit] = page_field("The records of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many records match.")
    suggestions: list[str] = computed(
        suggestions,
        "Spellings of names that are near the words asked for, best first, where those find"
        " little; none if they find enough.",
    )


def search() -> Field:
    return source_field(
        _PAGE,
        "Names, aliases, titles, headlines, summaries, offices, statuses of members, claims and,"
        " where it is shown, ingested text; best match first."
        " Each word must be found, in any case and script and without regard to accents; the last"
        " one may be a beginning; words in quotes stand next to each other; what a word or phrase"
        " with `-` before it finds is left out. Of a membership or term one word must be found"
        " itself, the others may be names of what it is of. Types that no hit can have are"
        " refused.",
        Argument("query", str, 'Words, or phrases in quotes: `"rapid reaction" taj -force`.'),
        TYPES,
        FIRST_ARGUMENT,
        AFTER_ARGUMENT,
    )
