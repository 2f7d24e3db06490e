"""Work that would hold up everybody else on the event loop, done beside it, one piece at a time.

In: functions that touch nothing that the loop changes. Out: what they return, or Overloaded if what
waits takes too long. One thread: Python runs one at a time, and lets the loop have its turns.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from kb.admission.controlled_delay import ControlledDelay

P = ParamSpec("P")
T = TypeVar("T")


class Background:
    """The thread of one event loop, and the turns on it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "background")
        self._lock = asyncio.Lock()
        self._queue = ControlledDelay(1, "more new operations wait already than can be read soon")

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Waits until nothing else runs; whoever came first may have done the same work by then."""
        with self._queue.place():
            async with self._lock:
                begun = time.monotonic()
                try:
                    yield
                finally:
                    self._queue.note(time.monotonic() - begun)

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The result of `work`, done in the thread; only within a turn."""
        assert self._lock.locked()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **named))

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return self._queue.waiting

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
