"""When each head of a primary was seen: a replica's lag is told by that, and by no server's clock.

In: the heads that a primary was found to have, and when. Out: for how long a replica has lacked
something that the primary had. Pure: no I/O.
"""

import math
from collections import deque
from typing import NamedTuple

from kb.database.head_watch import HeadRow

_STEPS = 100
"""How many times of different heads are kept for the span."""


class Sighting(NamedTuple):
    """A head, and the last look at which it was not there yet."""

    head: HeadRow
    since: float


class HeadHistory:
    """Of one primary; a lag within `span` is told right, a longer one as longer than that."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._sightings: deque[Sighting] = deque()
        self._looked_at = -math.inf

    @property
    def newest(self) -> HeadRow | None:
        return self._sightings[-1].head if self._sightings else None

    def note(self, head: HeadRow, looked_at: float) -> None:
        """Since when a head was there that was not seen to come is unknown: it may be long."""
        if not self._sightings or not _may_follow(self._sightings[-1].head, head):
            self._sightings = deque([Sighting(head, -math.inf)])
        elif head != self._sightings[-1].head:
            self._append(head)
        self._looked_at = looked_at

    def _append(self, head: HeadRow) -> None:
        since = self._looked_at
        if since - self._sightings[-1].since < self._span / _STEPS:
            # As if it had come with the one before it: then a lag is rather told too long.
            since = self._sightings.pop().since
        self._sightings.append(Sighting(head, since))
        while len(self._sightings) > 1 and self._sightings[1].since < since - self._span:
            self._sightings.popleft()

    def lag(self, head: HeadRow, looked_at: float, now: float) -> float:
        """Seconds for which a replica's head has been too old; infinite if it is of no use.

        That is one of another stream, version or history than the primary's.
        """
        if not self._sightings:
            return math.inf
        newest = self._sightings[-1].head
        if (head.stream, head.version) != (newest.stream, newest.version):
            return math.inf
        if head.revision > newest.revision:
            # Ahead of a later look at the primary is only who went another way.
            return 0.0 if looked_at > self._looked_at else math.inf
        return self._time_since_missed(head, now)

    def _time_since_missed(self, head: HeadRow, now: float) -> float:
        lag = 0.0
        for sighting in reversed(self._sightings):
            if sighting.head.revision == head.revision and sighting.head.chain != head.chain:
                return math.inf
            if sighting.head.revision <= head.revision:
                break
            lag = now - sighting.since
        return lag


def _may_follow(former: HeadRow, head: HeadRow) -> bool:
    """Whether it may be a later head of the same history."""
    if head.stream != former.stream or head.revision < former.revision:
        return False
    return head.revision > former.revision or head.chain == former.chain
