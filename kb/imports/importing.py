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
from kb.files.load import PLAINLY, Manner, Report, rare_garbage_collection, write_staged
from kb.files.staging import StagedItem, StagedRecord, Staging, open_staging
from kb.imports.lookups import LookupIndex
from kb.imports.mapping import Mapping, TableMap
from kb.imports.record_maker import (
    CITATIONS,
    SPECIAL_COLUMNS,
    MadeRecord,
    RecordMaker,
    columns_of_record,
    tell_columns,
)
from kb.imports.reshape import RowStore, reshape
from kb.imports.rows import SourceRow, SourceTable
from kb.imports.table_readers import TextForm, read_tables
from kb.progress import Told, tell_nobody
from kb.records.entries import EntryCollection, Lines, Place, Position, parse_own_key
from kb.records.form_errors import YAML, quote_shortened
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
) -> None:
    """Fill the report; the records that a dry run shows are there even if SeedError is raised."""
    with rare_garbage_collection(), open_staging() as staging, _open_rows() as rows:
        with database.read_transaction(engine) as connection:
            files = _StagedTables(mapping, staging, terms, LookupIndex(connection, rows), report)
            files.stage(paths, RowStore(rows), told)
        report.written = write_staged(engine, files, staging, terms, manner, origin, told)


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
        taken: set[int] = set()
        for pattern, table_map in self._mapping.tables.items():
            for file, path in enumerate(paths):
                if fnmatchcase(path.name, pattern.partition(":")[0]) and self._read(
                    file, path, pattern, table_map, store, reading
                ):
                    taken.add(file)
        for file, path in enumerate(paths):
            if file not in taken:
                what = "no table of the mapping is for it, or for a list in it"
                self.faults.append(Fault(str(path), 1, what, "add one under its name to `tables`"))

    def _read(
        self,
        file: int,
        path: Path,
        pattern: str,
        table_map: TableMap,
        store: RowStore,
        reading: _RowCounter,
    ) -> bool:
        """The tables of a file that the pattern names: whether there is one, or a fault in it."""
        is_taken = False
        for table in read_tables(path, TextForm(table_map.encoding, table_map.delimiter)):
            if isinstance(table, Fault):
                self.faults.append(table)
                is_taken = True
            elif ":" not in pattern or fnmatchcase(table.name, pattern):
                is_taken = True
                if table.columns is not None and (missing := _missing(table_map, table.columns)):
                    self.faults.append(_missing_fault(path, missing, table.columns))
                else:
                    self._stage_rows(file, pattern, table_map, table, store, reading)
        return is_taken

    def _stage_rows(
        self,
        file: int,
        pattern: str,
        table_map: TableMap,
        table: SourceTable,
        store: RowStore,
        reading: _RowCounter,
    ) -> None:
        name = self._files[file]
        rows: Iterator[SourceRow | Fault] = _counted(table.rows, reading)
        joined = self._joined_columns(pattern)
        if joined:
            rows = store.keep_joined(pattern, joined, name, rows)
        for row in reshape(store, name, table_map, rows):
            if isinstance(row, Fault):
                self.faults.append(row)
            else:
                self._take(file, self._maker.make(name, table_map.records, row))

    def _joined_columns(self, pattern: str) -> set[str]:
        joins = chain.from_iterable(table.join.values() for table in self._mapping.tables.values())
        return {join.to for join in joins if join.table == pattern}

    def _take(self, file: int, made: Iterable[MadeRecord | Fault]) -> None:
        for each in made:
            fault = each if isinstance(each, Fault) else self._add(file, each)
            if fault:
                self.faults.append(fault)

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


def _missing(table_map: TableMap, columns: Sequence[str]) -> list[str]:
    """The columns that the mapping names and the table does not have."""
    there = {*columns, *SPECIAL_COLUMNS}
    named = [join.by for join in table_map.join.values()]
    if unpivot := table_map.unpivot:
        named += unpivot.keep
        there |= {unpivot.name, unpivot.value}
    if spells := table_map.spells:
        named += [*spells.by, spells.year]
        there |= {"first", "last", "end"}
    for record in table_map.records:
        named += columns_of_record(record)
    joined = tuple(f"{name}." for name in table_map.join)
    return [
        column
        for column in dict.fromkeys(named)
        if column not in there and not column.startswith(joined)
    ]


def _missing_fault(path: Path, missing: Sequence[str], columns: Sequence[str]) -> Fault:
    what = f"it has no column {quote_shortened(missing[0])}"
    shown = ", ".join(columns[:20])
    more = ", …" if len(columns) > 20 else ""
    return Fault(str(path), 1, what, f"correct the mapping: it has {shown}{more}")
