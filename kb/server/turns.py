"""Turns of those who have much to do on one event loop, so that nobody else waits for them.

In: nothing but the clock. Out: a turn at a time, first come, first served; between two turns all
else that is ready on the loop runs once, however many wait for theirs.
"""

import asyncio
import time

SLICE = 0.005
"""Seconds that a turn may last."""


class Turns:
    """The turns on one event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take(self) -> float:
        """Waits for a turn; the time of the monotonic clock at which it is over."""
        async with self._lock:
            await asyncio.sleep(0)
        return time.monotonic() + SLICE
