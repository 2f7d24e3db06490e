"""Processes that are killed about once a second, and started again at once.

In: how each is started. Out: `torment`, which goes on until the work is done; each knows how often
it was killed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Protocol

PAUSE = 0.02
PATIENCE = 7_200
"""Seconds in which the work gets done."""


class Process(Protocol):
    def poll(self) -> int | None: ...

    def kill(self) -> None: ...

    def wait(self) -> object: ...


@dataclass
class Victim:
    """Runs all the time; `codes` are those with which it may end by itself.

    Once it is ready, it is let live for `seconds`, at least and at most.
    """

    start: Callable[[], Process]
    codes: Sequence[int] = ()
    ready: Callable[[], bool] = lambda: True
    seconds: tuple[float, float] = (0.5, 1.5)
    kills: int = 0
    _process: Process | None = field(init=False, default=None)
    _until: float = field(init=False, default=inf)

    def step(self, random: Random) -> int | None:
        """Start it, or kill it if its time has come; the code that it ended with by itself."""
        if self._process is None:
            self._process, self._until = self.start(), inf
        if self._until == inf and self.ready():
            self._until = time.monotonic() + random.uniform(*self.seconds)
        code = self._process.poll()
        if code is None and time.monotonic() < self._until:
            return None
        self.kills += code is None
        self.stop()
        assert code is None or code in self.codes, f"{self.start} ended with {code}"
        return code

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def torment(worker: Victim, *others: Victim) -> None:
    """Until the worker has ended with 0."""
    random, end = Random(len(others)), time.monotonic() + PATIENCE
    try:
        while worker.step(random) != 0:
            assert time.monotonic() < end, "it does not get done"
            for other in others:
                other.step(random)
            time.sleep(PAUSE)
    finally:
        for victim in (worker, *others):
            victim.stop()
