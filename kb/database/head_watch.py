"""A watch on the head of a PostgreSQL database: whether anything was committed, and since when.

In: the URL of a database. Out: its head as last read and when that was, whether the server is known
not to answer, and news of each change. A primary tells of commits by NOTIFY, and is asked now and
then in case that a notification was lost; a standby and a pooler take no LISTEN, and are asked
alone. Whatever becomes of the server, the watch goes on with the one that answers next.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import psycopg

from kb.database.broadcast import Broadcast
from kb.database.server_connection import ReadingConnection, connect_reader

CHANNEL = "kb_changes"
BOUND = 1.0
"""Seconds within which a commit is noticed, even if its notification was lost."""
POLL = 0.4
"""Seconds between two looks, and until a lost connection is tried again."""
_LOGGER = logging.getLogger(__name__)
_PATIENCE = 3.0
"""Seconds in which a server must tell its head, and take a connection, or it counts as gone."""
# The chain as well: a failover that lost commits may lead to another history of the same length.
_HEAD = (
    b"select stream, revision, chain, version_num, pg_is_in_recovery() from head, alembic_version"
)
_LISTEN = f"listen {CHANNEL}".encode()


class HeadRow(NamedTuple):
    """The newest commit of a database, and the migration that it is at."""

    stream: str
    revision: int
    chain: str
    version: str


class HeadWatch:
    """The watch of one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.head: HeadRow | None = None
        self.read_at = -math.inf
        """When the newest look began that was answered, by the monotonic clock."""
        self.is_gone = False
        self.news = Broadcast()
        self.reviewed: Callable[[], None] = lambda: None
        """Called after each look, and when the server is found to be gone."""
        self.pause: Callable[[], float] = lambda: POLL
        """Seconds until the next look at a standby."""
        self._count = 0
        self._hurried = asyncio.Event()

    def open(self) -> None:
        self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        self._task.cancel()

    def state(self) -> int | None:
        """A number that changes with every commit; None while the server does not answer."""
        return self._count if time.monotonic() - self.read_at < BOUND else None

    def hurry(self) -> None:
        """Look at a standby at once: there may be news."""
        self._hurried.set()

    async def _watch(self) -> None:
        while True:
            try:
                with _called_after(_PATIENCE, self._note_loss, "it takes no connection"):
                    connection = await connect_reader(self._url)
                async with connection:
                    await self._follow(connection)
            except psycopg.OperationalError as error:
                self._note_loss(error)
            except psycopg.Error as error:
                # It answers, but has no tables of ours, or newer ones.
                _LOGGER.info("the database tells no news: %s", error)
            await asyncio.sleep(POLL)

    async def _follow(self, connection: ReadingConnection) -> None:
        """A standby may become a primary at any time."""
        is_listening = False
        while True:
            is_standby = await self._read_head(connection)
            if is_listening:
                async for _ in connection.notifies(timeout=POLL, stop_after=1):
                    pass
            elif connection.is_direct and not is_standby:
                # What is committed before it listens is read after it.
                await connection.execute(_LISTEN)
                is_listening = True
            else:
                await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause()):
                await self._hurried.wait()
        self._hurried.clear()

    async def _read_head(self, connection: ReadingConnection) -> bool:
        """Whether the server is a standby."""
        started = time.monotonic()
        with _called_after(_PATIENCE, connection.break_off):
            row = await connection.fetch_row(_HEAD)
        *head, is_standby = row or (False,)
        self.read_at = started
        if self.is_gone:
            self.is_gone = False
            _LOGGER.warning("the database tells news again")
        if head and (newest := HeadRow(*head)) != self.head:
            self.head, self._count = newest, self._count + 1
            self.news.tell()
        self.reviewed()
        return bool(is_standby)

    def _note_loss(self, error: object) -> None:
        """In the log, once until it is back."""
        if not self.is_gone:
            self.is_gone = True
            words = " ".join(str(error).split())
            _LOGGER.warning("the database tells no news; trying again: %s", words)
        self.reviewed()


@contextmanager
def _called_after(seconds: float, call: Callable[..., None], *arguments: object) -> Iterator[None]:
    """Within it, if it lasts longer than that."""
    handle = asyncio.get_running_loop().call_later(seconds, call, *arguments)
    try:
        yield
    finally:
        handle.cancel()
