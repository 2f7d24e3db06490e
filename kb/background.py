"""Work that would hold up everybody else on the event loop, done beside it, one piece at a time.

In: functions that touch nothing that the loop changes. Out: what they return, or Overloaded if what
waits takes too long. One thread: Python runs one at a time, and lets the loop have its turns.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import ParamSpec, TypeVar

from kb.admission.controlled_delay import STANDSTILL, ControlledDelay

P = ParamSpec("P")
T = TypeVar("T")


class Background:
    """The thread of one event loop, and the turns on it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "background")
        self._lock = asyncio.Lock()
        self._ahead: dict[Hashable, asyncio.Event] = {}
        """Works that somebody is at, or waits for a turn to do, and when they end."""
        self._queue = ControlledDelay(1, "more new operations wait already than can be read soon")

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Waits until nothing else runs."""
        with self._queue.place():
            async with self._lock:
                begun, worked = time.monotonic(), time.process_time()
                try:
                    yield
                finally:
                    self._queue.note(_own_time(time.monotonic() - begun, worked))

    async def once(
        self,
        work: Hashable,
        find: Callable[[], T | None],
        make: Callable[[], Awaitable[T]],
    ) -> T:
        """What is found, or else made in a turn.

        Who comes while another is at the same work waits for that, and takes no place in the queue:
        a crowd that begins with the same operation waits for one piece of work.
        """
        if ahead := self._ahead.get(work):
            await ahead.wait()
            if (kept := find()) is not None:
                return kept
        with self._announced(work):
            async with self.turn():
                kept = find()
                return await make() if kept is None else kept

    @contextmanager
    def _announced(self, work: Hashable) -> Iterator[None]:
        """While one is at it; others that waited for it in vain are no longer waited for."""
        if work in self._ahead:
            yield
            return
        self._ahead[work] = asyncio.Event()
        try:
            yield
        finally:
            self._ahead.pop(work).set()

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


def _own_time(seconds: float, worked: float) -> float:
    """Of a piece that took so long, what this process worked meanwhile, where it is far less: it
    stood still in the rest. `worked` is how long all its threads had worked before.
    """
    return seconds if seconds < STANDSTILL else min(seconds, time.process_time() - worked)
