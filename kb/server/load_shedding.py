"""Whether more is asked than can be answered soon, told by how long the event loop is busy.

In: requests, as they come to be answered. Out: `Overloaded` for those that come when too much is
before them: to refuse them at once is better than to let everybody wait.

An iteration of the loop answers all that has come by its beginning, so that who is late in it has
waited at least since then, and who comes meanwhile waits for its end. Where one takes too long,
more is asked than can be answered; until nobody has been refused for a while, each is then kept
short, and does what it began with. That the process stood still in one, as where a host took the
processor away, is no work; and all instances on a machine stand still at once.

Who reads heads of requests may decide before they come here, of those that came together: see
`kb/process/shedding.py`.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kb.admission.controlled_delay import CALM_AFTER, STANDSTILL
from kb.errors import Overloaded

MOST_LATE = 0.5
"""Seconds that an iteration may take in calm times."""
SHORT = 0.005
"""Seconds after which it takes up nothing more while others are refused: as many as a small
statement takes at most."""
_EVERY = 0.05
REFUSED = "kb.refused"
"""Set in the scope of a request that is to be refused, whatever the pressure is by then."""


def overloaded() -> Overloaded:
    return Overloaded("more is asked than can be answered", "try again in a moment")


class Stretch:
    """Requests that are taken up one after the other, and since when."""

    def __init__(self, worked: float) -> None:
        """`worked` is how long all threads had worked shortly before the first one is taken up."""
        self._begun = self._seen = time.monotonic()
        self._worked = worked

    def took(self, now: float) -> float:
        """Until another one is taken up, but for when the process stood still."""
        if (gap := now - self._seen) > STANDSTILL:
            self._begun += self._standstill(gap)
        self._seen = now
        return now - self._begun

    def _standstill(self, gap: float) -> float:
        """All of a long time in which little was worked: nobody waited for others."""
        return gap if time.process_time() - self._worked < gap / 4 else 0.0


class Pressure:
    """How busy the loop of one server is."""

    def __init__(self) -> None:
        self._note_time()
        self._iteration: Stretch | None = None
        self._refused_at = -math.inf

    @property
    def is_refusing(self) -> bool:
        """Whether somebody was refused of late."""
        return time.monotonic() - self._refused_at < CALM_AFTER

    def check(self) -> None:
        """Raises Overloaded while too much is waiting; only on the loop."""
        if self._iteration is None:
            self._iteration = self.begin_stretch()
            asyncio.get_running_loop().call_soon(self._end_iteration)
        if self.is_too_long(self._iteration):
            raise overloaded()

    def begin_stretch(self) -> Stretch:
        return Stretch(self._worked)

    def is_too_long(self, stretch: Stretch) -> bool:
        """Whether nobody else is to be taken up in it."""
        now = time.monotonic()
        most = SHORT if now - self._refused_at < CALM_AFTER else MOST_LATE
        if stretch.took(now) <= most:
            return False
        self._refused_at = now
        return True

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
            self._note_time()
            await asyncio.sleep(_EVERY)

    def _note_time(self) -> None:
        """Now and then: to ask how long all threads have worked takes as long as ten clocks."""
        self._last_run, self._worked = time.monotonic(), time.process_time()
