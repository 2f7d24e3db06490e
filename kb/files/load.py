"""`kb load`: seed files and snapshots into the database, in one transaction, or not at all.

In: paths of files and an engine. Out: a `Report` of what was added, changed, removed and left, or a
`SeedError` with every fault. Loading the same files again changes nothing. What the files hold is
staged on disk, and written a chunk at a time.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import col

from kb import database
from kb.commit.commit import Commit
from kb.commit.context import find_ids
from kb.commit.feed import Origin
from kb.commit.kept_citations import CitationGuard
from kb.commit.validate import Batch, Task, examine
from kb.errors import Fault, SeedError
from kb.files.seed_files import NoteRead, find_seed_files, read_seed, stage_seeds
from kb.files.snapshot_reader import (
    RETAKE_SNAPSHOT,
    UnnormalisedArticles,
    is_snapshot,
    read_snapshot_line,
    stage_snapshot,
    stray_citation_fault,
)
from kb.files.staging import StagedRecord, Staging, open_staging
from kb.models import Record
from kb.progress import Told, counted, tell_nobody
from kb.records import record_tables
from kb.records.entries import EntryCollection
from kb.records.read import read_batch, read_id_pages
from kb.records.rows import Ref, refs_in

_LOAD = Origin("kb load")
_OBJECTS = 10_000
"""New objects between two garbage collections: a load makes many, and few in cycles."""
MOST_NAMED = 1000
"""Records that a report names of those added, changed and removed each."""


@dataclass(frozen=True, slots=True)
class RefSample:
    """A number of records, and the first of them by name."""

    count: int = 0
    named: tuple[Ref, ...] = ()

    def __len__(self) -> int:
        return self.count

    def __add__(self, refs: Sequence[Ref]) -> "RefSample":
        more = refs[: MOST_NAMED - len(self.named)]
        return RefSample(self.count + len(refs), (*self.named, *more))


@dataclass(slots=True)
class Report:
    """What a load did, or would do, to records."""

    added: RefSample = RefSample()
    changed: RefSample = RefSample()
    removed: RefSample = RefSample()
    left: int = 0

    def note(self, task: Task) -> None:
        self.added += task.added
        self.changed += task.changed
        self.left += len(task.wanted) - len(task.added) - len(task.changed)


def load(
    engine: Engine,
    paths: Sequence[Path],
    *,
    prune: bool = False,
    dry_run: bool = False,
    replace: bool = False,
    origin: Origin = _LOAD,
    told: Told = tell_nobody,
) -> Report:
    """Load the files; `prune` removes what they lack, `dry_run` writes nothing.

    `replace` takes texts of articles by which verified citations are lost.

    Raises SeedError with all faults; nothing is written then.
    """
    with _rare_garbage_collection(), open_staging() as staging:
        files = _StagedFiles(paths, staging, told)
        with database.write_transaction(engine) as connection:
            loading = _Loading(connection, files, staging)
            loading.write(prune=prune, replace=replace, told=told)
            if dry_run:
                connection.rollback()
            else:
                loading.end(origin, told)
    return loading.report


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    first, *others = gc.get_threshold()
    gc.set_threshold(max(first, _OBJECTS), *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)


class _StagedFiles:
    """The records of the files, staged; `faults` are those found before their form is checked."""

    def __init__(self, paths: Sequence[Path], staging: Staging, told: Told) -> None:
        self._paths: list[Path] = []
        self._unnormalised = UnnormalisedArticles(staging)
        self.faults: list[Fault] = []
        seed_files: list[Path] = []
        for seed_file in find_seed_files([path for path in paths if not is_snapshot(path)]):
            if isinstance(seed_file, Fault):
                self.faults.append(seed_file)
            else:
                seed_files.append(seed_file)
        snapshots = [*filter(is_snapshot, paths)]
        note_read = _count_bytes([*seed_files, *snapshots], told)
        for path in seed_files:
            self.faults += stage_seeds(path, self._add_path(path), staging, note_read)
        for path in snapshots:
            self.faults += stage_snapshot(path, self._add_path(path), staging, note_read)
        for subject, staged in staging.stray_citations():
            self.faults.append(stray_citation_fault(str(self._paths[staged.file]), subject, staged))

    def _add_path(self, path: Path) -> int:
        self._paths.append(path)
        return len(self._paths) - 1

    def read(self, chunk: Iterable[StagedRecord]) -> EntryCollection:
        read = EntryCollection()
        for record in chunk:
            path = self._paths[record.item.file]
            if is_snapshot(path):
                read_snapshot_line(str(path), record, read, self._unnormalised)
            else:
                read_seed(str(path), record, read)
        return read


def _count_bytes(paths: Iterable[Path], told: Told) -> NoteRead:
    done, total = 0, 0
    for path in paths:
        # What cannot be looked at is told as a fault when it is to be read.
        with suppress(OSError):
            total += path.stat().st_size

    def note_read(size: int) -> None:
        nonlocal done
        done += size
        told("Files", done, total)

    return note_read


class _Loading:
    """One load in its transaction; it tells the check of a chunk what other chunks write."""

    def __init__(self, connection: Connection, files: _StagedFiles, staging: Staging) -> None:
        self._connection, self._files, self._staging = connection, files, staging
        self._commit, self._citation_guard = Commit(connection), CitationGuard(connection)
        self._top = connection.execute(select(func.max(col(Record.id)))).scalar() or 0
        self.report = Report()

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        return {ref: self._top + number for ref, number in self._staging.numbers(refs).items()}

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        return self._staging.later(refs)

    def write(self, *, prune: bool, replace: bool, told: Told) -> None:
        faults = {*self._files.faults}
        if prune and not faults:
            self._prune()
        for chunk in counted(told, "Records", self._staging.chunks(), len(self._staging)):
            faults.update(self._write(self._files.read(chunk)))
        if not replace:
            faults.update(self._citation_guard.faults())
        if any(fault.remedy == RETAKE_SNAPSHOT for fault in faults):
            # Citations come after what they are of.
            faults = {fault for fault in faults if fault.place != ("citations",)}
        if faults:
            raise SeedError([*faults])

    def _write(self, read: EntryCollection) -> Sequence[Fault]:
        """Write a chunk that has no faults; all are read, so that every fault is found."""
        whole = not self._files.faults
        batch = Batch(read.entries, read.paragraphs, faults=read.faults, whole=whole)
        try:
            task = examine(self._connection, batch, self)
        except SeedError as error:
            return error.faults
        self._citation_guard.note(read.entries, task)
        self._commit.write(task)
        self.report.note(task)
        return ()

    def _prune(self) -> None:
        """Remove records that are not staged, before any is written; dependent records first."""
        for record_type in reversed(record_tables.TYPE_NAMES):
            for ids in read_id_pages(self._connection, record_type):
                staged = self._staging.numbers(ids)
                removed = [ref for ref in ids if ref not in staged]
                read = read_batch(self._connection, [ids[ref] for ref in removed])
                referenced = {ref for rows in read.values() for ref in refs_in(rows)}
                numbers = ids | find_ids(self._connection, referenced)
                self._commit.remove({rows.ref: rows for rows in read.values()}, numbers)
                self._staging.note_removed(removed)
                self.report.removed += removed

    def end(self, origin: Origin, told: Told) -> None:
        self._commit.end(origin, self._staging.removed(), told)
