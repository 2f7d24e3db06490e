"""Files of a folder, each there whole or not at all.

In: a path and what writes the file. Out: a `Written` to be told. Each file is written under
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
class Written:
    """A file of the folder; not `changed` if it held just that already."""

    path: Path
    changed: bool


@contextmanager
def whole_file(target: Path) -> Iterator[BufferedRandom]:
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


def unwritable(error: OSError, folder: Path) -> KBError:
    what = f"cannot write {error.filename or folder}: {error.strerror}"
    return KBError(what, "name another folder")
