"""Connections that can only read, for queries: the two engines side by side.

In: an open SQLite connection, or the URL of a PostgreSQL server. Out: a `Reader`, which runs one
statement at a time for whoever asks, and tells of commits.
"""

import asyncio
import math
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol

import psycopg
import pysqlite3
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kb.errors import Overloaded, TooSlow, Unavailable

Scalar = str | int | float | None
CHANNEL = "kb_changes"
AGAIN = "try again in a moment"
PREPARED = 500
"""Statements that are kept ready."""
SMALL = 3_000
"""Rows that a statement may bring together to be a small one: about five milliseconds."""
DEADLINE = 10
"""Seconds that a statement may take."""


class Reader(Protocol):
    """A database that can only be read, for queries; raises Unavailable while it is gone."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[Scalar], cost: int = 0
    ) -> Sequence[Scalar]:
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


# Made once, so that a text's hash is worked out once too.
@lru_cache(PREPARED)
def with_question_marks(pieces: tuple[str, ...]) -> str:
    return "?".join(pieces)


@lru_cache(PREPARED)
def with_percent_signs(pieces: tuple[str, ...]) -> str:
    return "%s".join(piece.replace("%", "%%") for piece in pieces)


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
        self, statement: str, values: Sequence[Scalar], seconds: float
    ) -> Sequence[Scalar] | None:
        """The statement's row; None if it took longer."""
        self._until = time.monotonic() + seconds
        try:
            row: Sequence[Scalar] = self.connection.execute(statement, values).fetchone()
        except pysqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_INTERRUPT":
                raise
            return None
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

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._near = _Limited(connect())
        self._far: list[_Limited] = []
        self._idle: list[_Limited] = []
        self._threads = ThreadPoolExecutor(self._THREADS, "reader")
        self._waiting = 0

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        for one in self._far:
            one.connection.interrupt()
        self._threads.shutdown(cancel_futures=True)
        for one in (self._near, *self._far):
            one.connection.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[Scalar], cost: int = 0
    ) -> Sequence[Scalar]:
        statement = with_question_marks(pieces)
        if cost <= SMALL:
            row = self._near.fetch(statement, values, self._BUDGET)
            if row is not None:
                return row
        if self._waiting >= self._MOST_WAITING:
            raise Overloaded("too many large operations wait already", AGAIN)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            row = await loop.run_in_executor(self._threads, self._fetch_far, statement, values)
        finally:
            self._waiting -= 1
        if row is None:
            raise TooSlow(f"the database took longer than {DEADLINE} seconds", "ask for less")
        return row

    def _fetch_far(self, statement: str, values: Sequence[Scalar]) -> Sequence[Scalar] | None:
        one = self._take()
        try:
            return one.fetch(statement, values, DEADLINE)
        finally:
            self._idle.append(one)

    def _take(self) -> _Limited:
        """For a thread alone."""
        try:
            return self._idle.pop()
        except IndexError:
            self._far.append(one := _Limited(self._connect()))
            return one

    async def state(self) -> int | None:
        """The file itself counts the commits of other connections; asking costs microseconds."""
        (version,) = self._near.connection.execute("pragma data_version").fetchone()
        return int(version)

    async def news(self) -> AsyncGenerator[None, None]:
        seen = None
        while True:
            if (version := await self.state()) != seen:
                seen = version
                yield
            await asyncio.sleep(self._PAUSE)


class PostgresqlReader:
    """A pool of connections that cannot write; one that was lost is replaced."""

    BOUND = 1.0
    """Seconds after which a commit is known for sure, even if the database did not tell."""
    _MOST = 16
    _PATIENCE = 2.0
    _POLL = 0.4

    def __init__(self, url: str) -> None:
        self._url = url
        self._count, self._seen = 0, 0.0
        self._head: tuple[object, ...] | None = None
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=self._MOST,
            timeout=self._PATIENCE,
            open=False,
            kwargs={
                "autocommit": True,
                "options": "-c default_transaction_read_only=on -c jit=off"
                f" -c statement_timeout={DEADLINE}s",
            },
        )

    async def open(self) -> None:
        await self._pool.open()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        self._watching.cancel()
        await self._pool.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[Scalar], cost: int = 0
    ) -> Sequence[Scalar]:
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

    async def _run(self, statement: str, values: Sequence[Scalar]) -> Sequence[Scalar]:
        async with self._pool.connection() as connection:
            # Statements are this package's own, made from templates.
            cursor = await connection.execute(statement.encode(), values)
            row = await cursor.fetchone()
        assert row is not None
        return row
