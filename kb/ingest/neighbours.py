"""What a commit has to know of the database, whatever else that holds.

In: an open transaction, the entries to be written and the records to be removed. Out: the stored
rows of these records, of all that they refer to, of the citations that bear on them, of the spans
that they must not overlap, and of whatever refers to what is to be removed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import Connection, select, tuple_
from sqlalchemy.sql.schema import Column
from sqlmodel import col

from kb.ingest import store
from kb.ingest.documents import SourcedDocument
from kb.ingest.files import Entry
from kb.ingest.records import Ref, Rows, rows_of
from kb.models import Record, Table

_TABLES = Table.metadata.tables
_CITATION = _TABLES["citation"]
_ENOUGH = 50
Numbers = dict[Ref, int]


def read_around(
    connection: Connection, entries: Sequence[Entry], removed: Collection[Ref] = ()
) -> tuple[Numbers, dict[Ref, Rows]]:
    """The numbers of the records, and the records."""
    numbers = find(connection, {*removed, *_named(entries)})
    own = {numbers[ref] for ref in (*_own(entries), *removed) if ref in numbers}
    gone = {numbers[ref] for ref in removed if ref in numbers}
    wanted = {*numbers.values(), *_cited(connection, own), *_spans(connection, entries, numbers)}
    wanted |= _referring(connection, gone)
    wanted |= _of_citations(connection, wanted)
    stored: dict[Ref, Rows] = {}
    for batch in store.batches(wanted):
        for number, rows in store.read_batch(connection, batch).items():
            numbers[rows.ref], stored[rows.ref] = number, rows
    return numbers, stored


def read_record(connection: Connection, ref: Ref) -> dict[Ref, Rows]:
    """A record, and the citations that speak of it or stand in it; nothing if it is not there."""
    own = {*find(connection, [ref]).values()}
    wanted = own | _cited(connection, own)
    return {
        rows.ref: rows
        for batch in store.batches(wanted)
        for rows in store.read_batch(connection, batch).values()
    }


def find(connection: Connection, refs: Iterable[Ref]) -> Numbers:
    """The numbers of those that are there."""
    found: Numbers = {}
    named = tuple_(col(Record.type), col(Record.key))
    for batch in store.batches({*refs}):
        asked = select(col(Record.type), col(Record.key), col(Record.id)).where(named.in_(batch))
        found |= {Ref(kind, key): number for kind, key, number in connection.execute(asked)}
    return found


def _own(entries: Sequence[Entry]) -> Iterator[Ref]:
    return (Ref(entry.type, entry.key) for entry in entries)


def _named(entries: Sequence[Entry]) -> Iterator[Ref]:
    """The records of the entries, and those that they name."""
    for entry in entries:
        rows = rows_of(Ref(entry.type, entry.key), entry.document, None)
        yield rows.ref
        for row in (rows.own, *(part for parts in rows.parts.values() for part in parts)):
            yield from (value for value in row.values() if isinstance(value, Ref))
        if isinstance(entry.document, SourcedDocument):
            for key, citation in entry.document.citations.items():
                yield from (Ref("Citation", key), Ref("Article", citation.article))


def _cited(connection: Connection, ids: Collection[int]) -> set[int]:
    """The citations that speak of these records or stand in them."""
    columns = _CITATION.c.subject_id, _CITATION.c.article_id
    return {
        number for column in columns for number in _where(connection, _CITATION.c.id, column, ids)
    }


def _of_citations(connection: Connection, ids: Collection[int]) -> set[int]:
    """What those of the records that are citations speak of and stand in."""
    columns = _CITATION.c.subject_id, _CITATION.c.article_id
    return {
        number for column in columns for number in _where(connection, column, _CITATION.c.id, ids)
    }


def _spans(connection: Connection, entries: Sequence[Entry], numbers: Numbers) -> set[int]:
    """The spans of the same state or official as the entries that are spans."""
    found: set[int] = set()
    for kind, of in (("Membership", "State"), ("Term", "Official")):
        table = _TABLES[kind.lower()]
        named = _named([entry for entry in entries if entry.type == kind])
        ids = {numbers[ref] for ref in named if ref in numbers and ref.type == of}
        found.update(_where(connection, table.c.id, table.c[f"{of.lower()}_id"], ids))
    return found


def _referring(connection: Connection, ids: Collection[int]) -> set[int]:
    """Some of the records that refer to these, by themselves or by a part: enough to be named."""
    found: set[int] = set()
    for name in (*(kind.lower() for kind in store.TYPES), *store.PARTS):
        table = _TABLES[name]
        owner = table.c[store.PARTS.get(name, "id")]
        for column in filter(store.is_reference, table.columns):
            if column is not owner:
                found.update(_where(connection, owner, column, ids, _ENOUGH))
    return found


def _where(
    connection: Connection,
    wanted: "Column[int]",
    column: "Column[int]",
    ids: Collection[int],
    most: int | None = None,
) -> Iterator[int]:
    for batch in store.batches(ids):
        asked = select(wanted).where(column.in_(batch)).limit(most)
        yield from connection.execute(asked).scalars()
