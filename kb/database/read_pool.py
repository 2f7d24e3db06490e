"""Connections that can only read, for queries: the two engines side by side.

In: an open SQLite connection, or the URL of a PostgreSQL server. Out: a `Reader`, which runs one
statement at a time for whoever asks, and tells of commits.
"""

import asyncio
import logging
import math
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import NoReturn, Protocol

import psycopg
import pysqlite3
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kb.database.file_watch import DatabaseFile, lost, unreadable
from kb.errors import DatabaseLost, DatabaseMissing, Overloaded, TooSlow, Unavailable

_LOGGER = logging.getLogger(__name__)
SqlValue = str | int | float | None
CHANNEL = "kb_changes"
AGAIN = "try again in a moment"
PREPARED = 200
"""Statements that are kept ready, each of less than `HEAVY` bytes: 64 MB at most."""
HEAVY = 320_000
"""Bytes of a statement that is never kept ready, and that takes too long to make so on the loop."""
_LETTER, _VALUE, _CHARACTER = 20, 200, 2
"""Bytes that a statement takes when it is ready: for each letter, value, and character of these."""
_FEW = 10
SMALL = 3_000
"""Rows that a statement may bring together to be a small one: about five milliseconds."""
DEADLINE = 10
"""Seconds that a statement may take."""
_OPTIONS = "-c default_transaction_read_only=on -c jit=off -c statement_timeout="


class Reader(Protocol):
    """A database that can only be read, for queries; raises Unavailable while it is gone."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        """The one row of a statement, which is its pieces with a value between them.

        `cost` is how many rows it may bring together. Raises TooSlow after `DEADLINE` seconds, and
        Overloaded at once.
        """
        ...

    async def state(self) -> int | None:
        """A number that is another one after every commit; None while that is not known.

        PostgreSQL tells of a commit within `PostgresqlReader.BOUND` seconds, SQLite at once.
        """
        ...

    def news(self) -> AsyncGenerator[None, None]:
        """One item now, and one whenever a commit may have happened since the last."""
        ...


def gone(error: object) -> Unavailable:
    return Unavailable("the database does not answer", AGAIN).with_note(error)


class Pieces(tuple[str, ...]):
    """Of a statement that is kept: its text is made once, and so is the hash of that."""

    @cached_property
    def with_question_marks(self) -> str:
        return "?".join(self)

    @cached_property
    def with_percent_signs(self) -> str:
        return "%s".join(piece.replace("%", "%%") for piece in self)


def with_question_marks(pieces: Sequence[str]) -> str:
    return (pieces if isinstance(pieces, Pieces) else Pieces(pieces)).with_question_marks


def with_percent_signs(pieces: Sequence[str]) -> str:
    return (pieces if isinstance(pieces, Pieces) else Pieces(pieces)).with_percent_signs


def weight(statement: str, values: Sequence[SqlValue]) -> int:
    """Bytes that it takes while it is kept ready; an engine keeps its last values too."""
    known = len(statement) * _LETTER + len(values) * _VALUE
    # What few values hold is little, and to look at each is not for every statement.
    return known + (_texts(values) if len(values) > _FEW else 0)


def _texts(values: Sequence[SqlValue]) -> int:
    return _CHARACTER * sum([len(one) for one in values if isinstance(one, str)])


class _Limited:
    """A connection whose statements end in time."""

    _STEPS = 20_000
    """Of the engine's machine between two looks at the clock: well below a millisecond."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._until = math.inf
        connection.set_progress_handler(self._is_late, self._STEPS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    def fetch(
        self, statement: str, values: Sequence[SqlValue], seconds: float
    ) -> Sequence[SqlValue] | None:
        """The statement's row; None if it took longer."""
        self._until = time.monotonic() + seconds
        try:
            row: Sequence[SqlValue] = self.connection.execute(statement, values).fetchone()
        except pysqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return None
            raise unreadable(error) or error from None
        finally:
            self._until = math.inf
        return row


class SqliteReader:
    """Small statements on the event loop, where they are fastest; others in a few threads.

    Whatever was thought small and is not is broken off, and begun again in a thread.
    """

    _PAUSE = 0.02
    """Seconds between two looks for news."""
    _BUDGET = 0.02
    """Seconds that a statement may hold up the event loop."""
    _THREADS, _MOST_WAITING = 2, 64
    _FAR = 50
    """Statements that each of the threads keeps ready."""
    _PATIENCE = 0.2
    """Seconds between two attempts to open another file."""
    _NOTICED, _MAPPED = 0.01, 0.001
    """Seconds in which a lost file is noticed: by who takes what is kept, and by who reads it.

    The system ends whoever reads beyond the end of a file that was cut off.
    """

    def __init__(self, path: Path, connect: Callable[[int], sqlite3.Connection]) -> None:
        """`connect` opens a connection that keeps so many statements ready."""
        self._path, self._connect = path, connect
        self._file = DatabaseFile(path)
        self._near = _Limited(connect(PREPARED))
        self._far: list[_Limited] = []
        # Those that keep nothing ready are for heavy statements.
        self._idle = self._nothing_idle()
        self._threads = ThreadPoolExecutor(self._THREADS, "reader")
        self._waiting = 0
        self._opened = 0
        """How often another file was."""
        self._verdict: DatabaseLost | None = None
        """Why it is."""
        self._again = 0.0

    def _nothing_idle(self) -> dict[int, list[_Limited]]:
        """By how many statements they keep ready."""
        return {self._FAR: [], 0: []}

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        for one in self._far:
            one.connection.interrupt()
        self._threads.shutdown(cancel_futures=True)
        for one in (self._near, *self._far):
            one.connection.close()
        self._file.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        self._check(self._MAPPED)
        statement = with_question_marks(pieces)
        heavy = weight(statement, values) > HEAVY
        if cost <= SMALL and not heavy:
            row = self._near.fetch(statement, values, self._BUDGET)
            if row is not None:
                return row
        if self._waiting >= self._MOST_WAITING:
            raise Overloaded("too many large operations wait already", AGAIN)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            row = await loop.run_in_executor(
                self._threads, self._fetch_far, statement, values, 0 if heavy else self._FAR
            )
        finally:
            self._waiting -= 1
        if row is None:
            raise TooSlow(f"the database took longer than {DEADLINE} seconds", "ask for less")
        return row

    def _fetch_far(
        self, statement: str, values: Sequence[SqlValue], ready: int
    ) -> Sequence[SqlValue] | None:
        one = self._take(ready)
        try:
            return one.fetch(statement, values, DEADLINE)
        finally:
            if one in self._far:
                self._idle[ready].append(one)
            else:
                one.connection.close()

    def _take(self, ready: int) -> _Limited:
        """For a thread alone."""
        try:
            return self._idle[ready].pop()
        except IndexError:
            self._far.append(one := _Limited(self._connect(ready)))
            return one

    async def state(self) -> int | None:
        """The file itself counts the commits of other connections; asking costs microseconds."""
        self._check(self._NOTICED)
        try:
            (version,) = self._near.connection.execute("pragma data_version").fetchone()
        except pysqlite3.DatabaseError as error:
            raise unreadable(error) or error from None
        return self._opened << 32 | int(version)

    def _check(self, within: float) -> None:
        """Raises DatabaseLost while what was opened, or a later state of it, is not there."""
        try:
            self._file.check(within)
        except DatabaseLost as error:
            if not self._file.has_successor():
                self._lose(error)
            elif time.monotonic() >= self._again:
                self._again = time.monotonic() + self._PATIENCE
                self._succeed()
            else:
                self._lose(self._verdict or error)

    def _lose(self, error: DatabaseLost) -> NoReturn:
        """Logged once for each reason, with its notes, and not again for each who is told."""
        if self._verdict is None or self._verdict.whole() != error.whole():
            _LOGGER.error("%s", error.whole())
        self._verdict = error
        raise DatabaseLost(error.message, error.remedy) from None

    def _succeed(self) -> None:
        """Go on with the file in the place of the former, if it is a later state of that."""
        try:
            file, connection = DatabaseFile(self._path), self._connect(PREPARED)
        except (OSError, DatabaseMissing, pysqlite3.Error) as error:
            self._lose(lost(_OTHER, f"{self._path}: {error}"))
        if not _follows(connection, self._near.connection):
            connection.close()
            file.close()
            self._lose(lost(_OTHER, self._path))
        former, self._far, self._idle = self._far, [], self._nothing_idle()
        for one in former:
            one.connection.interrupt()
        self._near.connection.close()
        self._file.close()
        self._file, self._near = file, _Limited(connection)
        self._opened, self._verdict = self._opened + 1, None
        _LOGGER.warning("the database is back: %s", self._path)

    async def news(self) -> AsyncGenerator[None, None]:
        seen = None
        while True:
            if (version := await self.state()) != seen:
                seen = version
                yield
            await asyncio.sleep(self._PAUSE)


_OTHER = "another file is in the place of the database, and no later state of it"


def _follows(later: sqlite3.Connection, former: sqlite3.Connection) -> bool:
    """Whether it is of the same version and history, and no earlier state of that."""
    try:
        (now, reached), (then, least) = (one.execute(_STATE).fetchone() for one in (later, former))
    except (pysqlite3.Error, TypeError):
        return False
    return bool(now == then and reached >= least)


_STATE = """select h.stream || ' ' || v.version_num, h.revision
 from head h, alembic_version v"""


class PostgresqlReader:
    """A pool of connections that cannot write; one that was lost is replaced."""

    BOUND = 1.0
    """Seconds after which a commit is known for sure, even if the database did not tell."""
    _MOST = 16
    _PATIENCE = 2.0
    _POLL = 0.4

    def __init__(self, url: str) -> None:
        self._url = url
        # After what the URL says itself.
        options = f"{conninfo_to_dict(url).get('options', '')} {_OPTIONS}{DEADLINE}s"
        self._count, self._seen = 0, 0.0
        self._head: tuple[object, ...] | None = None
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=self._MOST,
            timeout=self._PATIENCE,
            open=False,
            kwargs={"autocommit": True, "options": options},
        )

    async def open(self) -> None:
        await self._pool.open()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        self._watching.cancel()
        await self._pool.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        del cost  # Its statements run elsewhere.
        statement = with_percent_signs(pieces)
        try:
            try:
                return await self._run(statement, values)
            except psycopg.errors.QueryCanceled:
                what = f"the database took longer than {DEADLINE} seconds"
                raise TooSlow(what, "ask for less") from None
            except psycopg.OperationalError:
                # The server may have restarted: every idle connection is then a lost one.
                await self._pool.check()
                return await self._run(statement, values)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise gone(error) from error

    async def news(self) -> AsyncGenerator[None, None]:
        """By LISTEN; what happened before it began to listen is the first item."""
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            await connection.execute(f"listen {CHANNEL}".encode())
            yield
            async for _ in connection.notifies():
                yield

    async def state(self) -> int | None:
        return self._count if time.monotonic() - self._seen < self.BOUND else None

    async def _watch(self) -> None:
        """Looks when it is told to, and now and then in case that it was not."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    await connection.execute(f"listen {CHANNEL}".encode())
                    while True:
                        await self._look(connection)
                        async for _ in connection.notifies(timeout=self._POLL, stop_after=1):
                            pass
            except psycopg.OperationalError:
                await asyncio.sleep(self._POLL)

    async def _look(self, connection: psycopg.AsyncConnection) -> None:
        asked = time.monotonic()
        cursor = await connection.execute("select stream, revision from head")
        head = await cursor.fetchone()
        if head != self._head:
            self._count, self._head = self._count + 1, head
        self._seen = asked

    async def _run(self, statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        async with self._pool.connection() as connection:
            # Statements are this package's own, made from templates.
            prepare = None if weight(statement, values) <= HEAVY else False
            cursor = await connection.execute(statement.encode(), values, prepare=prepare)
            row = await cursor.fetchone()
        assert row is not None
        return row
