"""Numbers of records, as a set that a million of them do not make large.

In: the small integers that number records. Out: a set of them, in their order. Many take one byte
for each number that there may be, whether it is there or not; a few take no more, however large
they are, so that what a small write does with them does not grow with the base. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

_FEW = 1000


class IdSet(AbstractSet[int]):
    """Iterated, it gives them from the smallest on."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._few = set[int]()
        self._marks = bytearray()
        """All of them, once they are more than a few."""
        self.update(numbers)

    def add(self, number: int) -> None:
        self.update((number,))

    def update(self, numbers: Iterable[int]) -> None:
        remaining = iter(numbers)
        while not self._marks and (some := [*islice(remaining, _FEW)]):
            self._few.update(some)
            if len(self._few) > _FEW:
                self._mark_all(self._few)
                self._few.clear()
        self._mark_all(remaining)

    def _mark_all(self, numbers: Iterable[int]) -> None:
        marks = self._marks
        for number in numbers:
            if number >= len(marks):
                # Half as many again, so that growing by ones costs little.
                marks.extend(bytes(number + number // 2 + 1 - len(marks)))
            marks[number] = 1

    def __contains__(self, number: object) -> bool:
        if not self._marks:
            return number in self._few
        return isinstance(number, int) and self._marks[number : number + 1] == b"\1"

    def __iter__(self) -> Iterator[int]:
        yield from sorted(self._few)
        number = self._marks.find(1)
        while number >= 0:
            yield number
            number = self._marks.find(1, number + 1)

    def __len__(self) -> int:
        return len(self._few) + self._marks.count(1)
