"""`kb load`: seed files and snapshots into the database, in one transaction, or not at all.

In: paths of files and an engine. Out: a `Report` of what was added, changed, removed and left, or a
`SeedError` with every fault. Loading the same files again changes nothing. What the files hold is
staged on disk, and written a chunk at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import col

from kb import database
from kb.commit.commit import Commit
from kb.commit.feed import Origin
from kb.commit.kept_citations import CitationGuard
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch, Task, examine
from kb.errors import Fault, SeedError
from kb.files.file_sets import (
    NOBODY,
    PLAIN,
    Owned,
    Terms,
    conflict_fault,
    find_bereft,
    find_conflicts,
    give_to,
    read_owned,
    read_set_pages,
    release,
)
from kb.files.on_conflict import OnConflict
from kb.files.report import Report
from kb.files.seed_files import NoteRead, find_seed_files, read_seed, stage_seeds
from kb.files.skipped import CitationCounts, Skipped
from kb.files.snapshot_reader import (
    RETAKE_SNAPSHOT,
    UnnormalisedArticles,
    is_snapshot,
    read_snapshot_line,
    stage_snapshot,
    stray_citation_fault,
)
from kb.files.staging import StagedRecord, Staging, open_staging
from kb.garbage import rare_garbage_collection
from kb.models import Record
from kb.progress import Told, counted, tell_nobody
from kb.records import record_tables
from kb.records.entries import EntryCollection
from kb.records.id_set import IdSet
from kb.records.read import find_ids, read_batch
from kb.records.rows import Ref, refs_in

_LOAD = Origin("kb load")
MOST_FAULTS = 1_000
"""After which a load is given up: who sends a million must not have them all kept and told."""


def note_faults(noted: list[Fault] | set[Fault], faults: Iterable[Fault]) -> None:
    """Raises SeedError with those noted, once there are too many."""
    add = noted.append if isinstance(noted, list) else noted.add
    for fault in faults:
        add(fault)
        if len(noted) >= MOST_FAULTS:
            raise SeedError([*noted], more=True)


class StagedFiles(Protocol):
    """What a door has staged, as a load reads it back."""

    faults: list[Fault]
    """Those found before the form of the records is checked."""

    def read(self, chunk: Iterable[StagedRecord]) -> EntryCollection: ...

    def set_of(self, file: int) -> str:
        """The set of the file of this number."""
        ...

    @property
    def sets(self) -> Mapping[str, str]:
        """All sets of the files, each with the name of a file of it."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How a load goes about it.

    `prune` removes what the sets of the files own and the files lack, `dry_run` writes nothing,
    `replace` takes texts of articles by which verified citations are lost, or that were taken
    down. `framed` is what came by a connection that tells where it ends: a snapshot needs no last
    line then. `by_url` says that the terms were parameters of a URL, by which faults name them.
    """

    prune: bool = False
    dry_run: bool = False
    replace: bool = False
    framed: bool = False
    by_url: bool = False


PLAINLY = Manner()
Writing = Callable[[Engine], AbstractContextManager[Connection]]
"""Opens the transaction of a load, and ends it."""


def load(
    engine: Engine,
    paths: Sequence[Path],
    *,
    terms: Terms = PLAIN,
    manner: Manner = PLAINLY,
    origin: Origin = _LOAD,
    told: Told = tell_nobody,
    writing: Writing = database.write_transaction,
) -> Report:
    """Load the files.

    Raises SeedError with all faults; nothing is written then.
    """
    with rare_garbage_collection(), open_staging() as staging:
        files = _StagedSeeds(paths, staging, terms, told, framed=manner.framed)
        return write_staged(engine, files, staging, terms, manner, origin, told, writing)


def write_staged(
    engine: Engine,
    files: StagedFiles,
    staging: Staging,
    terms: Terms,
    manner: Manner,
    origin: Origin,
    told: Told,
    writing: Writing = database.write_transaction,
) -> Report:
    """Write what is staged, in one transaction.

    Raises SeedError with all faults; nothing is written then.
    """
    with writing(engine) as connection:
        loading = _Loading(connection, files, staging)
        loading.write(terms, manner, told)
        if manner.dry_run:
            connection.rollback()
        else:
            loading.end(origin, told)
    return loading.report


class _StagedSeeds:
    """The records of seed files and snapshots, staged."""

    def __init__(
        self, paths: Sequence[Path], staging: Staging, terms: Terms, told: Told, *, framed: bool
    ) -> None:
        self._paths: list[Path] = []
        self._sets: list[str] = []
        self._terms = terms
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
            staged = stage_seeds(path, self._add_path(path), staging, note_read)
            note_faults(self.faults, staged)
        for path in snapshots:
            number = self._add_path(path)
            lines = stage_snapshot(path, number, staging, note_read, framed=framed)
            note_faults(self.faults, lines)
        note_faults(
            self.faults,
            (
                stray_citation_fault(str(self._paths[citation.file]), subject, citation)
                for subject, citation in staging.stray_citations()
            ),
        )

    def _add_path(self, path: Path) -> int:
        self._paths.append(path)
        self._sets.append(self._terms.set_of(path))
        return len(self._paths) - 1

    def set_of(self, file: int) -> str:
        return self._sets[file]

    @property
    def sets(self) -> Mapping[str, str]:
        return dict(zip(self._sets, map(str, self._paths), strict=True))

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

    def __init__(
        self,
        connection: Connection,
        files: StagedFiles,
        staging: Staging,
    ) -> None:
        self._connection, self._files, self._staging = connection, files, staging
        self._commit, self._citation_guard = Commit(connection), CitationGuard(connection)
        self._top = connection.execute(select(func.max(col(Record.id)))).scalar() or 0
        self._removed = IdSet()
        self.report = Report()

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        return {ref: self._top + number for ref, number in self._staging.numbers(refs).items()}

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        return self._staging.later(refs)

    def write(self, terms: Terms, manner: Manner, told: Told) -> None:
        faults = {*self._files.faults}
        if manner.prune and not faults:
            self._prune()
        if self._top:
            note_faults(faults, self._settle(terms, by_url=manner.by_url))
        for chunk in counted(told, "Records", self._staging.chunks(), len(self._staging)):
            note_faults(faults, self._write(chunk))
        if not manner.replace:
            faults.update(self._citation_guard.faults())
        if self._removed and not faults:
            file = ", ".join(self._files.sets.values())
            faults.update(find_bereft(self._connection, file, self._removed))
        if any(fault.remedy == RETAKE_SNAPSHOT for fault in faults):
            # Citations come after what they are of.
            faults = {fault for fault in faults if fault.place != ("citations",)}
        if faults:
            raise SeedError([*faults])

    def _settle(self, terms: Terms, *, by_url: bool) -> Iterator[Fault]:
        """Before any is written: records that stay as they are leave the staging.

        Others belong to nobody until they are written, or are faults.
        """
        for chunk in self._staging.chunks():
            owned = read_owned(self._connection, _refs_of(chunk))
            if terms.only_new:
                self._leave_out_stored(chunk, owned)
            else:
                faults = self._settle_chunk(chunk, owned, terms.on_conflict, by_url=by_url)
                yield from faults
        self._staging.drop_left_out()

    def _settle_chunk(
        self,
        chunk: Sequence[StagedRecord],
        owned: Mapping[Ref, Owned],
        on_conflict: OnConflict,
        *,
        by_url: bool,
    ) -> Iterator[Fault]:
        foreign = {
            ref: owned[ref]
            for record in chunk
            for ref in _refs_of([record])
            if ref in owned
            and owned[ref].origin not in (NOBODY, self._files.set_of(record.item.file))
        }
        doubtful = [record for record in chunk if not foreign.keys().isdisjoint(_refs_of([record]))]
        cited = {_own_ref(record): _count_citations(record, owned) for record in doubtful}
        entries = self._files.read(doubtful).entries if doubtful else ()
        skipped: list[Skipped] = []
        for entry, conflicts in find_conflicts(self._connection, entries, foreign):
            match on_conflict:
                case OnConflict.REFUSE:
                    for conflict in conflicts:
                        yield conflict_fault(entry, conflict, by_url=by_url)
                case OnConflict.SKIP:
                    why, place = conflicts[0].words, conflicts[0].place
                    skipped.append(Skipped(entry.ref, why, cited[entry.ref], entry.lines, place))
                case OnConflict.UPDATE:
                    release(self._connection, {conflict.owned.id for conflict in conflicts})
        self._leave_out({each.ref: each.citations for each in skipped}, skipped)

    def _leave_out_stored(self, chunk: Sequence[StagedRecord], owned: Mapping[Ref, Owned]) -> None:
        """Those that are there already; only what is told of them is read."""
        there = [record for record in chunk if _own_ref(record) in owned]
        cited = {_own_ref(record): _count_citations(record, owned) for record in there}
        read = self._files.read(there[: self.report.skipped.room]).entries if there else ()
        named = [
            Skipped(entry.ref, owned[entry.ref].words, cited[entry.ref], entry.lines)
            for entry in read
        ]
        self._leave_out(cited, named)

    def _leave_out(self, cited: Mapping[Ref, CitationCounts], named: Sequence[Skipped]) -> None:
        """Records, each with how many citations of theirs go with it."""
        self._staging.leave_out(cited.keys())
        self.report.skipped = self.report.skipped.plus(cited.values(), named)

    def _write(self, chunk: Sequence[StagedRecord]) -> Sequence[Fault]:
        """Write a chunk that has no faults; all are read, so that every fault is found."""
        read = self._files.read(chunk)
        whole = not self._files.faults
        batch = Batch(read.entries, read.paragraphs, faults=read.faults, whole=whole)
        try:
            task = examine(RecordReading(self._connection), batch, self)
        except SeedError as error:
            return error.faults
        self._citation_guard.note(read.entries, task)
        owners = {
            ref: self._files.set_of(record.item.file)
            for record in chunk
            for ref in _refs_of([record])
        }
        self._commit.write(task, owners)
        self._own(owners, task)
        self.report.note(task)
        return ()

    def _own(self, owners: Mapping[Ref, str], task: Task) -> None:
        """What a set gives, and nobody owns, is of that set from now on: what was written is so
        already."""
        given: defaultdict[str, set[int]] = defaultdict(set)
        for ref in owners.keys() - {*task.added, *task.changed}:
            given[owners[ref]].add(task.ids[ref])
        for owner, numbers in given.items():
            give_to(self._connection, owner, numbers)

    def _prune(self) -> None:
        """Remove records that are not staged, before any is written; dependent records first."""
        for record_type in reversed(record_tables.TYPE_NAMES):
            for ids in read_set_pages(self._connection, record_type, [*self._files.sets]):
                staged = self._staging.numbers(ids)
                removed = [ref for ref in ids if ref not in staged]
                read = read_batch(self._connection, [ids[ref] for ref in removed])
                referenced = {ref for rows in read.values() for ref in refs_in(rows)}
                numbers = ids | find_ids(self._connection, referenced)
                self._commit.remove({rows.ref: rows for rows in read.values()}, numbers)
                self._staging.note_removed(removed)
                self._removed.update(ids[ref] for ref in removed)
                self.report.removed += removed

    def end(self, origin: Origin, told: Told) -> None:
        self._commit.end(origin, self._staging.removed(), told)


def _own_ref(record: StagedRecord) -> Ref:
    return Ref(record.type, record.item.key)


def _count_citations(record: StagedRecord, owned: Mapping[Ref, Owned]) -> CitationCounts:
    """Those about it."""
    refs = [Ref("Citation", citation.key) for citation in record.citations]
    return CitationCounts(len(refs), sum(ref not in owned for ref in refs))


def _refs_of(chunk: Iterable[StagedRecord]) -> Iterator[Ref]:
    """The records, and the citations about them."""
    for record in chunk:
        yield _own_ref(record)
        yield from (Ref("Citation", citation.key) for citation in record.citations)
