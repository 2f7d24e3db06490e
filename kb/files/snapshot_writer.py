"""A snapshot: every record as one line of JSON, from one read transaction.

In: an open read transaction. Out: lines. The first has the cursor from which the change feed goes
on, the last the number of records of each type and their checksums, so that a truncated file is
noticed. Between them each line is a record's document, as the feed has it; records come after those
that they refer to.
"""

import json
from collections.abc import Generator, Mapping

from sqlalchemy import Connection, column, select, table

from kb import database
from kb.commit import feed
from kb.models import Table
from kb.records.record_tables import TYPE_NAMES

_TABLES = Table.metadata.tables
_TEXTLESS = table("textless_snapshot", column("type"), column("key"), column("document"))
_ROWS = 1_000
SNAPSHOT_FORM = "kb-snapshot-1"
"""The name and version of the format, in the first line."""


def snapshot_lines(connection: Connection, *, textless: bool = False) -> Generator[str, None, None]:
    """The lines without their breaks; memory does not grow with the number of records.

    `textless` says whether articles go without their texts, as the checksums then say.
    To be closed before the connection, by whoever may stop before the end.
    """
    state = feed.read_feed_state(connection, textless=textless)
    first = {"form": SNAPSHOT_FORM, **state.place, "schema": database.newest_migration()}
    yield _line(first)
    source = _TEXTLESS if textless else _TABLES["snapshot"]
    for record_type in TYPE_NAMES:
        query = select(source.c.document).where(source.c.type == record_type)
        with connection.execution_options(yield_per=_ROWS).execute(
            query.order_by(source.c.key)
        ) as rows:
            yield from rows.scalars()
    yield _line({"end": True, "counts": state.counts})


def _line(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
