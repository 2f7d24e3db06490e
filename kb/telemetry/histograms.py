"""Requests counted and timed, once each, by all that the metrics tell them apart by.

In: records of requests. Out: a `Histogram` for each combination of `RequestTraits` that occurred,
and sums of these. How many there may be does not depend on what clients send: methods, routes and
codes are of known lists. A histogram of prometheus-client takes four times as long for a request.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

from kb.telemetry.record import RequestRecord

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds; beyond the last is one more."""
_METHODS = frozenset(
    ("", "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
)
OTHER = "_OTHER"
"""For methods that are not known, by OpenTelemetry's conventions."""
K = TypeVar("K", bound=Hashable)


class RequestTraits(NamedTuple):
    """Of a request, or of an operation of a WebSocket, which has no method; "" is none."""

    method: str
    route: str
    status: int
    operation: str
    code: str
    cached: bool | None


_Key = tuple[str, str, int, str, str, bool | None]
"""`RequestTraits`, which take as long to make as all the rest."""


class Histogram:
    """How many requests there were in each bucket, and how long they took together."""

    def __init__(self) -> None:
        self.counts, self.seconds = [0] * (len(BOUNDS) + 1), 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def merge(self, other: "Histogram") -> None:
        self.counts = [sum(pair) for pair in zip(self.counts, other.counts, strict=True)]
        self.seconds += other.seconds

    @property
    def count(self) -> int:
        return sum(self.counts)


class Histograms:
    """Of one service."""

    def __init__(self) -> None:
        self._histograms: dict[_Key, Histogram] = {}

    def add(self, records: Iterable[RequestRecord]) -> None:
        histograms = self._histograms
        for record in records:
            key = (
                record.method if record.method in _METHODS else OTHER,
                record.route,
                record.status,
                record.operation.kind if record.operation else "",
                record.code,
                record.cached,
            )
            if key not in histograms:
                histograms[key] = Histogram()
            histograms[key].add(record.ended - record.begun)

    def summed(self, key: Callable[[RequestTraits], K | None]) -> dict[K, Histogram]:
        """Those that have the same key, together; those that have none are left out."""
        sums: dict[K, Histogram] = {}
        # A copy: whoever asks may do so from another thread.
        for traits, histogram in [*self._histograms.items()]:
            if (together := key(RequestTraits(*traits))) is not None:
                sums.setdefault(together, Histogram()).merge(histogram)
        return sums
