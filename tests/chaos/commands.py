"""`kb` commands to be killed while they write.

In: a command line and settings. Out: a `Command`, a process of its own that runs `kb`; it is forked
from one that has done the imports, which take most of a short command's time. A `Watch` tells, by
what the system knows of a process, whether it is within a write transaction.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import psycopg

from kb.cli import main
from kb.config import Settings
from tests.test_cli import DATABASE_URL

_PAUSE = 0.001
OUT = "out.txt"
"""The file in its folder that a command prints to."""


class Watch(Protocol):
    def writes(self, process: int) -> bool:
        """Whether it is within a write transaction."""
        ...

    def await_end(self) -> None:
        """Until the engine is done with all who were there."""
        ...


class SqliteWatch:
    """SQLite's writer holds the lock on one byte of the file beside the WAL."""

    _LOCK = " 120 120"

    def writes(self, process: int) -> bool:
        held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        return any(f" {process} " in one and one.endswith(self._LOCK) for one in held)

    def await_end(self) -> None:
        """The kernel takes its locks from a process that ends."""


class PostgresqlWatch:
    """A transaction that writes has a number; the database is that of one process."""

    def __init__(self, server: psycopg.Connection, name: str) -> None:
        self._server, self._name = server, name

    def writes(self, process: int) -> bool:
        del process  # The server does not know it.
        return self._any("and backend_xid is not null")

    def await_end(self) -> None:
        while self._any(""):
            time.sleep(_PAUSE)

    def _any(self, which: str) -> bool:
        asked = f"select from pg_stat_activity where datname = %s {which}"
        return self._server.execute(asked.encode(), [self._name]).rowcount > 0


@contextmanager
def watch(settings: Settings) -> Iterator[Watch]:
    parts = urlsplit(settings.database_url)
    if parts.scheme == "sqlite":
        yield SqliteWatch()
        return
    server = parts._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        yield PostgresqlWatch(connection, parts.path.removeprefix("/"))


class Blow(NamedTuple):
    """What a kill hit: a process that had not ended, and one within a write transaction."""

    hit: bool
    in_transaction: bool


class Command:
    """A process that runs `kb`; time counts while it is within write transactions."""

    def __init__(self, process: ForkServerProcess, watch: Watch, out: Path) -> None:
        assert process.pid
        self._process, self._number, self._watch, self._out = process, process.pid, watch, out

    def end(self) -> float:
        """The seconds that it wrote for; it must end well."""
        wrote = self._await_writing(inf)
        assert self._process.exitcode == 0, self._out.read_text()
        return wrote

    def fault(self) -> str:
        """What it says as it fails; nothing if it ends well."""
        self._await_writing(inf)
        assert self._process.exitcode in (0, 1)
        return self._out.read_text() if self._process.exitcode else ""

    def kill(self, delay: float) -> Blow:
        """After so many seconds of writing."""
        self._await_writing(delay)
        writing = False
        with suppress(ProcessLookupError):
            os.kill(self._number, signal.SIGSTOP)
            writing = self._watch.writes(self._number)
        self._process.kill()
        self._process.join()
        self._watch.await_end()
        hit = self._process.exitcode == -signal.SIGKILL
        return Blow(hit, hit and writing)

    def _await_writing(self, wanted: float) -> float:
        """Until it has written for so many seconds, or ended."""
        wrote, now = 0.0, time.monotonic()
        while wrote < wanted and self._process.exitcode is None:
            time.sleep(_PAUSE)
            before, now = now, time.monotonic()
            if self._watch.writes(self._number):
                wrote += now - before
        return wrote


def start(folder: Path, settings: Settings, watch: Watch, *arguments: str) -> Command:
    """`kb` with these arguments, in that folder."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([__name__])
    process = forks.Process(target=_run, args=(folder, settings.database_url, arguments))
    process.start()
    return Command(process, watch, folder / OUT)


def _run(folder: Path, url: str, arguments: tuple[str, ...]) -> None:
    """`kb` as its console script runs it."""
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("KB_")]:
        del os.environ[name]
    os.environ[DATABASE_URL] = url
    with Path(OUT).open("wb") as out:
        for printed in (1, 2):
            os.dup2(out.fileno(), printed)
    sys.argv = ["kb", *arguments]
    main()
