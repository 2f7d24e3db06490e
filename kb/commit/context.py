"""What a commit has to know of the database, whatever else that holds.

In: an open transaction, the rows to be written and the records to be removed. Out: the stored
rows of these records, of the citations that speak of them, of the spans that they must not overlap,
and of whatever refers to what is to be removed; and the dates of the articles that they cite.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, or_, select
from sqlalchemy.sql.schema import Column
from sqlmodel import col

from kb.commit.overlaps import SPANS
from kb.commit.reading import RecordReading
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.derive.assertions import ArticleDates, article_dates
from kb.models import Record, Table
from kb.records import record_tables
from kb.records.rows import Ref, Rows, refs_in

_TABLES = Table.metadata.tables
_ARTICLE, _CITATION = _TABLES["article"], _TABLES["citation"]
_MOST_REFERRING = 50


@dataclass(frozen=True, slots=True)
class StoredContext:
    """The numbers of all records named that are there, those that are not, and the rows read.

    `dated` has, of the articles cited, when they were written and known.
    """

    numbers: dict[Ref, int]
    missing: Collection[Ref]
    stored: Mapping[Ref, Rows]
    dated: Mapping[Ref, ArticleDates]


def read_stored_context(
    reading: RecordReading, written: Sequence[Rows], removed: Collection[Ref] = ()
) -> StoredContext:
    """`written` are records with their citations."""
    connection = reading.connection
    named = {*removed, *(ref for rows in written for ref in (rows.ref, *refs_in(rows)))}
    numbers = reading.numbers(named)
    subjects = [rows.ref for rows in written if rows.ref.type != "Citation"]
    written_ids = {numbers[ref] for ref in (*subjects, *removed) if ref in numbers}
    removed_ids = {numbers[ref] for ref in removed if ref in numbers}
    cited = {number for ref, number in numbers.items() if ref.type == "Citation"}
    cited |= {*_select_ids(connection, _CITATION.c.id, _CITATION.c.subject_id, written_ids)}
    wanted = {*written_ids, *cited, *_span_ids(connection, written, numbers)}
    read = reading.rows(wanted | find_referring(connection, removed_ids))
    numbers |= {rows.ref: number for number, rows in read.items()}
    stored = {rows.ref: rows for rows in read.values()}
    others = {ref for rows in stored.values() for ref in refs_in(rows)} - numbers.keys()
    numbers |= reading.numbers(others)
    articles = {number for ref, number in numbers.items() if ref.type == "Article"}
    return StoredContext(numbers, named - numbers.keys(), stored, read_dates(connection, articles))


def read_dates(connection: Connection, articles: Collection[int]) -> dict[Ref, ArticleDates]:
    """When articles were written and known. Their whole rows would be as many as a chunk has."""
    return {
        Ref("Article", key): dated
        for batch in record_tables.batches(articles)
        for key, *dates in fetch_rows(connection, _ARTICLE_DATES, ids=batch)
        if (dated := article_dates(*dates))
    }


_ARTICLE_DATES = select(_ARTICLE.c.key, _ARTICLE.c.dated_on, _ARTICLE.c.issued_on).where(
    in_bound(_ARTICLE.c.id)
)


def free_key(connection: Connection, type_name: str, key: str) -> str:
    """The key, numbered if another record has it: two headlines may differ by a sign alone."""
    alike = or_(col(Record.key) == key, col(Record.key).startswith(f"{key}-"))
    keys = select(col(Record.key)).where(col(Record.type) == type_name, alike)
    taken, number, free = set(connection.execute(keys).scalars()), 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free


def _span_ids(
    connection: Connection, written: Sequence[Rows], numbers: Mapping[Ref, int]
) -> Iterator[int]:
    """The spans of the same things as those of the records that are spans, which these must not
    overlap."""
    for type_name, fields in SPANS.items():
        table = _TABLES[record_tables.RECORD_TABLES[type_name]]
        spans = [rows for rows in written if rows.ref.type == type_name]
        named = {ref for rows in spans for ref in refs_in(rows)}
        (first, target), *others = references = [
            (field.column, field.reference.type) for field in fields if field.reference
        ]
        wanted = {tuple(_numbers(rows, references, numbers)) for rows in spans}
        within = {
            column: ids
            for column, other in others
            if len(ids := _ids_of_type(other, named, numbers)) <= record_tables.BATCH
        }
        columns = tuple(column for column, _ in references)
        query = _spans_of(table.name, columns, first, tuple(within))
        for batch in record_tables.batches(_ids_of_type(target, named, numbers)):
            for number, *things in fetch_rows(connection, query, ids=batch, **within):
                if tuple(things) in wanted:
                    yield number


def _numbers(
    rows: Rows, references: Iterable[tuple[str, str]], numbers: Mapping[Ref, int]
) -> Iterator[int | None]:
    for column, _ in references:
        ref = rows.row[column]
        yield numbers.get(ref) if isinstance(ref, Ref) else None


@cache
def _spans_of(
    name: str, references: Sequence[str], first: str, others: Sequence[str]
) -> Select[Any]:
    """Their numbers and those of what they are of, by the column `first`, and by the others or
    where these have nothing."""
    columns = _TABLES[name].c
    # Not by its index, which would find far more than that of the first column.
    within = [in_bound(columns[each] + 0, each) | columns[each].is_(None) for each in others]
    selected = (columns[each] for each in ("id", *references))
    return select(*selected).where(in_bound(columns[first]), *within)


def _ids_of_type(type_name: str, named: Iterable[Ref], numbers: Mapping[Ref, int]) -> list[int]:
    return sorted(numbers[ref] for ref in named if ref.type == type_name and ref in numbers)


def find_referring(connection: Connection, ids: Collection[int]) -> set[int]:
    """Some of the records that refer to these, by themselves or by a part: enough to be named."""
    referring: set[int] = set()
    tables = (*record_tables.RECORD_TABLES.values(), *record_tables.OWNER_COLUMNS)
    for name in tables if ids else ():
        table = _TABLES[name]
        owner = table.c[record_tables.OWNER_COLUMNS.get(name, "id")]
        for column in (table.c[reference] for reference in record_tables.REFERENCE_COLUMNS[name]):
            if column is not owner:
                referring.update(_select_ids(connection, owner, column, ids, most=_MOST_REFERRING))
    return referring


def _select_ids(
    connection: Connection,
    wanted: "Column[int]",
    column: "Column[int]",
    ids: Collection[int],
    most: int | None = None,
) -> Iterator[int]:
    query = _ids_by(wanted, column, most)
    for batch in record_tables.batches(ids):
        yield from fetch_values(connection, query, ids=batch)


@cache
def _ids_by(wanted: "Column[int]", column: "Column[int]", most: int | None) -> Select[int]:
    return select(wanted).where(in_bound(column)).limit(most)
