"""How long work may wait for whoever does it: controlled delay, decided at arrival.

In: work as it comes, and the seconds that each piece took once it was begun. Out: `Overloaded` for
what would wait too long. A queue of so many pieces holds a moment of light work and minutes of
heavy, so it is bounded by time: what is ahead of a newcomer, at the pace of late.

A crowd that comes at once may wait for a while. Where somebody had to be refused, more is asked
than can be done, and a long queue only makes everybody late. It is then as short as keeps all at
work, until nobody has been refused for a while.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kb.errors import Overloaded

PATIENCE, CROWD = 0.5, 3
"""Seconds that work may wait in calm times; or as long as so many pieces take, if that is more."""
STANDING = 2
"""Pieces that may wait while others are refused: the next ones to be begun."""
CALM_AFTER = 1.0
"""Seconds without a refusal after which times are calm again; or as long as a crowd may wait."""
STANDSTILL = 0.25
"""Seconds that one piece of work hardly takes: in so many the process may have stood still."""
_FIRST_GUESS, _WEIGHT = 0.02, 0.1
"""Seconds of a piece before any was measured; how much each one counts in their mean."""


class ControlledDelay:
    """One queue, and so many that work it off at once."""

    def __init__(self, servers: int, what: str) -> None:
        """`what` tells who is refused of what there is too much."""
        self.servers, self._what = servers, what
        self.present = 0
        """Pieces that wait or are being done."""
        self._service = _FIRST_GUESS
        self._refused_at = -math.inf

    @property
    def waiting(self) -> int:
        return max(0, self.present - self.servers)

    @property
    def is_refusing(self) -> bool:
        """Whether somebody was refused of late."""
        return time.monotonic() - self._refused_at < max(CALM_AFTER, CROWD * self._service)

    def refuses(self) -> bool:
        """Whether a piece that comes now is refused; then it counts as one that was."""
        if is_too_much := self._is_too_much(self.present + 1 - self.servers):
            self._refused_at = time.monotonic()
        return is_too_much

    @contextmanager
    def place(self) -> Iterator[None]:
        """While a piece waits and is done; raises Overloaded."""
        if self.refuses():
            raise Overloaded(self._what, "try again in a moment")
        self.present += 1
        try:
            yield
        finally:
            self.present -= 1

    def note(self, seconds: float) -> None:
        """Of a piece that is done, from its beginning."""
        self._service += (seconds - self._service) * _WEIGHT

    def _is_too_much(self, waiting: int) -> bool:
        if self.is_refusing:
            return waiting > STANDING
        seconds = waiting * self._service / self.servers
        return waiting > CROWD * self.servers and seconds > PATIENCE
