"""Files written atomically: each is there whole or not at all.

In: a path and what writes the file. Out: a `WrittenFile` for the report. Each file is written under
another name, and renamed once it is on the disk.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    remove_leftovers(target)
    new = unfinished_path(target)
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


def unfinished_path(target: Path) -> Path:
    """What this process writes beside the target, before it takes the target's place."""
    return target.with_name(f".{target.name}.{os.getpid()}")


def remove_leftovers(target: Path) -> None:
    """What commands that were killed left unfinished beside the target."""
    name = re.compile(rf"\.{re.escape(target.name)}\.(\d+)(?:\..*)?")
    for path in target.parent.iterdir():
        if (match := name.fullmatch(path.name)) and not _is_running(int(match[1])):
            with suppress(PermissionError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_running(process: int) -> bool:
    """Whether another process of that number is; in a container each command may have the same."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def unwritable_error(error: OSError, folder: Path) -> KBError:
    what = f"cannot write {error.filename or folder}: {error.strerror}"
    return KBError(what, "name another folder")
