"""The one end of every write, whichever door it came by: mutation, load, ingest or data migration.

In: an open write transaction, what was written in it, and who or what wrote. Out: nothing; all that
follows from it is worked out, and the change feed has the changes. Nothing may be written in the
transaction after that.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.commit import changes
from kb.commit.feed import FeedWriter, Origin
from kb.derive import recompute
from kb.derive.issue_days import update_issue_days
from kb.models import Article
from kb.progress import Told, tell_nobody
from kb.records import record_tables
from kb.records.id_set import IdSet
from kb.records.rows import Ref, Rows


@dataclass(frozen=True, slots=True)
class WriteSet:
    """Numbers of the records that get a change each, and of those whose consequences are due.

    `concerned` is None where a write may have touched any record: all consequences are worked out
    then, and whatever is not as the feed last gave it gets a change too, removed records included.
    Else `removed` names those, with what needs others first, and `written` has records as they were
    written, by number: as many as whoever wrote has at hand. All others are read. `searched` are
    articles that were looked through for names, besides those concerned, and `begun` is the feed
    that has documents of some records already.
    """

    changed: Collection[int]
    concerned: Collection[int] | None
    removed: Iterable[Ref] = ()
    written: Mapping[int, Rows] = field(default_factory=dict)
    searched: Collection[int] = ()
    begun: FeedWriter | None = None


def finish(
    connection: Connection, touched: WriteSet, origin: Origin, told: Told = tell_nobody
) -> None:
    """Work out what follows from what was touched, then append its changes; last in a write.

    An article that is known from another day than before, as its issue has other articles now, is
    as good as written.
    """
    if touched.concerned is None:
        articles = IdSet(connection.execute(select(col(Article.id))).scalars())
        changed = _with(touched.changed, update_issue_days(connection, articles))
        recompute.derive_all(connection, told)
        changes.append_differing(connection, origin, changed, told)
    else:
        redated = update_issue_days(connection, touched.concerned)
        changed = _with(touched.changed, redated)
        concerned = _with(touched.concerned, redated)
        recompute.derive(connection, concerned, touched.written, touched.searched, told)
        changes.append(
            connection, changed, origin, touched.removed, touched.written, told, touched.begun
        )


def put_early(
    connection: Connection, begun: FeedWriter | None, written: Mapping[int, Rows]
) -> FeedWriter:
    """Records that a write does not keep at hand until it ends, given to the feed as they are."""
    writer = begun or FeedWriter(connection)
    for batch in record_tables.batches(written):
        writer.put_early(changes.read_documents(connection, batch, written))
    return writer


def _with(numbers: Collection[int], others: Collection[int]) -> Collection[int]:
    return IdSet(chain(numbers, others)) if others else numbers
