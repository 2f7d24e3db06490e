"""`kb` commands that start in no time, to be hindered and killed.

In: a command line and settings. Out: a `Command`, a process of its own that runs `kb`: it is forked
from one that has done the imports, which take most of a short command's time.
"""

import multiprocessing
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from kb.cli import run_command
from kb.config import Settings
from tests.support.command import DATABASE_URL, await_port
from tests.support.service import free_port


class Command:
    """What it prints goes to the file `out`."""

    def __init__(self, process: ForkServerProcess, out: Path) -> None:
        assert process.pid
        self._process, self.number, self._out = process, process.pid, out

    def poll(self) -> int | None:
        """The exit code once it has ended; that of a signal is negative."""
        return self._process.exitcode

    def kill(self) -> None:
        """With SIGKILL."""
        self._process.kill()

    def wait(self) -> int | None:
        self._process.join()
        return self.poll()

    def fault(self) -> str:
        """What it tells as it fails; nothing if it ends well."""
        code = self.wait()
        assert code in (0, 1), code
        return self._out.read_text() if code else ""


def fork(folder: Path, settings: Settings, *arguments: str) -> Command:
    """`kb` with these arguments, in that folder."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([__name__])
    out = folder / f"{arguments[0]}-{settings.port}.txt"
    process = forks.Process(target=_run, args=(folder, out, settings, arguments))
    process.start()
    return Command(process, out)


def at_free_port(settings: Settings) -> Settings:
    return settings.model_copy(update={"port": free_port()})


def address(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def listens(settings: Settings) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((settings.host, settings.port)) == 0


@contextmanager
def serving(folder: Path, settings: Settings) -> Iterator[str]:
    """The address at which `kb serve` answers meanwhile."""
    server = fork(folder, settings, "serve")
    try:
        await_port(settings.port)
        yield address(settings)
    finally:
        server.kill()
        server.wait()


def _run(folder: Path, out: Path, settings: Settings, arguments: tuple[str, ...]) -> None:
    """`kb` as its console script runs it."""
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("KB_")]:
        del os.environ[name]
    os.environ[DATABASE_URL] = settings.database_url
    os.environ["KB_PORT"] = str(settings.port)
    with out.open("wb") as file:
        for printed in (1, 2):
            os.dup2(file.fileno(), printed)
    sys.argv = ["kb", *arguments]
    run_command()
