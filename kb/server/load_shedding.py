"""Whether more is asked than can be answered soon, told by how late the event loop is.

In: nothing but the clock. Out: `Overloaded` for each new request while the loop is late: to refuse
it at once is better than to let everybody wait.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kb.errors import Overloaded

MOST_LATE = 0.5
"""Seconds by which the loop may be late."""
_EVERY = 0.05


class Pressure:
    """How late the loop of one server is."""

    def __init__(self) -> None:
        self._last_run = time.monotonic()
        self._is_measured = False

    def check(self) -> None:
        """Raises Overloaded while too much is waiting."""
        if self._is_measured and self.late > MOST_LATE:
            raise Overloaded("more is asked than can be answered", "try again in a moment")

    @property
    def late(self) -> float:
        """Seconds by which the loop is late."""
        return max(0.0, time.monotonic() - self._last_run - _EVERY)

    @asynccontextmanager
    async def measure(self) -> AsyncIterator[None]:
        """The loop is measured within this context."""
        task = asyncio.create_task(self._follow_clock())
        try:
            yield
        finally:
            self._is_measured = False
            task.cancel()

    async def _follow_clock(self) -> None:
        self._is_measured = True
        while True:
            self._last_run = time.monotonic()
            await asyncio.sleep(_EVERY)
