"""How far something that takes long has come, told while it is done.

In: nothing. Out: `Told`, which whoever does it calls, and whoever shows it is; and `counted`, which
tells of what passes.
"""

from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar


class Told(Protocol):
    """Is told what is done, how many of its parts were, and how many there are."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def tell_nobody(what: str, done: int, total: int) -> None:
    """Whoever wants the outcome alone."""


_Batch = TypeVar("_Batch", bound=Sized)


def counted(told: Told, what: str, batches: Iterable[_Batch], total: int) -> Iterator[_Batch]:
    """The batches, each told once it was dealt with."""
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        told(what, done, total)
