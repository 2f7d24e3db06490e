"""A watch for commits: whoever waits is woken when one may have happened.

In: a reader, which knows how its engine notifies. Out: a count that grows with each notification,
to be waited for. The database is watched only while somebody waits.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from kb.database.read_pool import Reader
from kb.errors import DatabaseLost

_LOGGER = logging.getLogger(__name__)
_AGAIN = 1.0
"""Seconds until a lost connection is tried again."""


class CommitWatch:
    """The watch of one database; `count` grows with each notification."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._changed = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._waiting = 0
        self.count = 0
        self.ended = False

    async def wait_beyond(self, count: int) -> None:
        """Wait until the count has passed this one, or the watch has ended."""
        self._waiting += 1
        self._wanted.set()
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self.ended or self.count > count)
        finally:
            self._waiting -= 1

    async def end(self) -> None:
        """End the watch and wake whoever waits: the service stops."""
        self.ended = True
        await self._notify()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch until the context is left."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                async with aclosing(self._reader.watch_commits()) as news:
                    await self._relay(news)
            except DatabaseLost:  # Its reader logs it, once.
                await asyncio.sleep(_AGAIN)
            except Exception:  # Whatever it is, waiters are woken by the next notification.
                _LOGGER.warning("the database tells no news; trying again", exc_info=True)
                await asyncio.sleep(_AGAIN)

    async def _relay(self, news: AsyncIterator[None]) -> None:
        """Pass notifications on as long as somebody waits."""
        async for _ in news:
            await self._notify()
            if not self._waiting:
                self._wanted.clear()
                return

    async def _notify(self) -> None:
        async with self._changed:
            self.count += 1
            self._changed.notify_all()
