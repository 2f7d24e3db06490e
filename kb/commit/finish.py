"""The one end of every write, whichever door it came by: mutation, load, ingest or data migration.

In: an open write transaction, what was written in it, and who or what wrote. Out: nothing; all that
follows from it is worked out, and the change feed has the changes. Nothing may be written in the
transaction after that.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kb.commit import changes
from kb.commit.feed import Origin
from kb.derive import recompute
from kb.records.rows import Ref, Rows


@dataclass(frozen=True, slots=True)
class WriteSet:
    """Numbers of the records that get a change each, and of those whose consequences are due.

    `concerned` is None where a write may have touched any record: all consequences are worked out
    then, and whatever is not as the feed last gave it gets a change too, removed records included.
    Else `removed` names those, with what needs others first, and `written` has records as they were
    written, by number: as many as whoever wrote has at hand. All others are read.
    """

    changed: Collection[int]
    concerned: Collection[int] | None
    removed: Iterable[Ref] = ()
    written: Mapping[int, Rows] = field(default_factory=dict)


def finish(connection: Connection, touched: WriteSet, origin: Origin) -> None:
    """Work out what follows from what was touched, then append its changes; last in a write."""
    if touched.concerned is None:
        recompute.derive_all(connection)
        changes.append_differing(connection, origin, touched.changed)
    else:
        recompute.derive(connection, touched.concerned, touched.written)
        changes.append(connection, touched.changed, origin, touched.removed, touched.written)
