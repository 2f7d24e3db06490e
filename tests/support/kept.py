"""Files that many tests begin with, made once for a run by whichever of its processes is first.

In: a name that says all that decides a file, and what makes it. Out: its path; it is to be copied.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

KEPT = "TESTS_KEPT"
"""The environment variable by which the processes of a run know where the files are."""


@contextmanager
def keeping() -> Iterator[None]:
    """A run of its own, for all processes that are started within it."""
    with TemporaryDirectory(prefix="kb-kept-") as folder:
        os.environ[KEPT] = folder
        yield


def keep(name: str, make: Callable[[Path], object]) -> Path:
    """Nobody sees a file that is not whole; who comes while it is made waits for it."""
    folder = Path(os.environ.get(KEPT) or _own_folder().name)
    kept = folder / name
    with Path(folder, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with TemporaryDirectory(dir=folder) as made:
                make(Path(made, name))
                Path(made, name).rename(kept)
    return kept


@cache
def _own_folder() -> TemporaryDirectory[str]:
    """Of a process that is part of no run, such as a bench."""
    return TemporaryDirectory(prefix="kb-kept-")
