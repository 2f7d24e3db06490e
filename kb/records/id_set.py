"""Numbers of records, as a set that a million of them do not make large.

In: the small integers that number records. Out: a set of them, in their order; it takes one byte
for each number that there may be, whether it is there or not. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet


class IdSet(AbstractSet[int]):
    """Iterated, it gives them from the smallest on."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._marks = bytearray()
        self.update(numbers)

    def add(self, number: int) -> None:
        if number >= len(self._marks):
            # Half as many again, so that growing by ones costs little.
            self._marks.extend(bytes(number + number // 2 + 1 - len(self._marks)))
        self._marks[number] = 1

    def update(self, numbers: Iterable[int]) -> None:
        marks = self._marks
        for number in numbers:
            if number < len(marks):
                marks[number] = 1
            else:
                self.add(number)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._marks[number : number + 1] == b"\1"

    def __iter__(self) -> Iterator[int]:
        number = self._marks.find(1)
        while number >= 0:
            yield number
            number = self._marks.find(1, number + 1)

    def __len__(self) -> int:
        return self._marks.count(1)
