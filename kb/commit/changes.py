"""The changes of a write, with the documents of the records as it leaves them.

In: an open write transaction, the numbers of the records that it touched, those of them that are at
hand as they were written, and the records that it removed, those that need others first. Out:
nothing; the change feed has one change for each, removed ones last. `read_differing` and
`find_removed` tell what the feed lacks, and write nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from sqlalchemy import Connection, func, select
from sqlmodel import col

from kb.citations.article_texts import read_texts
from kb.commit import feed
from kb.commit.feed import Origin, RecordDocument
from kb.commit.hashes import digests
from kb.database.in_array import in_array
from kb.models import Record, Snapshot
from kb.progress import Told, counted, tell_nobody
from kb.records import record_tables
from kb.records.canonical import canonical
from kb.records.id_set import IdSet
from kb.records.read import read_batch, read_id_pages, read_refs
from kb.records.rows import Ref, Rows

_NO_ROWS: Mapping[int, Rows] = {}


def append(
    connection: Connection,
    touched: Collection[int],
    origin: Origin,
    removed: Iterable[Ref] = (),
    written: Mapping[int, Rows] = _NO_ROWS,
    told: Told = tell_nobody,
    begun: feed.FeedWriter | None = None,
) -> None:
    """In the order of types that lets each record come after those that it needs; `begun` has the
    documents of some of them already."""
    writer = begun or feed.FeedWriter(connection)
    ordered = _batches_in_order(connection, touched, written)
    for batch in counted(told, "Changes", ordered, len(touched)):
        early = [number for number in batch if number in writer.early]
        late = [number for number in batch if number not in writer.early] if early else batch
        hashed = writer.put(read_documents(connection, late, written))
        if early:
            read = {each.id: each for each in (*hashed, *feed.read_hashed(connection, early))}
            hashed = [read[number] for number in batch]
        writer.number(hashed)
    writer.remove(removed)
    writer.end(record_tables.batches(touched), origin)


def append_differing(
    connection: Connection,
    origin: Origin,
    touched: Collection[int] = frozenset(),
    told: Told = tell_nobody,
) -> None:
    """What the feed lacks, whatever wrote it, and these records."""
    writer, numbers = feed.FeedWriter(connection), IdSet()
    removed = list(find_removed(connection))
    for batch in read_differing(connection, touched, told):
        writer.number(writer.put(batch))
        numbers.update(record.id for record in batch)
    writer.remove(removed)
    writer.end(record_tables.batches(numbers), origin)


def read_differing(
    connection: Connection, touched: Collection[int] = frozenset(), told: Told = tell_nobody
) -> Iterator[list[RecordDocument]]:
    """Records that are not as the feed last gave them, and these, in the order of changes."""
    total = connection.execute(select(func.count()).select_from(Record)).scalar_one()
    pages = chain.from_iterable(
        read_id_pages(connection, type_name) for type_name in record_tables.TYPE_NAMES
    )
    for page in counted(told, "Changes", pages, total):
        snapshot = _read_snapshot(connection, page)
        yield [
            record
            for record in read_documents(connection, [*page.values()])
            if record.id in touched
            or snapshot.get(record.key) != (record.document, *digests(record.document))
        ]


def find_removed(connection: Connection) -> Iterator[Ref]:
    """What the feed last gave and is no record, those that need others first."""
    there = select(col(Record.id)).where(
        col(Record.type) == col(Snapshot.type), col(Record.key) == col(Snapshot.key)
    )
    query = select(col(Snapshot.type), col(Snapshot.key)).where(~there.exists())
    refs = (Ref(*row) for row in connection.execute(query))
    return iter(sorted(refs, key=_removal_order, reverse=True))


def _removal_order(ref: Ref) -> tuple[int, str]:
    """Types that do not exist any more come first."""
    return (
        record_tables.dependency_order(ref)
        if ref.type in record_tables.TYPE_NAMES
        else (-1, ref.key)
    )


def _read_snapshot(
    connection: Connection, page: Collection[Ref]
) -> dict[str, tuple[str, str, str]]:
    """By key, what the feed last gave of records of one type: the document, with its digests."""
    (type_name,) = {ref.type for ref in page}
    keys = [ref.key for ref in page]
    columns = col(Snapshot.document), col(Snapshot.sha256), col(Snapshot.textless_sha256)
    query = select(col(Snapshot.key), *columns).where(
        col(Snapshot.type) == type_name, in_array(col(Snapshot.key), keys)
    )
    return {
        key: (document, whole, textless)
        for key, document, whole, textless in connection.execute(query)
    }


def _batches_in_order(
    connection: Connection, touched: Collection[int], written: Mapping[int, Rows]
) -> Iterator[list[int]]:
    """Their numbers, in the order of changes."""
    if len(touched) <= record_tables.BATCH:
        refs = {number: written[number].ref for number in touched if number in written}
        refs |= read_refs(connection, [number for number in touched if number not in refs])
        yield sorted(refs, key=lambda number: record_tables.dependency_order(refs[number]))
        return
    for type_name in record_tables.TYPE_NAMES:
        for page in read_id_pages(connection, type_name):
            yield [number for number in page.values() if number in touched]


def read_documents(
    connection: Connection, numbers: Collection[int], written: Mapping[int, Rows] = _NO_ROWS
) -> list[RecordDocument]:
    """Records as canonical JSON, in this order; no more than a statement takes."""
    stored = {number: written[number] for number in numbers if number in written}
    # Touched but not written: citations that are verified now, or no more, and articles whose
    # mentions are others.
    if others := [number for number in numbers if number not in stored]:
        stored |= read_batch(connection, others)
    articles = [number for number in numbers if stored[number].ref.type == "Article"]
    texts = read_texts(connection, articles)
    return [
        RecordDocument(
            *stored[number].ref, number, canonical(stored[number], texts.get(number, ()))
        )
        for number in numbers
    ]
