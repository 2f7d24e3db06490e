"""The records that a load will write, kept on disk as text by type and key.

In: records as they are read, in any order. Out: the same records in chunks, each after those that
it refers to, and with the citations about it. Memory does not grow with the number of records.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pysqlite3

from kb.records.record_tables import TYPE_NAMES
from kb.records.rows import Ref

CHUNK = 1000
"""Records and citations of one chunk."""
_BATCH = 500
_TABLES = (
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "create table staged (number integer primary key, rank int, key text, subject_rank int,"
    " subject text, file int, line int, text text)",
    "create unique index own on staged (rank, key)",
    "create index citing on staged (subject_rank, subject, key) where subject is not null",
    "create table removed (rank int, key text, primary key (rank, key)) without rowid",
    "create table left_out (rank int, key text, primary key (rank, key)) without rowid",
    # Never committed: otherwise each record would be a transaction.
    "begin",
)
_RANKS = {record_type: rank for rank, record_type in enumerate(TYPE_NAMES)}
_NO_SUBJECT = (None, None)


class StagedItem(NamedTuple):
    """A record or citation as text, with its place; readers number files and lines themselves."""

    key: str
    file: int
    line: int
    text: str | None


class StagedRecord(NamedTuple):
    """A record with the citations about it, in the order of their keys."""

    type: str
    item: StagedItem
    citations: list[StagedItem]


class Staging:
    """The staged records of one load; see `open_staging`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: tuple[int, str] = (-1, "")
        for statement in _TABLES:
            connection.execute(statement)

    def add(self, record_type: str, staged: StagedItem, subject: Ref | None = None) -> bool:
        """Add a record; returns False if one of its type and key is there already."""
        about = (_RANKS[subject.type], subject.key) if subject else _NO_SUBJECT
        statement = "insert or ignore into staged values (null, ?, ?, ?, ?, ?, ?, ?)"
        key, *where = staged
        row = (_RANKS[record_type], key, *about, *where)
        return self._connection.execute(statement, row).rowcount == 1

    def __len__(self) -> int:
        """How many records, but for citations, which come with what they are of."""
        statement = "select count(*) from staged where rank < ?"
        ((count,),) = self._connection.execute(statement, (_RANKS["Citation"],))
        return int(count)

    def chunks(self) -> Iterator[list[StagedRecord]]:
        """The records in chunks; `later` answers for the chunk that was returned last."""
        chunk: list[StagedRecord] = []
        size = 0
        for record_type in TYPE_NAMES[:-1]:
            for record in self._records(record_type):
                chunk.append(record)
                size += 1 + len(record.citations)
                if size >= CHUNK:
                    self._last = (_RANKS[record_type], record.item.key)
                    yield chunk
                    chunk, size = [], 0
        self._last = (len(TYPE_NAMES), "")
        if chunk:
            yield chunk

    def _records(self, record_type: str) -> Iterator[StagedRecord]:
        rank = _RANKS[record_type]
        columns = "key, file, line, text from staged"
        in_order = f"select {columns} where rank = ? order by key"
        # With `is not null` SQLite uses the partial index, instead of sorting in memory.
        citing = (
            f"select subject, {columns} where subject_rank = ? and subject is not null"
            " order by subject, key"
        )
        by_subject = groupby(self._connection.execute(citing, (rank,)), key=lambda row: row[0])
        subject, rows = next(by_subject, (None, iter(())))
        for row in self._connection.execute(in_order, (rank,)):
            item = StagedItem(*row)
            while subject is not None and subject < item.key:
                subject, rows = next(by_subject, (None, iter(())))
            citations = [StagedItem(*row[1:]) for row in rows] if subject == item.key else []
            yield StagedRecord(record_type, item, citations)

    def find(self, record_type: str, key: str) -> Iterator[str]:
        """The text of a record, if it is staged."""
        statement = "select text from staged where rank = ? and key = ?"
        for (text,) in self._connection.execute(statement, (_RANKS[record_type], key)):
            yield text

    def stray_citations(self) -> Iterator[tuple[Ref, StagedItem]]:
        """Citations whose subject is not in the same file, each after its subject."""
        statement = (
            "select subject_rank, subject, key, file, line, null from staged one"
            " where subject is not null and not exists (select * from staged other where"
            " (other.rank, other.key, other.file) = (one.subject_rank, one.subject, one.file))"
        )
        for rank, subject, *row in self._connection.execute(statement):
            yield Ref(TYPE_NAMES[rank], subject), StagedItem(*row)

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """The numbers of those that are staged, from 1 on."""
        numbers: dict[Ref, int] = {}
        for record_type, group in groupby(sorted(refs), key=lambda ref: ref.type):
            keys = [ref.key for ref in group]
            for start in range(0, len(keys), _BATCH):
                some = keys[start : start + _BATCH]
                signs = ",".join("?" * len(some))
                statement = f"select key, number from staged where rank = ? and key in ({signs})"
                for key, number in self._connection.execute(
                    statement, (_RANKS[record_type], *some)
                ):
                    numbers[Ref(record_type, key)] = number
        return numbers

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those that are in later chunks."""
        after = [ref for ref in refs if (_RANKS[ref.type], ref.key) > self._last]
        return {*self.numbers(after)}

    def leave_out(self, refs: Collection[Ref]) -> None:
        """Note records that are not to be written after all; `drop_left_out` takes them away."""
        rows = [(_RANKS[ref.type], ref.key) for ref in refs]
        self._connection.executemany("insert or ignore into left_out values (?, ?)", rows)

    def drop_left_out(self) -> None:
        """With the citations about them."""
        for columns in ("rank, key", "subject_rank, subject"):
            self._connection.execute(f"delete from staged where ({columns}) in left_out")

    def note_removed(self, refs: Collection[Ref]) -> None:
        rows = [(_RANKS[ref.type], ref.key) for ref in refs]
        self._connection.executemany("insert into removed values (?, ?)", rows)

    def removed(self) -> Iterator[Ref]:
        """The removed records, dependent ones first."""
        rows = self._connection.execute("select * from removed order by rank desc, key desc")
        return (Ref(TYPE_NAMES[rank], key) for rank, key in rows)


@contextmanager
def open_staging() -> Iterator[Staging]:
    with TemporaryDirectory(prefix="kb-load-") as folder:
        connection = pysqlite3.connect(Path(folder) / "staging.db", isolation_level=None)
        staging = Staging(connection)
    # The file has no name any more: the system frees it, however the load ends.
    with closing(connection):
        yield staging
