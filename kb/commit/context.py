"""What a commit has to know of the database, whatever else that holds.

In: an open transaction, the rows to be written and the records to be removed. Out: the stored
rows of these records, of the citations that speak of them, of the spans that they must not overlap,
and of whatever refers to what is to be removed; and the dates of the articles that they cite.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import Column
from sqlmodel import col

from kb.commit.rules import SPANS
from kb.database.in_array import in_array
from kb.derive.assertions import Dated, dated_of
from kb.models import Record, Table
from kb.records import record_tables
from kb.records.read import read_batch
from kb.records.rows import Ref, Rows, refs_in

_TABLES = Table.metadata.tables
_ARTICLE, _CITATION = _TABLES["article"], _TABLES["citation"]
_ENOUGH = 50
Numbers = dict[Ref, int]


@dataclass(frozen=True, slots=True)
class Around:
    """The numbers of all records named that are there, those that are not, and the rows read.

    `dated` has, of the articles cited, when they were written and known.
    """

    numbers: Numbers
    missing: Collection[Ref]
    stored: Mapping[Ref, Rows]
    dated: Mapping[Ref, Dated]


def read_around(
    connection: Connection, written: Sequence[Rows], removed: Collection[Ref] = ()
) -> Around:
    """`written` are records with their citations."""
    named = {*removed, *(ref for rows in written for ref in (rows.ref, *refs_in(rows)))}
    numbers = find(connection, named)
    subjects = [rows.ref for rows in written if rows.ref.type != "Citation"]
    own = {numbers[ref] for ref in (*subjects, *removed) if ref in numbers}
    gone = {numbers[ref] for ref in removed if ref in numbers}
    cited = {number for ref, number in numbers.items() if ref.type == "Citation"}
    cited |= {*_where(connection, _CITATION.c.id, _CITATION.c.subject_id, own)}
    articles = {number for ref, number in numbers.items() if ref.type == "Article"}
    articles |= {*_where(connection, _CITATION.c.article_id, _CITATION.c.id, cited)}
    wanted = {*own, *cited, *_spans(connection, written, numbers)}
    read = _read(connection, wanted | _referring(connection, gone))
    numbers |= {rows.ref: number for number, rows in read.items()}
    stored = {rows.ref: rows for rows in read.values()}
    others = {ref for rows in stored.values() for ref in refs_in(rows)} - numbers.keys()
    numbers |= find(connection, others)
    return Around(numbers, named - numbers.keys(), stored, read_dates(connection, articles))


def read_record(connection: Connection, ref: Ref) -> dict[Ref, Rows]:
    """A record, and the citations that speak of it or stand in it; nothing if it is not there."""
    own = {*find(connection, [ref]).values()}
    columns = _CITATION.c.subject_id, _CITATION.c.article_id
    cited = (_where(connection, _CITATION.c.id, column, own) for column in columns)
    return {rows.ref: rows for rows in _read(connection, own.union(*cited)).values()}


def _read(connection: Connection, numbers: Collection[int]) -> dict[int, Rows]:
    return {
        number: rows
        for batch in record_tables.batches(numbers)
        for number, rows in read_batch(connection, batch).items()
    }


def read_dates(connection: Connection, articles: Collection[int]) -> dict[Ref, Dated]:
    """Not the rows of articles: a chunk would read as many of these as it has records itself."""
    asked = select(_ARTICLE.c.key, _ARTICLE.c.dated_on, _ARTICLE.c.issued_on)
    return {
        Ref("Article", key): found
        for batch in record_tables.batches(articles)
        for key, *dates in connection.execute(asked.where(in_array(_ARTICLE.c.id, batch))).all()
        if (found := dated_of(*dates))
    }


def find(connection: Connection, refs: Iterable[Ref]) -> Numbers:
    """The numbers of those that are there."""
    found: Numbers = {}
    for kind, group in groupby(sorted(refs), key=lambda ref: ref.type):
        asked = select(col(Record.key), col(Record.id)).where(col(Record.type) == kind)
        for batch in record_tables.batches({ref.key for ref in group}):
            rows = connection.execute(asked.where(in_array(col(Record.key), batch))).all()
            found |= {Ref(kind, key): number for key, number in rows}
    return found


def free_key(connection: Connection, kind: str, key: str) -> str:
    """The key, numbered if another record has it: two headlines may differ by a sign alone."""
    alike = or_(col(Record.key) == key, col(Record.key).startswith(f"{key}-"))
    keys = select(col(Record.key)).where(col(Record.type) == kind, alike)
    taken, number, free = set(connection.execute(keys).scalars()), 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free


def _spans(connection: Connection, written: Sequence[Rows], numbers: Numbers) -> Iterator[int]:
    """The spans that those of the records that are spans must not overlap, and a few more."""
    for kind, fields in SPANS.items():
        table = _TABLES[record_tables.RECORD_TABLES[kind]]
        named = {ref for rows in written if rows.ref.type == kind for ref in refs_in(rows)}
        (first, target), *others = (
            (field.column, field.reference.type) for field in fields if field.reference
        )
        within = [
            # Not by its index, which would find far more than that of the first column.
            in_array((table.c[column] + 0), ids) | table.c[column].is_(None)
            for column, other in others
            if len(ids := _of_type(other, named, numbers)) <= record_tables.BATCH
        ]
        ids = _of_type(target, named, numbers)
        yield from _where(connection, table.c.id, table.c[first], ids, *within)


def _of_type(kind: str, named: Iterable[Ref], numbers: Numbers) -> list[int]:
    return sorted(numbers[ref] for ref in named if ref.type == kind and ref in numbers)


def _referring(connection: Connection, ids: Collection[int]) -> set[int]:
    """Some of the records that refer to these, by themselves or by a part: enough to be named."""
    found: set[int] = set()
    for name in (*record_tables.RECORD_TABLES.values(), *record_tables.OWNER_COLUMNS):
        table = _TABLES[name]
        owner = table.c[record_tables.OWNER_COLUMNS.get(name, "id")]
        for column in (table.c[reference] for reference in record_tables.REFERENCE_COLUMNS[name]):
            if column is not owner:
                found.update(_where(connection, owner, column, ids, most=_ENOUGH))
    return found


def _where(
    connection: Connection,
    wanted: "Column[int]",
    column: "Column[int]",
    ids: Collection[int],
    *within: ColumnElement[bool],
    most: int | None = None,
) -> Iterator[int]:
    for batch in record_tables.batches(ids):
        asked = select(wanted).where(in_array(column, batch), *within).limit(most)
        yield from connection.execute(asked).scalars().all()
