"""Queries on a PostgreSQL server: a pool of connections that cannot write.

In: the URL of a server. Out: its `Reader`.
"""

import math
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
    Reader,
    ReaderLoad,
    SourceState,
    SqlValue,
    load_of,
    only_source,
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
        self.url, self.watch = url, HeadWatch(url)
        self._queue = ControlledDelay(self._MOST, CROWDED)
        self._running: set[ReadingConnection] = set()
        """Connections that run a statement."""
        self._broken_off_at = -math.inf
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

    @property
    def primary(self) -> Reader:
        return self

    async def open(self) -> None:
        await self._pool.open()
        self.watch.open()

    async def close(self) -> None:
        self.watch.close()
        await self._pool.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        """Once more if the connection was lost; raises TooSlow, and Unavailable."""
        del cost  # Its statements run elsewhere.
        with self._queue.place():
            try:
                return await self._run_twice(pieces, values)
            except psycopg.OperationalError as error:
                raise unavailable_error(error) from error

    async def _run_twice(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue]
    ) -> Sequence[SqlValue]:
        try:
            return await self._run(pieces, values)
        except psycopg.OperationalError:
            if self._broken_off_at > self.watch.read_at:
                raise  # It does not answer.
            # The server may have restarted: every idle connection is then a lost one.
            await self.replace_lost()
            return await self._run(pieces, values)

    async def fetch_once(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue]
    ) -> Sequence[SqlValue]:
        """Raises TooSlow, Unavailable if it is only busy, and else what the driver raises."""
        with self._queue.place():
            try:
                return await self._run(pieces, values)
            except PoolTimeout as error:
                if self._running:
                    raise unavailable_error(error) from error
                raise

    def watch_commits(self) -> AsyncGenerator[None, None]:
        return self.watch.news.items()

    async def state(self) -> int | None:
        return self.watch.state()

    def load(self) -> ReaderLoad:
        return load_of(self._queue)

    @property
    def is_refusing(self) -> bool:
        return self._queue.is_refusing

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        del pieces, cost  # All wait for a connection.
        return self._queue.refuses()

    def sources(self) -> Sequence[SourceState]:
        return only_source(self)

    def is_gone(self) -> bool:
        return self.watch.is_gone

    def break_off(self) -> None:
        """Whoever waits for a statement hears at once that the server does not answer."""
        self._broken_off_at = time.monotonic()
        for connection in self._running:
            connection.break_off()

    async def replace_lost(self) -> None:
        """Replace idle connections that were lost."""
        await self._pool.check()

    async def _run(self, pieces: Sequence[str], values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        # Statements are this package's own, made from templates.
        statement = with_percent_signs(pieces)
        prepare = None if prepared_bytes(statement, values) <= HEAVY_BYTES else False
        async with self._pool.connection() as connection:
            begun = time.monotonic()
            self._running.add(connection)
            try:
                row = await connection.fetch_row(statement.encode(), values, prepare=prepare)
            except psycopg.errors.QueryCanceled:
                what = f"the database took longer than {DEADLINE} seconds"
                raise TooSlow(what, "ask for less") from None
            finally:
                self._running.discard(connection)
                self._queue.note(time.monotonic() - begun)
        assert row is not None
        return row
