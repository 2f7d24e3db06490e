"""Files written atomically: each is there whole or not at all.

In: a path and what writes the file. Out: a `WrittenFile` for the report. Each file is written under
another name, and renamed once it is on the disk.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from kb.errors import KBError


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of the folder; not `changed` if it had the same content before."""

    path: Path
    changed: bool


@contextmanager
def atomic_file(target: Path) -> Iterator[BufferedRandom]:
    """A new file, to write and to read, that takes the target's place once it is written whole."""
    new = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with new.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.is_file():
            shutil.copymode(target, new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def unwritable_error(error: OSError, folder: Path) -> KBError:
    what = f"cannot write {error.filename or folder}: {error.strerror}"
    return KBError(what, "name another folder")
