"""The end of every write: its changes, with the documents of the records as it leaves them.

In: an open write transaction, and the numbers of the records that it touched. Out: nothing; the
change feed has one change for each, removed ones last.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select
from sqlmodel import col

from kb import changes
from kb.changes import Source, Written
from kb.ingest import store
from kb.ingest.canonical import canonical
from kb.ingest.records import Ref
from kb.models import Paragraph, Record


def append(
    connection: Connection,
    touched: Collection[int],
    source: Source,
    removed: Sequence[Ref] = (),
) -> None:
    """In the order of types that lets each record come after those that it needs."""
    written = sorted(documents(connection, touched), key=_order)
    gone = sorted((Written(*ref) for ref in removed), key=_order, reverse=True)
    changes.append(connection, [*written, *gone], source)


def append_all(connection: Connection, source: Source) -> None:
    """Every record, as into a feed that has none of them."""
    append(connection, connection.execute(select(col(Record.id))).scalars().all(), source)


def documents(connection: Connection, ids: Collection[int]) -> Iterator[Written]:
    """Records as canonical JSON, a batch at a time."""
    for batch in store.batches(ids):
        texts = _paragraphs(connection, batch)
        for number, rows in store.read_batch(connection, batch).items():
            document = canonical(rows, texts.get(number, ()))
            yield Written(*rows.ref, number, document)


def _order(one: Written) -> tuple[int, str]:
    return store.TYPES.index(one.type), one.key


def _paragraphs(connection: Connection, batch: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    asked = select(col(Paragraph.article_id), col(Paragraph.text)).order_by(col(Paragraph.number))
    for article, text in connection.execute(asked.where(col(Paragraph.article_id).in_(batch))):
        found.setdefault(article, []).append(text)
    return found
