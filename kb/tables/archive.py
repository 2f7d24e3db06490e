"""All flat tables of one moment in one file, zip or tar.zst, made while they are read.

In: files with their sizes, and what gives their bytes. Out: the bytes of the archive in blocks, so
that memory does not grow with the rows. Dates are fixed: the same files give the same bytes. Pure:
no I/O.
"""

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import zstandard

_MODE = 0o644
_LEVEL = 3
"""Of zstd, its own default."""


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file of an archive; its size stands before it."""

    name: str
    size: int
    blocks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class ArchiveFormat:
    media_type: str
    pack: Callable[[Iterable[ArchiveMember]], Iterator[bytes]]


class _Sink:
    """What is written to it is taken out again; it is never gone back in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing: its content is still to be drained."""

    def drain(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def pack_zip(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    sink = _Sink()
    with ZipFile(sink, "w") as archive:
        for member in members:
            # Of 1980, the first year that a zip can have.
            info = ZipInfo(member.name)
            info.compress_type, info.file_size = ZIP_DEFLATED, member.size
            info.external_attr = _MODE << 16
            with archive.open(info, "w") as file:
                for block in member.blocks:
                    file.write(block)
                    yield sink.drain()
    yield sink.drain()


def pack_tar_zst(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(_LEVEL).compressobj()
    for block in _tar_blocks(members):
        yield compressor.compress(block)
    yield compressor.flush()


def _tar_blocks(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    for member in members:
        info = tarfile.TarInfo(member.name)
        info.size, info.mode = member.size, _MODE
        yield info.tobuf(tarfile.GNU_FORMAT)
        yield from member.blocks
        yield bytes(-member.size % tarfile.BLOCKSIZE)
    yield bytes(tarfile.RECORDSIZE)


ARCHIVES = {
    "tables.zip": ArchiveFormat("application/zip", pack_zip),
    "tables.tar.zst": ArchiveFormat("application/zstd", pack_tar_zst),
}
