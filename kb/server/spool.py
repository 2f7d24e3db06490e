"""What is made faster than it is taken: put aside, so that whatever makes it need not wait.

In: blocks, as they are made. Out: the same blocks. Once they have waited for some seconds for who
takes them, what follows is written to a temporary file at full speed, and given from there: a
transaction that it is read in ends in seconds, and not when a slow client does. A file holds so
much at most; what is made beyond that, or finds no room on the disk, is made as it is taken.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, suppress
from io import FileIO
from tempfile import TemporaryFile

PATIENCE = 5.0
"""Seconds for which blocks may wait, all together."""
MOST = 64_000_000
"""Bytes of one file: of all downloads that there may be at once, what a container's memory bears,
where that is what its temporary files are in."""
_PIECE = 64_000


def spooled(blocks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    with closing(blocks):
        waited = 0.0
        for block in blocks:
            given = time.monotonic()
            yield block
            waited += time.monotonic() - given
            if waited >= PATIENCE:
                yield from _through_file(blocks)
                waited = 0.0


def _through_file(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """As many as there is room for, and one more; none where no file can be made."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(TemporaryFile(buffering=0))
        except OSError:
            return
        beyond = _fill(file, blocks)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
    if beyond:
        yield beyond


def _fill(file: FileIO, blocks: Iterator[bytes]) -> bytes:
    """The block that there was no room for."""
    for block in blocks:
        if not _fits(file, block):
            return block
    return b""


def _fits(file: FileIO, block: bytes) -> bool:
    end = file.tell()
    with suppress(OSError):
        if end + len(block) <= MOST and file.write(block) == len(block):
            return True
    file.seek(end)
    file.truncate()
    return False
