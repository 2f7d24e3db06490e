"""Whether more is asked than can be answered soon, told by how long the event loop is busy.

In: requests, as they come to be answered. Out: `Overloaded` for those that come when too much is
before them: to refuse them at once is better than to let everybody wait.

An iteration of the loop answers all that has come by its beginning, so that who is late in it has
waited at least since then, and who comes meanwhile waits for its end. Where one takes too long,
more is asked than can be answered; until nobody has been refused for a while, each is then kept
short, and does what it began with. That the process stood still in one, as where a host took the
processor away, is no work; and all instances on a machine stand still at once.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kb.admission.controlled_delay import CALM_AFTER
from kb.errors import Overloaded

MOST_LATE = 0.5
"""Seconds that an iteration may take in calm times."""
SHORT = 0.005
"""Seconds after which it takes up nothing more while others are refused: as many as a small
statement takes at most."""
STANDSTILL = 0.25
"""Seconds between two requests of an iteration that no work on one of them takes."""
_EVERY = 0.05


class Pressure:
    """How busy the loop of one server is."""

    def __init__(self) -> None:
        self._last_run = time.monotonic()
        self._iteration: float | None = None
        """When the first request of this iteration came to be answered."""
        self._seen = self._worked = 0.0
        """When the last one did, and how long all threads had worked when the first did."""
        self._refused_at = -math.inf

    def check(self) -> None:
        """Raises Overloaded while too much is waiting; only on the loop."""
        now = time.monotonic()
        if self._iteration is None:
            self._iteration = now
            self._worked = time.process_time()
            asyncio.get_running_loop().call_soon(self._end_iteration)
        elif (gap := now - self._seen) > STANDSTILL:
            self._iteration += self._standstill(gap)
        self._seen = now
        most = SHORT if now - self._refused_at < CALM_AFTER else MOST_LATE
        if now - self._iteration > most:
            self._refused_at = now
            raise Overloaded("more is asked than can be answered", "try again in a moment")

    def _standstill(self, gap: float) -> float:
        """All of a long time in which little was worked: nobody waited for others."""
        return gap if time.process_time() - self._worked < gap / 4 else 0.0

    def _end_iteration(self) -> None:
        self._iteration = None

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
            task.cancel()

    async def _follow_clock(self) -> None:
        while True:
            self._last_run = time.monotonic()
            await asyncio.sleep(_EVERY)
