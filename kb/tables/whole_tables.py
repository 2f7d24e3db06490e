"""All flat tables of one moment, what describes them, and the manifest that proves them.

In: an open read transaction, tables, and the place in the feed that they belong to. Out: files in a
folder, or the members of an archive, the manifest last. Of an archive each table is encoded twice,
once to be measured and once to be given: so neither memory nor a disk has to hold it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from io import BufferedRandom
from pathlib import Path

from sqlalchemy import Connection

from kb.commit.feed import FeedState, read_feed_state
from kb.files.folder import WrittenFile
from kb.progress import Told, tell_nobody
from kb.tables.archive import ArchiveMember
from kb.tables.croissant import croissant
from kb.tables.data_package import data_package
from kb.tables.description import Description, read_description
from kb.tables.extract import Extract, narrowed
from kb.tables.flat_table import TABLES_FORM, FlatTable, read_rows, read_told_rows
from kb.tables.formats import FORMATS
from kb.tables.manifest import (
    MANIFEST,
    Entry,
    count_rows,
    json_file,
    manifest_text,
    write_files,
)

PACKAGE, CROISSANT = "datapackage.json", "croissant.json"
DESCRIPTIONS = (PACKAGE, CROISSANT)


def export_tables(
    connection: Connection,
    folder: Path,
    tables: Sequence[FlatTable],
    form: str,
    told: Told = tell_nobody,
) -> list[WrittenFile]:
    """A file for each table, in one of `FORMATS`; raises KBError if it cannot be written."""
    state = read_feed_state(connection)
    fills = {
        f"{table.name}.{form}": partial(_fill_table, connection, state, table, form, told)
        for table in tables
    }

    def describe(entries: Sequence[Entry]) -> Mapping[str, bytes]:
        by_table = {table.name: entry for table, entry in zip(tables, entries, strict=True)}
        described = read_description(connection, Extract(), state, tables, form, by_table)
        return _descriptions(described)

    return write_files(state, folder, fills, TABLES_FORM, describe)


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
    manifest = manifest_text(state, [*entries.values()], TABLES_FORM)
    for name, text in {**_descriptions(described), MANIFEST: manifest}.items():
        yield ArchiveMember(name, len(text), [text])


def _descriptions(described: Description) -> dict[str, bytes]:
    """Of tables that lie beside them."""
    return {
        PACKAGE: json_file(data_package(described)),
        CROISSANT: json_file(croissant(described, "")),
    }


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


def _fill_table(
    connection: Connection,
    state: FeedState,
    table: FlatTable,
    form: str,
    told: Told,
    file: BufferedRandom,
) -> int:
    sizes: list[int] = []
    with closing(read_told_rows(connection, table, told)) as batches:
        file.writelines(FORMATS[form].encode(table, count_rows(batches, sizes), state))
    return sum(sizes)


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
