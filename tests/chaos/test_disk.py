"""A disk that is full: a clear error, reads go on, nothing is lost, and room is all it takes."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

import psycopg
import pytest

from kb.config import Settings
from tests.chaos.commands import at_free_port, run_server, start_command
from tests.chaos.copies import FeedCopy
from tests.chaos.curated import count_accepted, prepare_curated
from tests.chaos.figures import Chaos
from tests.chaos.inputs import INPUTS, Input
from tests.chaos.past import prove_past
from tests.chaos.siege import Siege
from tests.chaos.writer import official, record
from tests.support.command import ask_server
from tests.support.databases import Place, PostgresqlPlace, SqlitePlace, open_database, prepare
from tests.support.feeds import COUNTS

MEGABYTES = 64
ROOM = 2_000_000
"""More bytes than any of the inputs takes."""
SHORT, LONG = 1, 40
"""Steps from no room to that."""
DISK_FULL = re.compile(
    "([1-9].* pages?: .+\n)?(Ended after .+\n)?"
    "(the disk is full, or fails; .+\n.*(disk is full|disk I/O error|No space left on device).*\n"
    "(All of the files are taken, or none: run it again.\n)?"
    "|the database does not answer; .+\n.* No space left on device\n)"
)


@dataclass(frozen=True)
class Disk:
    """A file system of its own."""

    folder: Path

    def leave(self, room: int) -> None:
        """Fill it but for so many bytes; what was there last may be given back a little later."""
        for _ in range(50):
            self.clear()
            file_system = os.statvfs(self.folder)
            size = file_system.f_bavail * file_system.f_frsize - room
            with suppress(OSError), self._ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
                return
            time.sleep(0.05)
        pytest.fail("the disk could not be filled")

    def clear(self) -> None:
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@pytest.fixture
def disk() -> Iterator[Disk]:
    folder = Path(mkdtemp(prefix="kb-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


@contextmanager
def on(disk: Disk, place: Place, template: Settings) -> Iterator[Settings]:
    """A database of which the records alone are on the disk, with what the engine needs beside."""
    if isinstance(place, SqlitePlace):
        yield SqlitePlace(disk.folder).create(template)
        return
    assert isinstance(place, PostgresqlPlace)
    settings = place.create(template)
    name = urlsplit(settings.database_url).path.removeprefix("/")
    with psycopg.connect(place.server, autocommit=True) as server:
        (data,) = server.execute("show data_directory").fetchone() or ("",)
        if not Path(data).is_dir():
            pytest.skip("the disk of the PostgreSQL server is not here")
        shutil.chown(disk.folder, Path(data).owner())
        server.execute(f"create tablespace disk_{name} location '{disk.folder}'".encode())
        server.execute(f"alter database {name} set tablespace disk_{name}".encode())
        try:
            yield settings
        finally:
            server.execute(f"drop database {name} with (force)".encode())
            server.execute(f"drop tablespace disk_{name}".encode())


@pytest.mark.parametrize("given", INPUTS, ids=lambda command_input: str(command_input.command))
def test_a_full_disk_is_told_and_harms_nothing(
    place: Place,
    migrated: Settings,
    disk: Disk,
    tmp_path: Path,
    chaos: Chaos,
    given: Input,
) -> None:
    steps, faults = chaos.of(SHORT, LONG), 0
    with on(disk, place, migrated) as created:
        settings = at_free_port(created)
        siege = Siege(settings, tmp_path, given)
        with run_server(tmp_path, settings) as server:
            for step in range(steps + 1):
                disk.leave(ROOM * step // steps)
                fault = siege.begin().fault()
                read = ask_server(server, COUNTS)
                disk.clear()
                assert siege.survey() == (fault == "")
                assert read == {"data": {"feed": {"counts": siege.copy.counts()}}}
                assert fault == "" or DISK_FULL.fullmatch(fault), fault
                faults += fault != ""
        siege.end()
    assert 0 < faults <= steps
    chaos.tell(
        f"`kb {given.command}` on a full disk",
        settings,
        f"{faults} of {steps + 1} told that it is full; none half-written, every read answered",
    )


def test_a_mutation_on_a_full_disk_is_refused_and_can_be_sent_again(
    place: Place, migrated: Settings, disk: Disk, tmp_path: Path, chaos: Chaos
) -> None:
    with on(disk, place, migrated) as created:
        service = prepare_curated(created, tmp_path)
        with run_server(tmp_path, service.settings) as server:
            disk.leave(0)
            number, message = first_refusal(server, service.token)
            assert ask_server(server, "{ revision }")
            disk.clear()
            record(server, service.token, [official("writer", number)])
        assert "507" in message
        assert '"code": "STORAGE_FAILED"' in message
        assert "the disk is full, or fails; " in message
        with open_database(service.settings) as db:
            copy = FeedCopy()
            copy.follow(db)
            copy.prove(db)
            prove_past(db, copy.changes)
            assert set(count_accepted(db).values()) == {1}
            assert count_accepted(db).total() == number + 1
    chaos.tell(
        "a mutation on a full disk",
        service.settings,
        "507 with STORAGE_FAILED; sent again with the same key, it is done once",
    )


def first_refusal(server: str, token: str) -> tuple[int, str]:
    """Pages that have room left take in a few."""
    for number in range(200):
        try:
            record(server, token, [official("writer", number)])
        except RuntimeError as error:
            return number, str(error)
    pytest.fail("the disk was not full")


def test_a_disk_too_full_to_open_the_database_is_told(disk: Disk, tmp_path: Path) -> None:
    """A server keeps its database open: this is about the embedded one."""
    settings = prepare(SqlitePlace(disk.folder).create())
    disk.leave(0)
    for command in (("check",), ("load", "."), ("serve",)):
        assert DISK_FULL.fullmatch(start_command(tmp_path, settings, *command).fault())
    disk.clear()
    assert start_command(tmp_path, settings, "check").fault() == ""
