"""`kb import`: tables of other people into the database by a mapping, as a load takes seed files.

In: paths of files, a mapping, and an engine. Out: an `ImportReport`, or an error with every fault
by row and column; nothing is written then. Records are staged on disk, and checked and written by
the same rules as those of seed files.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Members
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pysqlite3
from sqlalchemy import Engine

from kb import database
from kb.commit.feed import Origin
from kb.errors import Fault
from kb.files.file_sets import PLAIN, Terms
from kb.files.load import (
    PLAINLY,
    Manner,
    Writing,
    note_faults,
    write_staged,
)
from kb.files.report import Report
from kb.files.seed_files import find_path_fault
from kb.files.staging import StagedItem, StagedRecord, Staging, open_staging
from kb.garbage import rare_garbage_collection
from kb.imports.absences import (
    absent_fault,
    choosing_columns,
    missing_columns,
    missing_fault,
    unseen_fault,
)
from kb.imports.file_tallies import FileTally
from kb.imports.lookups import LookupIndex
from kb.imports.mapping import Mapping, TableMap
from kb.imports.record_maker import (
    CITATIONS,
    MadeRecord,
    RecordMaker,
    tell_columns,
)
from kb.imports.reshape import RowStore, reshape
from kb.imports.rows import SourceRow, SourceTable
from kb.imports.table_readers import TextForm, read_tables
from kb.progress import Told, tell_nobody
from kb.records.entries import EntryCollection, Lines, Place, Position, parse_own_key
from kb.records.form_errors import YAML
from kb.records.rows import Ref
from kb.records.types import in_words

_IMPORT = Origin("kb import")
_ROWS = 100
"""Rows between two words of how many there were."""
SHOWN = 10
"""Records that a dry run shows."""


@dataclass
class ImportReport:
    """What became of the records, the first of which are shown as a seed file has them."""

    shown: list[MadeRecord] = field(default_factory=list)
    written: Report | None = None


def import_tables(
    engine: Engine,
    paths: Sequence[Path],
    mapping: Mapping,
    *,
    terms: Terms = PLAIN,
    manner: Manner = PLAINLY,
    origin: Origin = _IMPORT,
    report: ImportReport,
    told: Told = tell_nobody,
    writing: Writing = database.write_transaction,
) -> None:
    """Fill the report; the records that a dry run shows are there even if SeedError is raised."""
    with rare_garbage_collection(), open_staging() as staging, _open_rows() as rows:
        with database.read_transaction(engine) as connection:
            files = _StagedTables(mapping, staging, terms, LookupIndex(connection, rows), report)
            files.stage(paths, RowStore(rows), told)
        report.written = write_staged(engine, files, staging, terms, manner, origin, told, writing)


@contextmanager
def _open_rows() -> Iterator[sqlite3.Connection]:
    """A database on disk for what is looked up; the system frees it, however the import ends."""
    with TemporaryDirectory(prefix="kb-import-") as folder:
        connection = pysqlite3.connect(Path(folder) / "rows.db", isolation_level=None)
        connection.execute("pragma journal_mode = off")
        connection.execute("begin")
    with closing(connection):
        yield connection


@dataclass
class _RowCounter:
    """Tells how many rows were read; how many there are nobody knows before the last."""

    told: Told
    rows: int = 0

    def add(self) -> None:
        self.rows += 1
        if self.rows % _ROWS == 0:
            self.told("Rows", self.rows, 0)


@dataclass(frozen=True)
class _RowLines(Lines):
    """The place of a record that was made of a row: faults name the columns too."""

    columns: Callable[[Place], list[str]] = lambda _: []

    def fault(self, what: str, remedy: str, *place: str | int) -> Fault:
        return super().fault(f"{what}{tell_columns(self.columns(place))}", remedy, *place)


class _StagedTables:
    """The records of the tables, staged."""

    def __init__(
        self,
        mapping: Mapping,
        staging: Staging,
        terms: Terms,
        index: LookupIndex,
        report: ImportReport,
    ) -> None:
        self._mapping, self._staging, self._index = mapping, staging, index
        self._maker = RecordMaker(mapping, index, date.today().isoformat())
        self._files: list[str] = []
        self._set = terms.set_name or mapping.set
        self._shown = report.shown
        self.faults: list[Fault] = []

    def set_of(self, file: int) -> str:
        del file
        return self._set

    @property
    def sets(self) -> Members[str, str]:
        return {self._set: ", ".join(self._files)}

    def stage(self, paths: Sequence[Path], store: RowStore, told: Told) -> None:
        """The tables in the order of the mapping, after the records that are made once."""
        self._files += map(str, paths)
        reading = _RowCounter(told)
        first = str(paths[0])
        self._take(0, self._maker.make(first, self._mapping.records, SourceRow(1, {})))
        tallies = self._tallies(paths)
        for pattern, table_map in self._mapping.tables.items():
            for file, tally in tallies.items():
                if fnmatchcase(tally.path.name, pattern.partition(":")[0]):
                    before = len(self.faults)
                    self._read(file, tally, pattern, table_map, store, reading)
                    tally.is_at_fault |= len(self.faults) > before
        self.faults += [fault for tally in tallies.values() if (fault := tally.find_fault())]

    def _tallies(self, paths: Sequence[Path]) -> dict[int, FileTally]:
        """Of the files that are there, by their numbers; others are faults."""
        absent = {path: fault for path in paths if (fault := find_path_fault(path))}
        self.faults += absent.values()
        return {file: FileTally(path) for file, path in enumerate(paths) if path not in absent}

    def _read(
        self,
        file: int,
        tally: FileTally,
        pattern: str,
        table_map: TableMap,
        store: RowStore,
        reading: _RowCounter,
    ) -> None:
        """The tables of a file that the pattern names."""
        for table in self._named_tables(tally.path, pattern, table_map):
            tally.take(table_map)
            if table.columns is not None and (missing := missing_columns(table_map, table.columns)):
                self.faults.append(missing_fault(tally.path, missing, table.columns))
            else:
                rows = reading.rows
                tally.records += self._stage_rows(file, pattern, table_map, table, store, reading)
                tally.rows += reading.rows - rows

    def _named_tables(self, path: Path, pattern: str, table_map: TableMap) -> Iterator[SourceTable]:
        """A fault of the file itself is told once, however many patterns name it."""
        is_there, others = table_map.optional or ":" not in pattern, list[str]()
        for table in read_tables(path, TextForm(table_map.encoding, table_map.delimiter)):
            if isinstance(table, Fault):
                is_there = True
                self.faults += [] if table in self.faults else [table]
            elif ":" not in pattern or fnmatchcase(table.name, pattern):
                is_there = True
                yield table
            else:
                others.append(table.name.partition(":")[2])
        if not is_there:
            self.faults.append(absent_fault(path, pattern, others))

    def _stage_rows(
        self,
        file: int,
        pattern: str,
        table_map: TableMap,
        table: SourceTable,
        store: RowStore,
        reading: _RowCounter,
    ) -> int:
        """How many records its rows give, with those that are at fault."""
        name, records, unseen = self._files[file], 0, choosing_columns(table_map)
        rows: Iterator[SourceRow | Fault] = _counted(table.rows, reading)
        joined = self._joined_columns(pattern)
        if joined:
            rows = store.keep_joined(pattern, joined, name, rows)
        for row in reshape(store, name, table_map, rows):
            if isinstance(row, Fault):
                note_faults(self.faults, [row])
            else:
                unseen -= row.cells.keys()
                records += self._take(file, self._maker.make(name, table_map.records, row))
        if records and unseen:
            self.faults.append(unseen_fault(Path(name), unseen))
        return records

    def _joined_columns(self, pattern: str) -> set[str]:
        joins = chain.from_iterable(table.join.values() for table in self._mapping.tables.values())
        return {join.to for join in joins if join.table == pattern}

    def _take(self, file: int, made: Iterable[MadeRecord | Fault]) -> int:
        """How many there are."""
        count = 0
        for each in made:
            count += 1
            fault = each if isinstance(each, Fault) else self._add(file, each)
            note_faults(self.faults, [fault] if fault else ())
        return count

    def _add(self, file: int, made: MadeRecord) -> Fault | None:
        """Stage a record and the keys of its citations."""
        lines = self._lines(file, made.row, made.maker)
        key = parse_own_key(made.type, made.key, lines, YAML, "key")
        if isinstance(key, Fault):
            return key
        text = json.dumps([made.fields, made.maker])
        if not self._staging.add(made.type, StagedItem(key, file, made.row, text)):
            return self._compare(made, lines)
        if len(self._shown) < SHOWN:
            self._shown.append(made)
        self._index.add(made.type, key, made.fields)
        cited = made.fields.get(CITATIONS)
        for name in cited if isinstance(cited, dict) else ():
            item = StagedItem(name, file, made.row, None)
            if not self._staging.add("Citation", item, Ref(made.type, key)):
                return lines.fault(f"the citation `{name}` is there twice", "name another `key`")
        return None

    def _compare(self, made: MadeRecord, lines: Lines) -> Fault | None:
        """A record that several rows give is that of the first; the others say the same of it."""
        for text in self._staging.find(made.type, made.key):
            first, _ = json.loads(text)
            names = {*first, *made.fields} - {CITATIONS}
            if differing := sorted(
                name for name in names if first.get(name) != made.fields.get(name)
            ):
                what = f"the {in_words(made.type)} `{made.key}` has another `{differing[0]}` above"
                return lines.fault(what, "correct one of the rows, or its key", differing[0])
        return None

    def _lines(self, file: int, row: int, maker: int) -> Lines:
        columns = partial(self._maker.columns_at, maker)
        return _RowLines(self._files[file], lambda _: Position(row), columns=columns)

    def read(self, chunk: Iterable[StagedRecord]) -> EntryCollection:
        read = EntryCollection()
        for record in chunk:
            fields, maker = json.loads(str(record.item.text))
            lines = self._lines(record.item.file, record.item.line, maker)
            ref = Ref(record.type, record.item.key)
            if record.type == "Article":
                read.add_text(ref.key, fields.pop("paragraphs", None), lines, YAML)
            read.add(ref, fields, lines, YAML)
        return read


def _counted(
    rows: Iterable[SourceRow | Fault], reading: _RowCounter
) -> Iterator[SourceRow | Fault]:
    for row in rows:
        reading.add()
        yield row
