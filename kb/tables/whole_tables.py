"""The files of an archive of flat tables, and the manifest that proves them.

In: an open read transaction, tables, and the place in the feed that they belong to. Out: `Member`s,
the manifest last. Each table is encoded twice, once to be measured and once to be given: so neither
memory nor a disk has to hold it.
"""

import hashlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from kb.commit.feed import FeedState
from kb.tables.archive import Member
from kb.tables.extract import Extract, narrowed
from kb.tables.flat_table import FlatTable, read_rows
from kb.tables.formats import FORMATS
from kb.tables.manifest import MANIFEST, count_rows, manifest_text


def archive_members(
    connection: Connection,
    tables: Sequence[FlatTable],
    form: str,
    extract: Extract,
    state: FeedState,
) -> Iterator[Member]:
    """A table that does not have a filter is given whole, and the manifest says so."""
    entries = []
    for whole in tables:
        table = narrowed(whole, extract)
        entry = _measure(connection, table, form, state)
        name, size = f"{table.name}.{form}", int(str(entry["bytes"]))
        passed = {key: value for key, value in extract.given.items() if key in whole.filters}
        entries.append({"name": name, **entry, **({"filters": passed} if passed else {})})
        rows = read_rows(connection, table)
        yield Member(name, size, FORMATS[form].encode(table, rows, state))
    text = manifest_text(state, entries)
    yield Member(MANIFEST, len(text), [text])


def _measure(
    connection: Connection, table: FlatTable, form: str, state: FeedState
) -> dict[str, object]:
    """As the manifest has it."""
    size, digest, sizes = 0, hashlib.sha256(), list[int]()
    rows = count_rows(read_rows(connection, table), sizes)
    for block in FORMATS[form].encode(table, rows, state):
        size += len(block)
        digest.update(block)
    return {"bytes": size, "sha256": digest.hexdigest(), "rows": sum(sizes)}
