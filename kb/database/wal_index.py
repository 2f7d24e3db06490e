"""The index of SQLite's log, read as it stands in memory: whether anything was committed.

In: the path of a database whose log a connection has open. Out: a number that changes with every
commit, whoever makes it. SQLite compares the same bytes when it begins to read; to ask it
(`pragma data_version`) takes two locks of the file, which is a sixth of the time of a kept answer.
The bytes are told by https://www.sqlite.org/walformat.html#walidxfmt.
"""

import mmap
import os
import sys
from pathlib import Path

_HEADER = 48
"""Bytes that each commit writes anew, last of all: a counter, the end of the log, checksums."""
_VERSION = (3_007_000).to_bytes(4, sys.byteorder)
"""Of the index's form, which they begin with."""


class WalIndex:
    """`close` it after all connections to the database: a descriptor that is closed takes SQLite's
    locks of the file with it.
    """

    def __init__(self, database: Path) -> None:
        """Raises OSError where it has no log."""
        index = database.with_name(f"{database.name}-shm")
        self._descriptor = os.open(index, os.O_RDONLY | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._descriptor, _HEADER, access=mmap.ACCESS_READ)

    def number(self) -> int | None:
        """None where the index has another form."""
        header = self._memory[:_HEADER]
        return int.from_bytes(header) if header.startswith(_VERSION) else None

    def close(self) -> None:
        self._memory.close()
        os.close(self._descriptor)
