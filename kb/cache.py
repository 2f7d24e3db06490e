"""What is kept to be used again, never more of it than was allowed.

In: values by their keys, and what each weighs. Out: the values that were used last. What would take
more than a small part of the whole is not kept.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_PART = 8
BESIDE = 500
"""Bytes that whatever is kept takes beside its own."""


class Weighed(Generic[K, V]):
    """Values that together weigh no more than `most`."""

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[K, tuple[int, V]] = LRUCache(most, lambda kept: kept[0])

    def find(self, key: K) -> V | None:
        found = self._kept.get(key)
        return found[1] if found else None

    def keep(self, key: K, value: V, weight: int) -> None:
        if weight <= self._kept.maxsize // _PART:
            self._kept[key] = weight, value

    def clear(self) -> None:
        self._kept.clear()

    @property
    def weight(self) -> int:
        return int(self._kept.currsize)
