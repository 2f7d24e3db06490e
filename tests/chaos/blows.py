"""Kills that hit a command as it writes.

In: a running command, and a `Watch`, which tells by what the system knows of a process whether it
is within a write transaction. Out: how long it wrote for, or what a kill hit: a `KillOutcome`.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import psycopg

from kb.config import Settings
from tests.chaos.commands import Command

_PAUSE = 0.001


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
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        return any(f" {process} " in lock and lock.endswith(self._LOCK) for lock in locks)

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
        # Idle ones do nothing more, and may be of this process: of a pool that was closed while it
        # connected, which waits for the garbage collector.
        while self._any("and state <> 'idle'"):
            time.sleep(_PAUSE)

    def _any(self, condition: str) -> bool:
        statement = f"select from pg_stat_activity where datname = %s {condition}"
        return self._server.execute(statement.encode(), [self._name]).rowcount > 0


@contextmanager
def watch(settings: Settings) -> Iterator[Watch]:
    parts = urlsplit(settings.database_url)
    if parts.scheme == "sqlite":
        yield SqliteWatch()
        return
    server = parts._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        yield PostgresqlWatch(connection, parts.path.removeprefix("/"))


class KillOutcome(NamedTuple):
    """What a kill hit: a process that had not ended, and one within a write transaction."""

    hit: bool
    in_transaction: bool


def writing_seconds(command: Command, watch: Watch) -> float:
    """The seconds that it writes for until it ends, and well."""
    wrote = _await_writing(command, watch, inf)
    assert command.fault() == ""
    return wrote


def kill_while_writing(command: Command, watch: Watch, delay: float) -> KillOutcome:
    """Kill it after so many seconds of writing."""
    _await_writing(command, watch, delay)
    writing = False
    with suppress(ProcessLookupError):
        # Stopped, it is still where it is killed.
        os.kill(command.number, signal.SIGSTOP)
        writing = watch.writes(command.number)
    command.kill()
    hit = command.wait() == -signal.SIGKILL
    watch.await_end()
    return KillOutcome(hit, hit and writing)


def _await_writing(command: Command, watch: Watch, wanted: float) -> float:
    """Until it has written for so many seconds, or ended."""
    wrote, now = 0.0, time.monotonic()
    while wrote < wanted and command.poll() is None:
        time.sleep(_PAUSE)
        before, now = now, time.monotonic()
        if watch.writes(command.number):
            wrote += now - before
    return wrote
