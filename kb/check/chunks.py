"""Stored records for `kb check`, so many at once: memory does not grow with how many there are.

In: an open read transaction, and which records are not sound. Out: chunks of the others, each
record with all that speaks of it, and with all that may not be certain on the same day.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, select

from kb.commit.overlaps import SPANS
from kb.database.in_array import in_array
from kb.models import Table
from kb.records.documents import FORMS
from kb.records.read import read_batch
from kb.records.record_tables import BATCH, RECORD_TABLES, batches
from kb.records.rows import Ref, Rows

_TABLES = Table.metadata.tables
_MOST = 4_000
"""Records and citations of a chunk, but for what cannot be parted."""


class Chunk(NamedTuple):
    """Records with the citations that speak of them, and the articles that these name.

    `size` is how many records it was read for, sound or not.
    """

    records: dict[Ref, Rows]
    articles: list[Rows]
    size: int


def read_chunks(connection: Connection, unsound: Collection[Ref]) -> Iterator[Chunk]:
    """A record is left out with those of its citations that are not sound."""
    for type_name in FORMS:
        for numbers in _read_numbers(connection, type_name):
            yield _read_chunk(connection, numbers, unsound)


def _read_numbers(connection: Connection, type_name: str) -> Iterator[list[int]]:
    """Of records of a type; those that may not be certain on the same day stand together."""
    table, record, citation = (
        _TABLES[name] for name in (RECORD_TABLES[type_name], "record", "citation")
    )
    spanning = [table.c[field.column] for field in SPANS.get(type_name, ())]
    cited = select(func.count()).where(citation.c.subject_id == table.c.id).scalar_subquery()
    itself = and_(record.c.id == table.c.id, record.c.type == type_name)
    query = select(table.c.id, cited, *spanning).join(record, itself)
    weight, numbers, subject = 0, list[int](), tuple[object, ...]()
    ordered = query.order_by(*spanning, table.c.id).execution_options(yield_per=BATCH)
    for row in connection.execute(ordered):
        number, count, others = row[0], row[1], row[2:]
        if weight >= _MOST and not (spanning and subject == others):
            yield numbers
            weight, numbers = 0, []
        numbers.append(number)
        weight, subject = weight + 1 + count, others
    if numbers:
        yield numbers


def _read_chunk(connection: Connection, numbers: Sequence[int], unsound: Collection[Ref]) -> Chunk:
    citation = _TABLES["citation"]
    of_records = in_array(citation.c.subject_id, numbers)
    citations = _read(connection, select(citation.c.id).where(of_records))
    left_out = {rows.row["subject_id"] for rows in citations if rows.ref in unsound} | {*unsound}
    records = {
        rows.ref: rows
        for rows in chain(read_batch(connection, numbers).values(), citations)
        if rows.ref not in left_out
    }
    articles = _read(connection, select(citation.c.article_id).where(of_records).distinct())
    return Chunk(records, [rows for rows in articles if rows.ref not in left_out], len(numbers))


def _read(connection: Connection, query: Select[Any]) -> list[Rows]:
    """The records of these numbers."""
    numbers = connection.execute(query).scalars().all()
    return [rows for batch in batches(numbers) for rows in read_batch(connection, batch).values()]
