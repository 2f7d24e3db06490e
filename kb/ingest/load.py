"""`kb load`: seed files and snapshots into the database, in one transaction, or not at all.

In: paths of files and an engine. Out: a `Report` of what was added, changed, removed and left, or a
`SeedError` with every fault. Loading the same files again changes nothing.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from kb import database
from kb.changes import Source
from kb.ingest.commit import Batch, Report, commit
from kb.ingest.files import read_entries
from kb.ingest.lines import Read, is_snapshot, read_lines

_LOAD = Source("kb load")


def load(
    engine: Engine,
    paths: Sequence[Path],
    *,
    prune: bool = False,
    dry_run: bool = False,
    source: Source = _LOAD,
) -> Report:
    """Load the files; `prune` removes what they lack, `dry_run` writes nothing.

    Raises SeedError with all faults; nothing is written then.
    """
    read = _read(paths)
    batch = Batch(read.entries, read.paragraphs, faults=read.faults)
    with database.write(engine) as connection:
        return commit(connection, batch, source, prune=prune, dry_run=dry_run)


def _read(paths: Sequence[Path]) -> Read:
    """Seed files, and snapshots."""
    entries, faults = read_entries([path for path in paths if not is_snapshot(path)])
    read = Read(entries, {}, faults)
    for path in filter(is_snapshot, paths):
        found = read_lines(path)
        read.entries += found.entries
        read.faults += found.faults
        read.paragraphs |= found.paragraphs
    return read
