"""Garbage looked for seldom, while much is made that stays.

In: nothing. Out: a context within which the collector runs at most once in 10,000 new objects.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 10_000


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    first, *others = gc.get_threshold()
    gc.set_threshold(max(first, _OBJECTS), *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)
