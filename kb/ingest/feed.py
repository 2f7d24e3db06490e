"""The end of every write: its changes, with the documents of the records as it leaves them.

In: an open write transaction, the numbers of the records that it touched, and the records that it
removed, those that need others first. Out: nothing; the change feed has one change for each,
removed ones last.
"""

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection, select
from sqlmodel import col

from kb import changes
from kb.changes import Source, Written
from kb.ingest import tables
from kb.ingest.canonical import canonical
from kb.ingest.numbers import Numbers
from kb.ingest.records import Ref
from kb.ingest.stored import pages, read_batch, read_refs
from kb.ingest.texts import read_texts
from kb.models import Record


def append(
    connection: Connection,
    touched: Collection[int],
    source: Source,
    removed: Iterable[Ref] = (),
) -> None:
    """In the order of types that lets each record come after those that it needs."""
    written = changes.Appending(connection)
    for batch in _ordered(connection, touched):
        written.put(documents(connection, batch))
    written.remove(removed)
    written.end(tables.batches(touched), source)


def append_all(connection: Connection, source: Source) -> None:
    """Every record, as into a feed that has none of them."""
    append(connection, Numbers(connection.execute(select(col(Record.id))).scalars()), source)


def _ordered(connection: Connection, touched: Collection[int]) -> Iterator[list[int]]:
    """Their numbers, in the order of changes."""
    if len(touched) <= tables.BATCH:
        refs = read_refs(connection, touched)
        yield sorted(refs, key=lambda number: tables.in_order(refs[number]))
        return
    for kind in tables.TYPES:
        for page in pages(connection, kind):
            yield [number for number in page.values() if number in touched]


def documents(connection: Connection, numbers: Collection[int]) -> list[Written]:
    """Records as canonical JSON, in this order; no more than a statement takes."""
    stored = read_batch(connection, numbers)
    articles = [number for number in numbers if stored[number].ref.type == "Article"]
    texts = read_texts(connection, articles)
    return [
        Written(*stored[one].ref, one, canonical(stored[one], texts.get(one, ())))
        for one in numbers
    ]
