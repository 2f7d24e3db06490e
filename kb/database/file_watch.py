"""The file of an SQLite database, watched while it is open: whether it is there, and the same.

In: its path. Out: a `DatabaseLost` once it was removed, replaced, truncated or overwritten, or one
of SQLite's companion files was. It checks the files' status, which takes microseconds, and reads
the file's header only after something was written to it.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import randbits
from stat import S_IMODE, S_IWUSR
from typing import NamedTuple

from kb.errors import DatabaseLost, DatabaseMissing, Unavailable

APPLICATION_ID = 0x6B626462
"""`kbdb`: the application id in the header of an SQLite file."""
_HEADER = 100
_MAGIC = b"SQLite format 3\0"
_NUMBER = slice(60, 64)
"""Where in the header the file's own number is; older files have none."""
_COMPANIONS = ("-wal", "-shm")
"""How the names of the files end that SQLite keeps beside a database."""
_COMPANION_INTERVAL = 0.1
"""Seconds between two checks of the companion files."""
_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
_CLOSED = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_READONLY")
_DAMAGED, _FOREIGN = "SQLITE_CORRUPT", "SQLITE_NOTADB"
_PUT_BACK = "put it back, or restart the service with another"
_RESTART = "restore a backup if need be, and restart the service"


class Identity(NamedTuple):
    """Which file a path leads to."""

    device: int
    number: int


def identity(path: Path) -> Identity | None:
    """None if there is no such file, or it may not be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Identity(status.st_dev, status.st_ino)


def companion_files(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside a database: its log and the index of that."""
    return tuple(path.with_name(path.name + end) for end in _COMPANIONS)


def identities(path: Path) -> tuple[Identity | None, ...]:
    """The identities of the file and its companions."""
    return tuple(identity(file) for file in (path, *companion_files(path)))


def renumber_statement() -> str:
    """The statement that gives a file a new number, which distinguishes it from its copies."""
    return f"pragma user_version = {randbits(31)}"


def create_file(path: Path) -> None:
    """An empty file that is its owner's alone, where there is none; SQLite tells why it cannot be.

    Raises DatabaseMissing where the log of another one is left: it would be taken for its own.
    """
    if path.exists():
        return
    if leftovers := [file for file in companion_files(path) if file.exists()]:
        what = f"there is no database at {path}, but what belongs to one is at {leftovers[0]}"
        raise DatabaseMissing(what, "put the database back, or move that away")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return


def free_companions(path: Path) -> None:
    """Let their owner write to the companions that were made while the file was read-only.

    A process that has opened such a one keeps all its connections from writing, whatever becomes
    of the file.
    """
    for companion in companion_files(path):
        with suppress(OSError):
            mode = companion.stat().st_mode
            if not mode & S_IWUSR:
                companion.chmod(S_IMODE(mode) | S_IWUSR)


class DatabaseFile:
    """A file that is open; `close` it after all connections to it.

    It is read by one descriptor that stays open: to close one gives up SQLite's locks.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._name = path, str(path)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(self._descriptor)
        self._fingerprint = _fingerprint(status)
        self._number = self._read_number()
        self._companions: dict[Path, Identity] = {}
        self._next_check = self._checked = 0.0
        self._spoilt: tuple[str, object] | None = None

    def close(self) -> None:
        os.close(self._descriptor)

    def note_read(self) -> None:
        """After a statement, which makes the companions: a connection of ours holds them open.

        Before that they are others', who may remove them.
        """
        if len(self._companions) == len(_COMPANIONS):
            return
        for path in companion_files(self.path):
            if path not in self._companions and (now := identity(path)):
                self._companions[path] = now

    def check(self, max_age: float) -> None:
        """Raises DatabaseLost if it is no longer the file that was opened.

        A check is not repeated within `max_age` seconds. A removed file may be put back; a spoilt
        one stays so.
        """
        now = time.monotonic()
        if now - self._checked < max_age:
            return
        if self._spoilt:
            raise lost_error(*self._spoilt, _RESTART)
        try:
            status = os.stat(self._name)  # noqa: PTH116 - in half the time of a Path's.
        except OSError as error:
            raise lost_error("the database is gone", f"{self.path}: {error.strerror}") from None
        if _fingerprint(status) != self._fingerprint:
            self._check_changed(status)
        if now >= self._next_check:
            self._next_check = now + _COMPANION_INTERVAL
            self._check_companions()
        self._checked = now

    def has_successor(self) -> bool:
        """Whether another file is in its place, without companions of the old one."""
        current, *current_companions = identities(self.path)
        replaced = current is not None and current != self._fingerprint[:2]
        companions = {*self._companions.values()}
        return replaced and self._spoilt is None and companions.isdisjoint(current_companions)

    def _check_changed(self, status: os.stat_result) -> None:
        _, _, size, _ = self._fingerprint
        if _fingerprint(status)[:2] != self._fingerprint[:2]:
            raise lost_error("another file is in the place of the database", self.path)
        if status.st_size < size:
            raise self._mark_spoilt(
                "the database was cut off", f"{self.path}: {status.st_size} bytes"
            )
        number = self._read_number()
        if number != self._number and (number is None or any(self._number or b"")):
            raise self._mark_spoilt("the database was overwritten", self.path)
        self._fingerprint, self._number = _fingerprint(status), number

    def _check_companions(self) -> None:
        """They stay until the last connection ends."""
        for path, noted in self._companions.items():
            if identity(path) != noted:
                what = "a file that belongs to the database was removed or replaced"
                raise self._mark_spoilt(what, path)

    def _mark_spoilt(self, what: str, why: object) -> DatabaseLost:
        self._spoilt = what, why
        return lost_error(what, why, _RESTART)

    def _read_number(self) -> bytes | None:
        """The file's own number, zeros until one is given; None if it is no database."""
        header = os.pread(self._descriptor, _HEADER, 0)
        return header[_NUMBER] if header.startswith(_MAGIC) else None


def damage_error(error: BaseException | None) -> DatabaseLost | None:
    """The error of ours for a file that SQLite finds damaged, or no database at all."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(_DAMAGED):
        return DatabaseLost("the database is damaged", "restore a backup").with_note(error)
    if name.startswith(_FOREIGN):
        what = "the file is no SQLite database, or damaged from its beginning on"
        return DatabaseLost(what, "name another one, or restore a backup")
    return None


def unreadable_error(error: BaseException) -> Unavailable | None:
    """The error of ours for a reader that SQLite keeps from the file."""
    if getattr(error, "sqlite_errorname", "").startswith(_LOCKED):
        what = "another program keeps the database locked"
        return Unavailable(what, "try again in a moment").with_note(error)
    if getattr(error, "sqlite_errorname", "").startswith(_CLOSED):
        return lost_error("the database cannot be read", error, "look at its file, folder and disk")
    return damage_error(error)


def lost_error(what: str, why: object, remedy: str = _PUT_BACK) -> DatabaseLost:
    """File names go into a note, which only operators see."""
    return DatabaseLost(what, remedy).with_note(why)


def _fingerprint(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
