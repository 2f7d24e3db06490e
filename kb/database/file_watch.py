"""The file of an SQLite database, watched while it is open: whether it is there, and the same.

In: its path. Out: a `DatabaseLost` as soon as it was removed, replaced, cut off or overwritten, or
a file that SQLite keeps beside it was. It looks at what the system knows of the files, which takes
microseconds, and into the file only after something was written to it.
"""

import os
import time
from pathlib import Path
from secrets import randbits
from typing import NamedTuple

from kb.errors import DatabaseLost, DatabaseMissing

OURS = 0x6B626462
"""`kbdb`: what the format of the file calls the id of an application."""
_HEADER = 100
_MAGIC = b"SQLite format 3\0"
_NUMBER = slice(60, 64)
"""Where in the header the file's own number stands: none in what is older."""
_EVERY = 0.1
"""Seconds between two looks at the files beside."""
_CLOSED = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_READONLY")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_BACK = "put it back, or restart the service with another"
_RESTART = "restore a backup if need be, and restart the service"


class Identity(NamedTuple):
    """Which file a path leads to."""

    device: int
    number: int


def identity(path: Path) -> Identity | None:
    """None if there is no such file, or nobody may ask."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


def beside(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside one."""
    return tuple(path.with_name(path.name + end) for end in ("-wal", "-shm"))


def identities(path: Path) -> tuple[Identity | None, ...]:
    """Of the file and of those beside it."""
    return tuple(identity(one) for one in (path, *beside(path)))


def number_anew() -> str:
    """The statement that gives a file a number, by which it is told from its copies."""
    return f"pragma user_version = {randbits(31)}"


def create(path: Path) -> None:
    """An empty file that is its owner's alone, where there is none; SQLite tells why it cannot be.

    Raises DatabaseMissing where the log of another one is left: it would be taken for its own.
    """
    if path.exists():
        return
    if left := [one for one in beside(path) if one.exists()]:
        what = f"there is no database at {path}, but what belongs to one is at {left[0]}"
        raise DatabaseMissing(what, "put the database back, or move that away")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return


class DatabaseFile:
    """A file that is open; `close` it after all connections to it.

    It is read by one descriptor that stays open: to close one gives up SQLite's locks.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._name = path, str(path)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        found = os.fstat(self._descriptor)
        self._seen = _seen(found)
        self._number = self._read_number()
        self._beside: dict[Path, Identity] = {}
        self._next = self._checked = 0.0
        self._spoilt: tuple[str, object] | None = None

    def close(self) -> None:
        os.close(self._descriptor)

    def check(self, within: float) -> None:
        """Raises DatabaseLost if it was no longer what was opened, so many seconds ago or now.

        It may come back to its path; if it was spoilt it stays so.
        """
        now = time.monotonic()
        if now - self._checked < within:
            return
        if self._spoilt:
            raise lost(*self._spoilt, _RESTART)
        try:
            found = os.stat(self._name)  # noqa: PTH116 - in half the time of a Path's.
        except OSError as error:
            raise lost("the database is gone", f"{self.path}: {error.strerror}") from None
        if _seen(found) != self._seen:
            self._look(found)
        if now >= self._next:
            self._next = now + _EVERY
            self._look_beside()
        self._checked = now

    def has_successor(self) -> bool:
        """Whether another file is in its place, and nothing of its own beside that."""
        own, *others = identities(self.path)
        replaced = own is not None and own != self._seen[:2]
        former = {*self._beside.values()}
        return replaced and self._spoilt is None and former.isdisjoint(others)

    def _look(self, found: os.stat_result) -> None:
        _, _, size, _ = self._seen
        if _seen(found)[:2] != self._seen[:2]:
            raise lost("another file is in the place of the database", self.path)
        if found.st_size < size:
            raise self._spoil("the database was cut off", f"{self.path}: {found.st_size} bytes")
        number = self._read_number()
        if number != self._number and (number is None or any(self._number or b"")):
            raise self._spoil("the database was overwritten", self.path)
        self._seen, self._number = _seen(found), number

    def _look_beside(self) -> None:
        """They come with the first statement, and stay until the last connection ends."""
        for path in beside(self.path):
            now = identity(path)
            if path in self._beside and now != self._beside[path]:
                what = "a file that belongs to the database was removed or replaced"
                raise self._spoil(what, path)
            if now:
                self._beside[path] = now

    def _spoil(self, what: str, why: object) -> DatabaseLost:
        self._spoilt = what, why
        return lost(what, why, _RESTART)

    def _read_number(self) -> bytes | None:
        """Its own, all zeros until it is given one; none if it is no database."""
        header = os.pread(self._descriptor, _HEADER, 0)
        return header[_NUMBER] if header.startswith(_MAGIC) else None


def damage(error: BaseException | None) -> DatabaseLost | None:
    """What SQLite says of a file that it cannot make sense of."""
    if getattr(error, "sqlite_errorname", "").startswith(_DAMAGED):
        return DatabaseLost("the database is damaged", "restore a backup").with_note(error)
    return None


def unreadable(error: BaseException) -> DatabaseLost | None:
    """What keeps whoever only reads from it."""
    if getattr(error, "sqlite_errorname", "").startswith(_CLOSED):
        return lost("the database cannot be read", error, "look at its file, folder and disk")
    return damage(error)


def lost(what: str, why: object, remedy: str = _BACK) -> DatabaseLost:
    """Names of files are noted: they are for who runs the service."""
    return DatabaseLost(what, remedy).with_note(why)


def _seen(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
