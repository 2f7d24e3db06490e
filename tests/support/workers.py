"""A service of several workers, asked over connections of one's own, each of which one worker has.

In: settings. Out: a `Crew`: the processes, which may be killed, and which of them answers whom.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from kb.config import Settings
from tests.chaos.commands import Command, at_free_port, start_command

_PROCESS = 16
"""Digits of an id of a request that tell the process which made it."""


class Crew:
    """The parent and its workers."""

    def __init__(self, command: Command, settings: Settings) -> None:
        self.command, self.settings = command, settings

    @property
    def processes(self) -> list[int]:
        """The workers'."""
        parent = self.command.number
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [int(number) for number in text.split()]

    def connect(self) -> HTTPConnection:
        connection = HTTPConnection(self.settings.host, self.settings.port, timeout=20)
        connection.connect()
        return connection

    def stop(self) -> int | None:
        os.kill(self.command.number, signal.SIGTERM)
        return self.command.wait()


def ask_worker(connection: HTTPConnection, target: str = "/livez") -> str:
    """Which worker answers; the answer is a good one."""
    connection.request("GET", target)
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    return (response.getheader("x-request-id") or "")[:_PROCESS]


def await_true(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < until, "it never comes"
        time.sleep(0.02)


@contextmanager
def running_crew(folder: Path, settings: Settings, **changed: object) -> Iterator[Crew]:
    """Once it is ready."""
    served = at_free_port(settings).model_copy(update={"workers": 2, **changed})
    command = start_command(folder, served, "serve")
    try:
        await_true(lambda: _is_told(folder / f"serve-{served.port}.txt", command))
        yield Crew(command, served)
    finally:
        command.kill()
        command.wait()


def _is_told(out: Path, command: Command) -> bool:
    assert command.poll() is None, out.read_text(encoding="utf-8")
    return "/graphql\n" in out.read_text(encoding="utf-8")
