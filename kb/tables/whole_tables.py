"""The files of an archive of flat tables, what describes them, and the manifest that proves them.

In: an open read transaction, tables, and the place in the feed that they belong to. Out: members,
the manifest last. Each table is encoded twice, once to be measured and once to be given: so neither
memory nor a disk has to hold it.
"""

import hashlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from kb.commit.feed import FeedState
from kb.tables.archive import ArchiveMember
from kb.tables.croissant import croissant
from kb.tables.data_package import data_package
from kb.tables.description import read_description
from kb.tables.extract import Extract, narrowed
from kb.tables.flat_table import TABLES_FORM, FlatTable, read_rows
from kb.tables.formats import FORMATS
from kb.tables.manifest import MANIFEST, count_rows, json_file, manifest_text

PACKAGE, CROISSANT = "datapackage.json", "croissant.json"
DESCRIPTIONS = (PACKAGE, CROISSANT)


def archive_members(
    connection: Connection,
    tables: Sequence[FlatTable],
    form: str,
    extract: Extract,
    state: FeedState,
) -> Iterator[ArchiveMember]:
    """A table that does not have a filter is given whole, and the manifest says so."""
    entries: dict[str, dict[str, object]] = {}
    for whole in tables:
        table = narrowed(whole, extract)
        entry = _measure(connection, table, form, state)
        name, size = f"{table.name}.{form}", int(str(entry["bytes"]))
        passed = {key: value for key, value in extract.given.items() if key in whole.filters}
        entries[table.name] = {"name": name, **entry, **({"filters": passed} if passed else {})}
        rows = read_rows(connection, table)
        yield ArchiveMember(name, size, FORMATS[form].encode(table, rows, state))
    described = read_description(connection, extract, state, tables, form, entries)
    for name, text in {
        PACKAGE: json_file(data_package(described)),
        CROISSANT: json_file(croissant(described, "")),
        MANIFEST: manifest_text(state, [*entries.values()], TABLES_FORM),
    }.items():
        yield ArchiveMember(name, len(text), [text])


def live_description(
    connection: Connection,
    name: str,
    tables: Sequence[FlatTable],
    state: FeedState,
    public_url: str,
) -> bytes:
    """One of `DESCRIPTIONS`, of single tables as they are downloaded, as CSV."""
    described = read_description(connection, Extract(), state, tables, "csv", {})
    if name == PACKAGE:
        return json_file(data_package(described))
    base = f"{public_url}/export/" if public_url else ""
    return json_file(croissant(described, base, public_url))


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
