"""Exports of one moment: a snapshot, or flat tables, in files beside a manifest that proves them.

In: an open read transaction and a folder. Out: a `WrittenFile` for each file. The manifest names
each with its bytes, SHA-256 and rows, and the stream, revision and cursor of the feed that all of
them belong to. Files take their places when all of them are written, the manifest last.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from io import BufferedRandom
from pathlib import Path

from sqlalchemy import Connection

from kb.commit.feed import FeedState, read_feed_state
from kb.files.folder import WrittenFile, atomic_file, unwritable_error
from kb.files.snapshot_writer import SNAPSHOT_FORM, snapshot_lines
from kb.linked.followthemoney import followthemoney_lines
from kb.linked.nquads import nquads
from kb.linked.popolo import popolo_lines
from kb.progress import Told, tell_nobody
from kb.tables.flat_table import TABLES_FORM, FlatTable, RowBatch
from kb.tables.sqlite import write_sqlite

Entry = Mapping[str, object]
"""What the manifest says of one file."""
Fill = Callable[[BufferedRandom], int]
"""Writes a file, and returns the number of rows."""
MANIFEST = "manifest.json"
_LINES = 1_000
"""Lines of a snapshot between two words of how far it has come."""


def export_snapshot(
    connection: Connection, folder: Path, told: Told = tell_nobody
) -> list[WrittenFile]:
    """As `kb.ndjson`, whose rows are the records; raises KBError if it cannot be written."""
    state = read_feed_state(connection)
    fill = partial(_fill_snapshot, connection, state, told)
    return write_files(state, folder, {"kb.ndjson": fill}, SNAPSHOT_FORM)


def export_nquads(connection: Connection, folder: Path, root: str) -> list[WrittenFile]:
    """As `kb.nq`, whose rows are statements; raises KBError if it cannot be written."""
    state = read_feed_state(connection)
    return write_files(
        state, folder, {"kb.nq": partial(_fill_lines, nquads(connection, root, state))}
    )


def export_popolo(connection: Connection, folder: Path, root: str) -> list[WrittenFile]:
    """As `kb.json`, whose rows are its lines; raises KBError if it cannot be written."""
    fill = partial(_fill_lines, popolo_lines(connection, root))
    return write_files(read_feed_state(connection), folder, {"kb.json": fill})


def export_followthemoney(connection: Connection, folder: Path, root: str) -> list[WrittenFile]:
    """As `kb.ftm.json`, whose rows are entities; raises KBError if it cannot be written."""
    fill = partial(_fill_lines, followthemoney_lines(connection, root))
    return write_files(read_feed_state(connection), folder, {"kb.ftm.json": fill})


def export_sqlite(
    connection: Connection,
    folder: Path,
    tables: Sequence[FlatTable],
    told: Told = tell_nobody,
) -> list[WrittenFile]:
    """All tables in `kb.sqlite`; raises KBError if it cannot be written."""
    state = read_feed_state(connection)
    fill = partial(write_sqlite, connection, state, tables, told)
    return write_files(state, folder, {"kb.sqlite": fill}, TABLES_FORM)


def _describe_nothing(_: Sequence[Entry]) -> Mapping[str, bytes]:
    return {}


def write_files(
    state: FeedState,
    folder: Path,
    fills: Mapping[str, Fill],
    form: str = "",
    describe: Callable[[Sequence[Entry]], Mapping[str, bytes]] = _describe_nothing,
) -> list[WrittenFile]:
    """The files, what describes them by their entries, and the manifest of the files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            # The file that is entered first is renamed last.
            manifest = files.enter_context(atomic_file(folder / MANIFEST))
            entries = [
                _manifest_entry(name, files.enter_context(atomic_file(folder / name)), fill)
                for name, fill in fills.items()
            ]
            described = describe(entries)
            for name, text in described.items():
                files.enter_context(atomic_file(folder / name)).write(text)
            manifest.write(manifest_text(state, entries, form))
    except OSError as error:
        raise unwritable_error(error, folder) from None
    return [WrittenFile(folder / name, True) for name in (*fills, *described, MANIFEST)]


def manifest_text(state: FeedState, entries: Sequence[Entry], form: str) -> bytes:
    """`form` names the version of what the files hold, if that is ours."""
    return json_file({**({"form": form} if form else {}), **state.place, "files": entries})


def json_file(value: Mapping[str, object]) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


def _manifest_entry(name: str, file: BufferedRandom, fill: Fill) -> dict[str, object]:
    rows = fill(file)
    size = file.seek(0, 2)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256")
    return {"name": name, "bytes": size, "sha256": digest.hexdigest(), "rows": rows}


def _fill_snapshot(
    connection: Connection, state: FeedState, told: Told, file: BufferedRandom
) -> int:
    """Write the lines, and count the records: all but the first and the last line."""
    count, total = 0, sum(int(counts["count"]) for counts in state.counts)
    with closing(snapshot_lines(connection)) as lines:
        for line in lines:
            file.write(f"{line}\n".encode())
            count += 1
            if count % _LINES == 0:
                told("Records", count, total)
    told("Records", total, total)
    return count - 2


def _fill_lines(lines: Iterator[str], file: BufferedRandom) -> int:
    count = 0
    for line in lines:
        file.write(line.encode())
        count += 1
    return count


def count_rows(batches: Iterable[RowBatch], sizes: list[int]) -> Iterator[RowBatch]:
    for batch in batches:
        sizes.append(len(batch))
        yield batch
