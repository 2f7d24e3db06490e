"""A watch on the head of a PostgreSQL database: whether anything was committed, and since when.

In: the URL of a database. Out: a number that grows whenever the head is another one. A primary
tells of commits by NOTIFY, and is asked now and then in case that a notification was lost; a
standby and a pooler take no LISTEN, and are asked alone. Whatever becomes of the server, the watch
goes on with the one that answers next.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator

import psycopg

from kb.database.server_connection import ReadingConnection, connect_reader

CHANNEL = "kb_changes"
BOUND = 1.0
"""Seconds within which a commit is noticed, even if its notification was lost."""
_LOGGER = logging.getLogger(__name__)
_POLL = 0.4
"""Seconds between two looks, and until a lost connection is tried again."""
_PATIENCE = 5.0
"""Seconds in which a server must tell its head."""
# The chain as well: a failover that lost commits may lead to another history of the same length.
_HEAD = b"select stream, revision, chain, pg_is_in_recovery() from head"
_LISTEN = f"listen {CHANNEL}".encode()


class HeadWatch:
    """The watch of one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._head: tuple[object, ...] | None = None
        self._count, self._read_at = 0, 0.0
        self._changed = asyncio.Condition()
        self._is_lost = False

    def open(self) -> None:
        self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        self._task.cancel()

    def state(self) -> int | None:
        """A number that changes with every commit; None while the server does not answer."""
        return self._count if time.monotonic() - self._read_at < BOUND else None

    async def changes(self) -> AsyncGenerator[None, None]:
        """One item now, and one whenever the head has changed since the last."""
        while True:
            seen = self._count
            yield
            async with self._changed:
                await self._changed.wait_for(lambda seen=seen: self._count > seen)  # type: ignore[misc]

    async def _watch(self) -> None:
        while True:
            try:
                async with await connect_reader(self._url) as connection:
                    await self._follow(connection)
            except (psycopg.Error, TimeoutError) as error:
                self._note_loss(error)
            await asyncio.sleep(_POLL)

    async def _follow(self, connection: ReadingConnection) -> None:
        """A standby may become a primary at any time."""
        is_listening = False
        while True:
            is_standby = await self._read_head(connection)
            if is_listening:
                async for _ in connection.notifies(timeout=_POLL, stop_after=1):
                    pass
            elif connection.is_direct and not is_standby:
                # What is committed before it listens is read after it.
                await connection.execute(_LISTEN)
                is_listening = True
            else:
                await asyncio.sleep(_POLL)

    async def _read_head(self, connection: ReadingConnection) -> bool:
        """Whether the server is a standby."""
        started = time.monotonic()
        async with asyncio.timeout(_PATIENCE):
            row = await connection.fetch_row(_HEAD)
        *head, is_standby = row or (None, False)
        if tuple(head) != self._head:
            await self._note_change(tuple(head))
        self._read_at = started
        if self._is_lost:
            self._is_lost = False
            _LOGGER.warning("the database tells news again")
        return bool(is_standby)

    async def _note_change(self, head: tuple[object, ...]) -> None:
        async with self._changed:
            self._count, self._head = self._count + 1, head
            self._changed.notify_all()

    def _note_loss(self, error: Exception) -> None:
        """In the log, once until it is back."""
        if not self._is_lost:
            self._is_lost = True
            words = " ".join(str(error).split()) or "it takes too long"
            _LOGGER.warning("the database tells no news; trying again: %s", words)
