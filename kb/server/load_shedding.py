"""Whether more is asked than can be answered soon, told by how late the event loop is.

In: nothing but the clock. Out: a verdict, for whoever is asked next: to refuse at once is better
than to let everybody wait.
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
        self._seen = time.monotonic()
        self._kept = False

    def check(self) -> None:
        """Raises Overloaded while too much is waiting."""
        if self._kept and time.monotonic() - self._seen > MOST_LATE + _EVERY:
            raise Overloaded("more is asked than can be answered", "try again in a moment")

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Measured from here on until the end."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._kept = False
            task.cancel()

    async def _keep(self) -> None:
        self._kept = True
        while True:
            self._seen = time.monotonic()
            await asyncio.sleep(_EVERY)
