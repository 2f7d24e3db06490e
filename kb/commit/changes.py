"""The changes of a write, with the documents of the records as it leaves them.

In: an open write transaction, the numbers of the records that it touched, those of them that are at
hand as they were written, and the records that it removed, those that need others first. Out:
nothing; the change feed has one change for each, removed ones last. `differing` and `gone` tell
what the feed lacks, and write nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.citations.article_texts import read_texts
from kb.commit import feed
from kb.commit.feed import Source, Written
from kb.commit.hashes import digest
from kb.database.in_array import in_array
from kb.models import Record, Snapshot
from kb.records import record_tables
from kb.records.canonical import canonical
from kb.records.id_set import IdSet
from kb.records.read import read_batch, read_id_pages, read_refs
from kb.records.rows import Ref, Rows

_NOTHING: Mapping[int, Rows] = {}


def append(
    connection: Connection,
    touched: Collection[int],
    source: Source,
    removed: Iterable[Ref] = (),
    written: Mapping[int, Rows] = _NOTHING,
) -> None:
    """In the order of types that lets each record come after those that it needs."""
    appending = feed.Appending(connection)
    for batch in _ordered(connection, touched, written):
        appending.put(documents(connection, batch, written))
    appending.remove(removed)
    appending.end(record_tables.batches(touched), source)


def append_differing(
    connection: Connection, source: Source, touched: Collection[int] = frozenset()
) -> None:
    """What the feed lacks, whatever wrote it, and these records."""
    written, numbers = feed.Appending(connection), IdSet()
    removed = list(gone(connection))
    for batch in differing(connection, touched):
        written.put(batch)
        numbers.update(one.id for one in batch)
    written.remove(removed)
    written.end(record_tables.batches(numbers), source)


def differing(
    connection: Connection, touched: Collection[int] = frozenset()
) -> Iterator[list[Written]]:
    """Records that are not as the feed last gave them, and these, in the order of changes."""
    for kind in record_tables.TYPE_NAMES:
        for page in read_id_pages(connection, kind):
            given = _given(connection, kind, [key for _, key in page])
            yield [
                one
                for one in documents(connection, [*page.values()])
                if one.id in touched or given.get(one.key) != (one.document, digest(one.document))
            ]


def gone(connection: Connection) -> Iterator[Ref]:
    """What the feed last gave and is no record, those that need others first."""
    there = select(col(Record.id)).where(
        col(Record.type) == col(Snapshot.type), col(Record.key) == col(Snapshot.key)
    )
    asked = select(col(Snapshot.type), col(Snapshot.key)).where(~there.exists())
    found = (Ref(*row) for row in connection.execute(asked))
    return iter(sorted(found, key=_in_order, reverse=True))


def _in_order(ref: Ref) -> tuple[int, str]:
    """A type that there is not comes first."""
    return (
        record_tables.dependency_order(ref)
        if ref.type in record_tables.TYPE_NAMES
        else (-1, ref.key)
    )


def _given(connection: Connection, kind: str, keys: Collection[str]) -> dict[str, tuple[str, str]]:
    """By key, what the feed last gave: the document, with its digest."""
    columns = col(Snapshot.key), col(Snapshot.document), col(Snapshot.sha256)
    asked = select(*columns).where(col(Snapshot.type) == kind, in_array(col(Snapshot.key), keys))
    return {key: (document, sha256) for key, document, sha256 in connection.execute(asked)}


def _ordered(
    connection: Connection, touched: Collection[int], written: Mapping[int, Rows]
) -> Iterator[list[int]]:
    """Their numbers, in the order of changes."""
    if len(touched) <= record_tables.BATCH:
        refs = {number: written[number].ref for number in touched if number in written}
        refs |= read_refs(connection, [number for number in touched if number not in refs])
        yield sorted(refs, key=lambda number: record_tables.dependency_order(refs[number]))
        return
    for kind in record_tables.TYPE_NAMES:
        for page in read_id_pages(connection, kind):
            yield [number for number in page.values() if number in touched]


def documents(
    connection: Connection, numbers: Collection[int], written: Mapping[int, Rows] = _NOTHING
) -> list[Written]:
    """Records as canonical JSON, in this order; no more than a statement takes."""
    stored = {number: written[number] for number in numbers if number in written}
    # Touched and not written: citations whose words were found or lost, articles that name others.
    if others := [number for number in numbers if number not in stored]:
        stored |= read_batch(connection, others)
    articles = [number for number in numbers if stored[number].ref.type == "Article"]
    texts = read_texts(connection, articles)
    return [
        Written(*stored[one].ref, one, canonical(stored[one], texts.get(one, ())))
        for one in numbers
    ]
