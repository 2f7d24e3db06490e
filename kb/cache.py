"""A cache that is bounded by the total weight of its values, such as bytes.

In: values by their keys, and the weight of each. Out: the values that were used last. A value that
would take more than a small part of the whole is not kept.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_PART = 8
"""One value may take this part of the whole at most: an eighth."""
ENTRY_OVERHEAD = 500
"""Bytes that an entry takes beside its key and value."""


class WeightedCache(Generic[K, V]):
    """Values that together weigh no more than `most`."""

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[K, tuple[int, V]] = LRUCache(most, lambda kept: kept[0])

    def find(self, key: K) -> V | None:
        entry = self._kept.get(key)
        return entry[1] if entry else None

    def keep(self, key: K, value: V, weight: int) -> None:
        if weight <= self._kept.maxsize // _PART:
            self._kept[key] = weight, value

    def clear(self) -> None:
        self._kept.clear()

    @property
    def weight(self) -> int:
        return int(self._kept.currsize)
