"""Queries on a PostgreSQL server: a pool of connections that cannot write.

In: the URL of a server. Out: its `Reader`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kb.admission.controlled_delay import ControlledDelay
from kb.database.read_pool import (
    CROWDED,
    DEADLINE,
    HEAVY_BYTES,
    ReaderLoad,
    SqlValue,
    load_of,
    prepared_bytes,
    unavailable_error,
    with_percent_signs,
)
from kb.errors import TooSlow

CHANNEL = "kb_changes"
_OPTIONS = "-c default_transaction_read_only=on -c jit=off -c statement_timeout="


class PostgresqlReader:
    """A pool of connections that cannot write; one that was lost is replaced."""

    BOUND = 1.0
    """Seconds within which a commit is noticed, even if its notification was lost."""
    _MOST = 16
    _TIMEOUT = 2.0
    _POLL = 0.4

    def __init__(self, url: str) -> None:
        self._url = url
        # After what the URL says itself.
        options = f"{conninfo_to_dict(url).get('options', '')} {_OPTIONS}{DEADLINE}s"
        self._queue = ControlledDelay(self._MOST, CROWDED)
        self._count, self._read_at = 0, 0.0
        self._head: tuple[object, ...] | None = None
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=self._MOST,
            timeout=self._TIMEOUT,
            open=False,
            kwargs={"autocommit": True, "options": options},
        )

    async def open(self) -> None:
        await self._pool.open()
        self._watch_task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        self._watch_task.cancel()
        await self._pool.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        del cost  # Its statements run elsewhere.
        statement = with_percent_signs(pieces)
        with self._queue.place():
            return await self._fetch_soon(statement, values)

    async def _fetch_soon(self, statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        """Once more if the connection was lost; raises TooSlow, and Unavailable."""
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
            raise unavailable_error(error) from error

    async def watch_commits(self) -> AsyncGenerator[None, None]:
        """By LISTEN; what happened before it began to listen is the first item."""
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            await connection.execute(f"listen {CHANNEL}".encode())
            yield
            async for _ in connection.notifies():
                yield

    async def state(self) -> int | None:
        return self._count if time.monotonic() - self._read_at < self.BOUND else None

    def load(self) -> ReaderLoad:
        return load_of(self._queue)

    async def _watch(self) -> None:
        """Read the head at each notification, and now and then in case that one was lost."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    await connection.execute(f"listen {CHANNEL}".encode())
                    while True:
                        await self._read_head(connection)
                        async for _ in connection.notifies(timeout=self._POLL, stop_after=1):
                            pass
            except psycopg.OperationalError:
                await asyncio.sleep(self._POLL)

    async def _read_head(self, connection: psycopg.AsyncConnection) -> None:
        started = time.monotonic()
        cursor = await connection.execute("select stream, revision from head")
        head = await cursor.fetchone()
        if head != self._head:
            self._count, self._head = self._count + 1, head
        self._read_at = started

    async def _run(self, statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        async with self._pool.connection() as connection:
            begun = time.monotonic()
            try:
                # Statements are this package's own, made from templates.
                prepare = None if prepared_bytes(statement, values) <= HEAVY_BYTES else False
                cursor = await connection.execute(statement.encode(), values, prepare=prepare)
                row = await cursor.fetchone()
            finally:
                self._queue.note(time.monotonic() - begun)
        assert row is not None
        return row
