"""What is put aside for slow clients: the same bytes, soon, and within bounds of the disk."""

import resource
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.server import spool
from kb.server.spool import spooled

BLOCKS = [bytes([65 + number % 26]) * (1 + 37 * number % 5_000) for number in range(60)]


class Source:
    """Blocks, and how far they have been made."""

    def __init__(self) -> None:
        self.made = 0
        self.is_closed = False

    def blocks(self) -> Generator[bytes, None, None]:
        try:
            for block in BLOCKS:
                self.made += 1
                yield block
        finally:
            self.is_closed = True


@pytest.fixture
def source() -> Source:
    return Source()


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system refuses to let any file grow beyond that, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_who_takes_what_there_is_puts_nothing_aside(source: Source) -> None:
    for number, block in enumerate(spooled(source.blocks())):
        assert (block, source.made) == (BLOCKS[number], number + 1)
    assert source.is_closed


def test_for_who_is_slow_all_is_made_at_once(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PATIENCE", 0.2)
    taken = spooled(source.blocks())
    got = [next(taken) for _ in range(3)]
    assert source.made == 3
    time.sleep(0.2)
    got.append(next(taken))
    assert source.is_closed
    assert b"".join([*got, *taken]) == b"".join(BLOCKS)


@pytest.mark.parametrize("most", [0, 1, 5_000, 20_000, 10**9])
@pytest.mark.parametrize("patience", [0.0, 0.001])
def test_what_is_given_is_what_was_made_whatever_there_is_room_for(
    source: Source, monkeypatch: pytest.MonkeyPatch, patience: float, most: int
) -> None:
    monkeypatch.setattr(spool, "PATIENCE", patience)
    monkeypatch.setattr(spool, "MOST", most)
    got = b""
    for block in spooled(source.blocks()):
        got += block
        ahead = sum(map(len, BLOCKS[: source.made])) - len(got)
        assert ahead <= most + max(map(len, BLOCKS))
        time.sleep(0.0005)
    assert got == b"".join(BLOCKS)


def test_a_disk_that_is_full_loses_nothing(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spool, "PATIENCE", 0.0)
    with files_up_to(12_345):
        got = b"".join(spooled(source.blocks()))
    assert got == b"".join(BLOCKS)
    source.made = 0
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert b"".join(spooled(source.blocks())) == b"".join(BLOCKS)


def test_who_goes_ends_what_makes_it(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    for patience in (10.0, 0.0):
        monkeypatch.setattr(spool, "PATIENCE", patience)
        source.is_closed = False
        taken = spooled(source.blocks())
        for _ in range(3):
            next(taken)
        taken.close()
        assert source.is_closed
