"""News that a commit may have happened, for whoever waits to look again.

In: a reader, which knows how its engine tells. Out: a count that grows; whoever has seen one number
waits for the next. It is listened to only while somebody waits.
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


class News:
    """What one database tells; `count` grows with each piece of news."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._changed = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._waiting = 0
        self.count = 0
        self.over = False

    async def beyond(self, count: int) -> None:
        """Until there is news after that which was counted so far, or will never be any."""
        self._waiting += 1
        self._wanted.set()
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self.over or self.count > count)
        finally:
            self._waiting -= 1

    async def end(self) -> None:
        """The service ends: whoever waits is told."""
        self.over = True
        await self._tell()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Listened to from here on until the end."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()

    async def _keep(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                async with aclosing(self._reader.news()) as news:
                    await self._pass_on(news)
            except DatabaseLost:  # Its reader tells, once.
                await asyncio.sleep(_AGAIN)
            except Exception:  # Whatever it is, those who listen now hear the next news.
                _LOGGER.warning("the database tells no news; trying again", exc_info=True)
                await asyncio.sleep(_AGAIN)

    async def _pass_on(self, news: AsyncIterator[None]) -> None:
        """As long as somebody waits."""
        async for _ in news:
            await self._tell()
            if not self._waiting:
                self._wanted.clear()
                return

    async def _tell(self) -> None:
        async with self._changed:
            self.count += 1
            self._changed.notify_all()
