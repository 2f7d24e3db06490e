"""Queries on a PostgreSQL server: a pool of connections that cannot write.

In: the URL of a server. Out: its `Reader`.
"""

import time
from collections.abc import AsyncGenerator, Sequence

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kb.admission.controlled_delay import ControlledDelay
from kb.database import head_watch
from kb.database.head_watch import HeadWatch
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
from kb.database.server_connection import ReadingConnection, conninfo_of
from kb.errors import TooSlow


class PostgresqlReader:
    """A pool of connections that cannot write; one that was lost is replaced."""

    BOUND = head_watch.BOUND
    _MOST = 16
    _TIMEOUT = 2.0
    _RECONNECT = 2.0
    """Seconds after which the pool tries no more by itself: at longer and longer intervals it would
    find a server late that is back. Whoever asks makes it try again."""

    def __init__(self, url: str) -> None:
        self._queue = ControlledDelay(self._MOST, CROWDED)
        self._head = HeadWatch(url)
        self._pool = AsyncConnectionPool(
            conninfo_of(url),
            connection_class=ReadingConnection,
            min_size=1,
            max_size=self._MOST,
            timeout=self._TIMEOUT,
            reconnect_timeout=self._RECONNECT,
            open=False,
            configure=ReadingConnection.limit,
            kwargs={"autocommit": True},
        )

    async def open(self) -> None:
        await self._pool.open()
        self._head.open()

    async def close(self) -> None:
        self._head.close()
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

    def watch_commits(self) -> AsyncGenerator[None, None]:
        return self._head.changes()

    async def state(self) -> int | None:
        return self._head.state()

    def load(self) -> ReaderLoad:
        return load_of(self._queue)

    async def _run(self, statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        async with self._pool.connection() as connection:
            begun = time.monotonic()
            try:
                # Statements are this package's own, made from templates.
                prepare = None if prepared_bytes(statement, values) <= HEAVY_BYTES else False
                row = await connection.fetch_row(statement.encode(), values, prepare=prepare)
            finally:
                self._queue.note(time.monotonic() - begun)
        assert row is not None
        return row
