"""Search in the schema: records by the words of what is written about them.

In: what a client types. Out: a ranked page. Each word must be found, though not in one text; the
rank adds up, for each word, its best match among the record's texts. `kb.tokenizer` says what a
word is, `kb.derive.search_texts` which texts there are. How common a word is counts in the present
alone (`rank_factor`): in a view it would tell of texts that were written later.
"""

from functools import lru_cache, partial
from typing import Annotated

import strawberry

from kb.errors import LimitError
from kb.query.fields import Arguments, ConnectionSource, CursorValidity, RowSet, Sort, SortKey
from kb.query.sql import HOLE, Param, Path, Row, Scalar, Sql, join, sql
from kb.tokenizer import SearchTerm, search_terms
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
from schema.records import Event, Official, Organisation, State, Summit
from schema.sources import Article

MOST_LETTERS = 500
"""Of a search, as it came and of its words: a single character may be spelled out as many."""
MOST_WORDS, MOST_TOGETHER = 20, 100
"""Words and phrases of a search, and words of all its phrases."""
_MATCHES_NOTHING = '""'
"""An expression that matches no text."""
_SCALE = 10_000
_RANK_OF_COMMON = 0.001
"""Added to each rank, so that a match of a word counts that is too common to have one."""
_PASSAGE_IDS = 2**32
"""A score times this, plus the id of its passage: the maximum tells the best passage too."""


@lru_cache(16)
def _split(query: str) -> tuple[list[SearchTerm], int, int]:
    """The terms, the number of their words, and that of the words' letters.

    Cached, because each term is a bound value of its own.
    """
    terms = search_terms(query)
    words = [word for term in terms for word in term.words]
    return terms, len(words), sum(map(len, words))


def _terms(query: object, path: Path) -> list[SearchTerm]:
    text = str(query)
    _check_limit(len(text), MOST_LETTERS, "characters", path)
    terms, count, letters = _split(text)
    _check_limit(letters, MOST_LETTERS, "letters once its signs are spelled out", path)
    _check_limit(len(terms), MOST_WORDS, "words or phrases", path)
    _check_limit(count, MOST_TOGETHER, "words in phrases", path)
    return terms


def _check_limit(count: int, most: int, what: str, path: Path) -> None:
    if count > most:
        raise LimitError(f"a search for {count:,} {what}", f"give at most {most}", path)


def _term_expression(place: int, path: Path, query: object) -> Scalar:
    terms = _terms(query, path)
    return terms[place].expression if place < len(terms) else _MATCHES_NOTHING


def _count(path: Path, query: object) -> Scalar:
    return len(_terms(query, path))


def _any_term_expression(path: Path, query: object) -> Scalar:
    return " OR ".join(term.expression for term in _terms(query, path)) or _MATCHES_NOTHING


_MATCHES = (
    "select p.record_id, j.column1 as term, p.id,"
    f" cast(round(({_RANK_OF_COMMON} - m.rank * f.factor) * p.weight * {_SCALE}) as bigint)"
    " as score from (values {}) j, search_index(j.column2) m, passage p, rank_factor f"
    " where p.id = m.rowid"
)
_BY_TERM = (
    "select s.record_id, max(s.score) as score,"
    f" max(s.score * {_PASSAGE_IDS} + s.id) as best from ({{}}) s group by s.record_id, s.term"
)
_BY_RECORD = (
    "select g.record_id, sum(g.score) as rank, max(g.best) as best"
    " from ({}) g group by g.record_id having count(*) = {}"
)
_HITS = (
    "select r.*, h.rank, h.best, cast({} as text) as asked"
    " from ({}) h join record r on r.id = h.record_id"
)


def _hits(_: Row, arguments: Arguments) -> Sql:
    query, path = arguments.values["query"], arguments.path
    expressions = [
        sql(
            f"({place},cast({{}} as text))",
            _bind(query, partial(_term_expression, place, path), path),
        )
        for place in range(MOST_WORDS)
    ]
    matches = sql(_BY_TERM, sql(_MATCHES, join(",", expressions)))
    count = _bind(query, partial(_count, path), path)
    any_term = _bind(query, partial(_any_term_expression, path), path)
    return sql(_HITS, any_term, sql(_BY_RECORD, matches, count))


def _bind(query: object, fit: partial[Scalar], path: Path) -> Sql:
    return Sql(HOLE, (Param(query, fit, path),))


_REVISION = Sql("(select cast(h.revision as text) from head h)")


def _verdict(mark: Sql | None, _: Sql | None) -> Sql:
    """A cursor is valid at one revision only: any write may change the ranks."""
    if mark is None:
        return Sql("''")
    return sql("case when {} = {} then '' else 'CURSOR_STALE' end", _REVISION, mark)


def _rank_key(row: Row) -> Sql:
    """The rank as text of a fixed length, so that texts sort as their numbers do."""
    return sql("cast({} + 100000000000 as text)", row["rank"])


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
    Organisation | State | Official | Summit | Event | Article,
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


def search() -> Field:
    return source_field(
        _PAGE,
        "Names, aliases, titles, headlines, summaries, claims and, where it is shown, ingested"
        " text; best match first."
        " Each word must be found, in any case and without regard to accents; the last one may be"
        " a beginning; words in quotes stand next to each other.",
        Argument("query", str, 'Words, or phrases in quotes: `"rapid reaction" taj`.'),
        TYPES,
        FIRST_ARGUMENT,
        AFTER_ARGUMENT,
    )
