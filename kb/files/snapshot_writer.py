"""A snapshot: every record as one line of JSON, from one read transaction.

In: an open read transaction. Out: lines; the first tells the cursor from which the change feed goes
on, the last how many records of each type there were and their checksums, so that a file that was
cut off shows. Between them each line is a record's document, as the feed gives it; records come
after those that they need.
"""

import json
from collections.abc import Generator, Mapping

from sqlalchemy import Connection, select

from kb import database
from kb.commit import feed
from kb.models import Table
from kb.records.record_tables import TYPES

_TABLES = Table.metadata.tables
_ROWS = 1_000
FORM = "kb-snapshot-1"
"""What the first line says that this is."""


def snapshot(connection: Connection) -> Generator[str, None, None]:
    """The lines without their breaks; memory does not grow with the number of records.

    To be closed before the connection, by whoever may stop before the end.
    """
    stands = feed.read_feed(connection)
    first = {"form": FORM, **stands.place, "schema": database.newest_migration()}
    yield _line(first)
    table = _TABLES["snapshot"]
    for kind in TYPES:
        asked = select(table.c.document).where(table.c.type == kind).order_by(table.c.key)
        with connection.execution_options(yield_per=_ROWS).execute(asked) as rows:
            yield from rows.scalars()
    yield _line({"end": True, "counts": stands.counts})


def _line(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
