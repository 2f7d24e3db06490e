"""What a load is to write, kept on disk until it is: records by type and key, as text.

In: records as they are read, in any order. Out: the same in the order in which each comes after
those that it needs, a chunk at a time, each with the citations that speak of it. Memory does not
grow with the number of records.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pysqlite3

from kb.records.record_tables import TYPES
from kb.records.rows import Ref

CHUNK = 1000
"""So many records, with their citations, are written at once."""
_BATCH = 500
_TABLES = (
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "create table staged (number integer primary key, rank int, key text, subject_rank int,"
    " subject text, file int, line int, text text)",
    "create unique index own on staged (rank, key)",
    "create index citing on staged (subject_rank, subject, key) where subject is not null",
    "create table removed (rank int, key text, primary key (rank, key)) without rowid",
    # Never committed: each record would be a write by itself.
    "begin",
)
_RANKS = {kind: rank for rank, kind in enumerate(TYPES)}
_NO_SUBJECT = (None, None)


class Staged(NamedTuple):
    """A record: where it stands, and its text; `file` and `line` as whoever reads it counts."""

    key: str
    file: int
    line: int
    text: str | None


class Held(NamedTuple):
    """A record with the citations that speak of it, in the order of their keys."""

    type: str
    own: Staged
    cited: list[Staged]


class Staging:
    """Of one load; see `open_staging`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: tuple[int, str] = (-1, "")
        for statement in _TABLES:
            connection.execute(statement)

    def add(self, kind: str, staged: Staged, subject: Ref | None = None) -> bool:
        """Tells whether there was none of its type and key."""
        about = (_RANKS[subject.type], subject.key) if subject else _NO_SUBJECT
        statement = "insert or ignore into staged values (null, ?, ?, ?, ?, ?, ?, ?)"
        key, *where = staged
        row = (_RANKS[kind], key, *about, *where)
        return self._connection.execute(statement, row).rowcount == 1

    def chunks(self) -> Iterator[list[Held]]:
        """What `later` and `numbers` tell holds for the chunk that was given last."""
        chunk: list[Held] = []
        size = 0
        for kind in TYPES[:-1]:
            for held in self._held(kind):
                chunk.append(held)
                size += 1 + len(held.cited)
                if size >= CHUNK:
                    self._last = (_RANKS[kind], held.own.key)
                    yield chunk
                    chunk, size = [], 0
        self._last = (len(TYPES), "")
        if chunk:
            yield chunk

    def _held(self, kind: str) -> Iterator[Held]:
        rank = _RANKS[kind]
        columns = "key, file, line, text from staged"
        mine = f"select {columns} where rank = ? order by key"
        # Told that there is one, SQLite reads them by their index: it would sort in memory.
        about = (
            f"select subject, {columns} where subject_rank = ? and subject is not null"
            " order by subject, key"
        )
        cited = groupby(self._connection.execute(about, (rank,)), key=lambda row: row[0])
        subject, rows = next(cited, (None, iter(())))
        for row in self._connection.execute(mine, (rank,)):
            own = Staged(*row)
            while subject is not None and subject < own.key:
                subject, rows = next(cited, (None, iter(())))
            told = [Staged(*one[1:]) for one in rows] if subject == own.key else []
            yield Held(kind, own, told)

    def find(self, kind: str, key: str) -> Iterator[str]:
        """The text of a record, if it is staged."""
        statement = "select text from staged where rank = ? and key = ?"
        for (text,) in self._connection.execute(statement, (_RANKS[kind], key)):
            yield text

    def strays(self) -> Iterator[tuple[Ref, Staged]]:
        """Citations of what their file does not have, with that."""
        statement = (
            "select subject_rank, subject, key, file, line, null from staged one"
            " where subject is not null and not exists (select * from staged other where"
            " (other.rank, other.key, other.file) = (one.subject_rank, one.subject, one.file))"
        )
        for rank, subject, *row in self._connection.execute(statement):
            yield Ref(TYPES[rank], subject), Staged(*row)

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """Of those that are staged, from 1 on."""
        found: dict[Ref, int] = {}
        for kind, group in groupby(sorted(refs), key=lambda ref: ref.type):
            keys = [ref.key for ref in group]
            for start in range(0, len(keys), _BATCH):
                some = keys[start : start + _BATCH]
                signs = ",".join("?" * len(some))
                statement = f"select key, number from staged where rank = ? and key in ({signs})"
                for key, number in self._connection.execute(statement, (_RANKS[kind], *some)):
                    found[Ref(kind, key)] = number
        return found

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those that are still to come."""
        after = [ref for ref in refs if (_RANKS[ref.type], ref.key) > self._last]
        return {*self.numbers(after)}

    def note_removed(self, refs: Collection[Ref]) -> None:
        rows = [(_RANKS[ref.type], ref.key) for ref in refs]
        self._connection.executemany("insert into removed values (?, ?)", rows)

    def removed(self) -> Iterator[Ref]:
        """Those that need others before those."""
        rows = self._connection.execute("select * from removed order by rank desc, key desc")
        return (Ref(TYPES[rank], key) for rank, key in rows)


@contextmanager
def open_staging() -> Iterator[Staging]:
    with TemporaryDirectory(prefix="kb-load-") as folder:
        connection: sqlite3.Connection = pysqlite3.connect(Path(folder) / "staging.db")
        connection.isolation_level = None
        try:
            yield Staging(connection)
        finally:
            connection.close()
