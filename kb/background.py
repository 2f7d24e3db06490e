"""Work that would hold up everybody else on the event loop, done beside it, one piece at a time.

In: functions that touch nothing that the loop changes. Out: what they return, or Overloaded if too
much waits. One thread: Python runs one at a time, and lets the loop have its turns.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from kb.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")
_MOST_WAITING = 200


class Background:
    """The thread of one event loop, and the turns on it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "background")
        self._lock = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Waits until nothing else runs; whoever came first may have done the same work by then."""
        if self._waiting >= _MOST_WAITING:
            raise Overloaded("too many new operations wait already", "try again in a moment")
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The result of `work`, done in the thread; only within a turn."""
        assert self._lock.locked()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **named))

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return self._waiting

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
