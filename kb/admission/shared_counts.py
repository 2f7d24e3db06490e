"""What all workers of a service count together, in memory that they share.

In: how many workers there are, before the first of them is forked. Out: tables for `Rates` and
`Seats`. No worker waits for another one: a lock that one of them held while the system lets it
stand would hold up all. What two write of one client at the very same moment may count once.
"""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_WAYS, _SETS = 8, 2_048
"""Clients that share a set of places, and how many sets there are."""
_SET = struct.Struct(f"={_WAYS}q{_WAYS}d")
_KEY, _TIME = struct.Struct("=q"), struct.Struct("=d")


def _key(client: str) -> int:
    """Alike in all that were forked from one process; 0 is nobody's."""
    return hash(client) or 1


class RateTable:
    """When the bucket of each client is full again, as `Rates` keeps it.

    Where no place is free in a client's set, that one is forgotten whose bucket is full first.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SETS * _SET.size)

    def get(self, client: str, default: float) -> float:
        key = _key(client)
        row = _SET.unpack_from(self._memory, key % _SETS * _SET.size)
        keys = row[:_WAYS]
        return float(row[_WAYS + keys.index(key)]) if key in keys else default

    def put(self, client: str, full_at: float) -> None:
        key = _key(client)
        start = key % _SETS * _SET.size
        row = _SET.unpack_from(self._memory, start)
        keys, times = row[:_WAYS], row[_WAYS:]
        way = keys.index(key) if key in keys else times.index(min(times))
        _KEY.pack_into(self._memory, start + way * _KEY.size, key)
        _TIME.pack_into(self._memory, start + _WAYS * _KEY.size + way * _TIME.size, full_at)


class SeatTable:
    """Who has a seat at which worker; each writes its own part alone."""

    def __init__(self, workers: int, most: int) -> None:
        """`most` is how many seats there are in all, which one worker may give out."""
        self._most, self.worker = most, 0
        self._memory = memoryview(mmap.mmap(-1, workers * most * _KEY.size)).cast("q")

    def total(self) -> int:
        return len(self._memory) - self._memory.tolist().count(0)

    def count(self, client: str) -> int:
        return self._memory.tolist().count(_key(client))

    @contextmanager
    def occupy(self, client: str) -> Iterator[None]:
        part = self._part(self.worker)
        place = part.tolist().index(0)
        part[place] = _key(client)
        try:
            yield
        finally:
            part[place] = 0

    def clear(self, worker: int) -> None:
        """Of a worker that is no more."""
        part = self._part(worker)
        for place in range(self._most):
            part[place] = 0

    def _part(self, worker: int) -> memoryview:
        return self._memory[worker * self._most : (worker + 1) * self._most]


class SharedCounts:
    """All of it: requests and failed tokens by rate, subscriptions and downloads by seats."""

    def __init__(self, workers: int, subscriptions: int, downloads: int) -> None:
        self.requests, self.failures = RateTable(), RateTable()
        self.subscriptions = SeatTable(workers, subscriptions)
        self.downloads = SeatTable(workers, downloads)

    def count_as(self, worker: int) -> None:
        """In a worker, once it is forked."""
        self.subscriptions.worker = self.downloads.worker = worker

    def clear(self, worker: int) -> None:
        """The seats of a worker that is no more; rates end by themselves."""
        self.subscriptions.clear(worker)
        self.downloads.clear(worker)
