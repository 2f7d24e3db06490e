"""Queries on a file of SQLite: small statements on the event loop, others in threads.

In: the path of a file, and a way to open connections to it. Out: its `Reader`.
"""

import asyncio
import logging
import math
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pysqlite3

from kb.admission.controlled_delay import ControlledDelay
from kb.database.file_watch import DatabaseFile, lost_error, unreadable_error
from kb.database.read_pool import (
    CROWDED,
    DEADLINE,
    HEAVY_BYTES,
    PREPARED_STATEMENTS,
    SMALL_COST,
    Reader,
    ReaderLoad,
    SourceState,
    SqlValue,
    load_of,
    only_source,
    prepared_bytes,
    with_question_marks,
)
from kb.database.wal_index import WalIndex
from kb.database_url import SQLITE
from kb.errors import DatabaseLost, DatabaseMissing, TooSlow, Unavailable

_LOGGER = logging.getLogger(__name__)
_NUMBER_BITS = 384
"""Of the number of a state of SQLite's file."""


class _TimedConnection:
    """A connection whose statements have a deadline."""

    _STEPS = 20_000
    """Steps of SQLite's virtual machine between two looks at the clock: below a millisecond."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._deadline = math.inf
        connection.set_progress_handler(self._is_late, self._STEPS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def fetch(
        self, statement: str, values: Sequence[SqlValue], seconds: float
    ) -> Sequence[SqlValue] | None:
        """The statement's row; None if it took longer."""
        self._deadline = time.monotonic() + seconds
        try:
            row: Sequence[SqlValue] = self.connection.execute(statement, values).fetchone()
        except pysqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return None
            raise unreadable_error(error) or error from None
        finally:
            self._deadline = math.inf
        return row

    def data_version(self) -> int:
        """A number that changes with every commit of other connections."""
        ((version,),) = self.connection.execute("pragma data_version").fetchall()
        return int(version)

    def has_log(self) -> bool:
        """Whether commits go to a log; those of a backup that was put in place do not yet."""
        ((mode,),) = self.connection.execute("pragma journal_mode").fetchall()
        return bool(mode == "wal")


class SqliteReader:
    """Small statements on the event loop, where they are fastest; others in a few threads.

    A statement that takes longer than expected is interrupted, and run again in a thread. If it did
    so twice on end, it is run there for a while: what was done on the loop was for nothing.
    """

    _PAUSE = 0.02
    """Seconds between two looks for commits."""
    _BUDGET = 0.02
    """Seconds that a statement may hold up the event loop."""
    _LATE_FOR, _MOST_LATE = 10.0, 200
    """Seconds for which one that held it up longer stays away, and how many such are known."""
    _THREADS = 2
    _THREAD_PREPARED = 50
    """Statements that each thread's connection keeps prepared."""
    _RETRY_INTERVAL = 0.2
    """Seconds between two attempts to open another file."""
    _STATE_MAX_AGE, _READ_MAX_AGE = 0.01, 0.001
    """Seconds within which a lost file is noticed before cached answers and before reads.

    A process that reads mapped memory beyond the end of a truncated file is killed.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[int], sqlite3.Connection],
        fold_log: Callable[[], object],
    ) -> None:
        """`connect` opens a connection that keeps the given number of statements prepared, and
        `fold_log` makes the file whole once nothing here has it open.
        """
        self._path, self._connect, self._fold_log = path, connect, fold_log
        self._file = DatabaseFile(path)
        self._loop_connection = self._connect_loop()
        self._index: WalIndex | None = None
        self._thread_connections: list[_TimedConnection] = []
        # Connections that keep no statements prepared are for heavy ones.
        self._idle = self._no_idle()
        self._threads = ThreadPoolExecutor(self._THREADS, "reader")
        self._queue = ControlledDelay(self._THREADS, CROWDED)
        self._late: dict[str, float] = {}
        """Statements that took longer than expected on the loop the last time, and until when they
        stay away; 0 after a first time.
        """
        self._successors = 0
        """How often another file was opened in the place of the former."""
        self._lost_reason: DatabaseLost | None = None
        """Why the database is lost, once it is."""
        self._next_attempt = 0.0

    def _connect_loop(self) -> _TimedConnection:
        """It waits for no lock: the whole service would."""
        connection = self._connect(PREPARED_STATEMENTS)
        connection.execute("pragma busy_timeout = 0")
        return _TimedConnection(connection)

    def _no_idle(self) -> dict[int, list[_TimedConnection]]:
        """Idle connections, by the number of statements that they keep prepared."""
        return {self._THREAD_PREPARED: [], 0: []}

    @property
    def url(self) -> str:
        return f"{SQLITE}{self._path}"

    @property
    def primary(self) -> Reader:
        return self

    async def open(self) -> None:
        """Make what SQLite keeps beside the file: on a disk that is full later there is no room."""
        with suppress(Unavailable):
            await self.state()

    async def close(self) -> None:
        is_there = self._is_there()
        for timed in self._thread_connections:
            timed.connection.interrupt()
        self._threads.shutdown(cancel_futures=True)
        for timed in (self._loop_connection, *self._thread_connections):
            timed.connection.close()
        self._close_files()
        # Beside another file the log of ours would be taken for that one's.
        if is_there:
            self._fold_log()

    def _is_there(self) -> bool:
        """Whether the file at the path is the one that is open, at this moment."""
        try:
            self._file.check(0.0)
        except DatabaseLost:
            return False
        return True

    def _close_files(self) -> None:
        """After the connections to them."""
        self._file.close()
        if self._index:
            self._index.close()
            self._index = None

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        self._check(self._READ_MAX_AGE)
        statement = with_question_marks(pieces)
        is_heavy = prepared_bytes(statement, values) > HEAVY_BYTES
        if cost <= SMALL_COST and not is_heavy and not self._is_late(statement):
            row = self._loop_connection.fetch(statement, values, self._BUDGET)
            if row is not None:
                self._late.pop(statement, None)
                self._file.note_read()
                return row
            self._note_late(statement)
        with self._queue.place():
            loop = asyncio.get_running_loop()
            prepared = 0 if is_heavy else self._THREAD_PREPARED
            row = await loop.run_in_executor(
                self._threads, self._fetch_in_thread, statement, values, prepared
            )
        if row is None:
            raise TooSlow(f"the database took longer than {DEADLINE} seconds", "ask for less")
        self._file.note_read()
        return row

    def _is_late(self, statement: str) -> bool:
        return self._late.get(statement, 0.0) > time.monotonic()

    def _note_late(self, statement: str) -> None:
        if len(self._late) >= self._MOST_LATE:
            self._late.clear()
        is_second = statement in self._late
        self._late[statement] = time.monotonic() + self._LATE_FOR if is_second else 0.0

    def _fetch_in_thread(
        self, statement: str, values: Sequence[SqlValue], prepared: int
    ) -> Sequence[SqlValue] | None:
        begun, timed = time.monotonic(), self._take_idle(prepared)
        try:
            return timed.fetch(statement, values, DEADLINE)
        finally:
            self._queue.note(time.monotonic() - begun)
            if timed in self._thread_connections:
                self._idle[prepared].append(timed)
            else:
                timed.connection.close()

    def _take_idle(self, prepared: int) -> _TimedConnection:
        """An idle connection, or a new one, for the calling thread alone."""
        try:
            return self._idle[prepared].pop()
        except IndexError:
            self._thread_connections.append(timed := _TimedConnection(self._connect(prepared)))
            return timed

    async def state(self) -> int | None:
        """The log's index tells it at once; a database without a log has to be asked."""
        self._check(self._STATE_MAX_AGE)
        try:
            if self._index is None:
                self._open_index()
            number = self._index.number() if self._index else None
            if number is None:
                number = self._loop_connection.data_version()
        except pysqlite3.DatabaseError as error:
            raise unreadable_error(error) or error from None
        return self._successors << _NUMBER_BITS | number

    def _open_index(self) -> None:
        """If there is a log, whose index is there once it was read."""
        self._loop_connection.data_version()
        self._file.note_read()
        if self._loop_connection.has_log():
            with suppress(OSError):
                self._index = WalIndex(self._path)

    def is_gone(self) -> bool:
        """Never: whether a file is there is looked up whenever it is read."""
        return False

    def load(self) -> ReaderLoad:
        return load_of(self._queue)

    @property
    def is_refusing(self) -> bool:
        return self._queue.is_refusing

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        is_for_thread = cost > SMALL_COST or self._is_late(with_question_marks(pieces))
        return is_for_thread and self._queue.refuses()

    def sources(self) -> Sequence[SourceState]:
        return only_source(self)

    def _check(self, max_age: float) -> None:
        """Raises DatabaseLost while neither the opened file nor a later state of it is there."""
        try:
            self._file.check(max_age)
        except DatabaseLost as error:
            if not self._file.has_successor():
                self._raise_lost(error)
            elif time.monotonic() >= self._next_attempt:
                self._next_attempt = time.monotonic() + self._RETRY_INTERVAL
                self._open_successor()
            else:
                self._raise_lost(self._lost_reason or error)

    def _raise_lost(self, error: DatabaseLost) -> NoReturn:
        """Log each reason once, with its notes, and raise it without them."""
        if self._lost_reason is None or self._lost_reason.whole() != error.whole():
            _LOGGER.error("%s", error.whole())
        self._lost_reason = error
        raise DatabaseLost(error.message, error.remedy) from None

    def _open_successor(self) -> None:
        """Go on with the file that replaced the former, if it is a later state of that."""
        try:
            file, loop_connection = DatabaseFile(self._path), self._connect_loop()
        except (OSError, DatabaseMissing, pysqlite3.Error) as error:
            self._raise_lost(lost_error(_OTHER_FILE, f"{self._path}: {error}"))
        former_connection = self._loop_connection.connection
        if not _is_later_state(loop_connection.connection, former_connection):
            loop_connection.connection.close()
            file.close()
            self._raise_lost(lost_error(_OTHER_FILE, self._path))
        former, self._thread_connections, self._idle = self._thread_connections, [], self._no_idle()
        for timed in former:
            timed.connection.interrupt()
        former_connection.close()
        self._close_files()
        self._file, self._loop_connection = file, loop_connection
        self._successors, self._lost_reason = self._successors + 1, None
        _LOGGER.warning("the database is back: %s", self._path)

    async def watch_commits(self) -> AsyncGenerator[None, None]:
        seen = None
        while True:
            if (version := await self.state()) != seen:
                seen = version
                yield
            await asyncio.sleep(self._PAUSE)


_OTHER_FILE = "another file is in the place of the database, and no later state of it"


def _is_later_state(later: sqlite3.Connection, former: sqlite3.Connection) -> bool:
    """Whether it has the same version and history, and at least the same revision."""
    try:
        later_history, later_revision = later.execute(_STATE).fetchone()
        former_history, former_revision = former.execute(_STATE).fetchone()
    except (pysqlite3.Error, TypeError):
        return False
    return bool(later_history == former_history and later_revision >= former_revision)


_STATE = """select h.stream || ' ' || v.version_num, h.revision
 from head h, alembic_version v"""
