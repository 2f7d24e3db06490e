"""`kb` commands that start in no time, to be hindered and killed.

In: a command line and settings. Out: a `Command`, a process of its own that runs `kb`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.request import urlopen

from kb.config import Settings
from tests.support import forks
from tests.support.command import DATABASE_URL, await_port, bare_environment
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


def start_command(folder: Path, settings: Settings, *arguments: str) -> Command:
    """`kb` with these arguments, in that folder."""
    out = folder / f"{arguments[0]}-{settings.port}.txt"
    out.write_bytes(b"")
    # As fast as the machine can: who writes by one token would be held to 200 a second.
    variables = {
        "KB_MOST_REQUESTS": "0",
        DATABASE_URL: settings.database_url,
        "KB_PORT": str(settings.port),
        "KB_WORKERS": str(settings.workers),
        "KB_METRICS_PORT": str(settings.metrics_port),
    }
    return Command(forks.fork(folder, arguments, bare_environment() | variables, out, out), out)


def at_free_port(settings: Settings) -> Settings:
    return settings.model_copy(update={"port": free_port()})


def address(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def listens(settings: Settings) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((settings.host, settings.port)) == 0


@contextmanager
def run_server(folder: Path, settings: Settings) -> Iterator[str]:
    """The address at which `kb serve` answers meanwhile, once it is ready."""
    server = start_command(folder, settings, "serve")
    try:
        await_port(settings.port)
        with urlopen(f"{address(settings)}/readyz", timeout=30) as answer:
            assert answer.status == 200
        yield address(settings)
    finally:
        server.kill()
        server.wait()
