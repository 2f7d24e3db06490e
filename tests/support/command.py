"""`kb` as a user runs it: commands that end, and a server that is asked over HTTP.

In: a folder, arguments and settings. Out: what a command printed, or the address of a `kb serve`.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import pytest

from tests.support.forks import fork

KB = Path(sys.executable).parent / "kb"
DATABASE_URL = "KB_DATABASE_URL"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that ends, and what it printed."""
    with TemporaryDirectory() as streams:
        out, err = Path(streams, "out"), Path(streams, "err")
        process = fork(folder, arguments, bare_environment() | environment, out, err)
        process.join(60)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["kb", *arguments], 60)
        return subprocess.CompletedProcess(
            ["kb", *arguments],
            process.exitcode,
            out.read_text(encoding="utf-8"),
            err.read_text(encoding="utf-8"),
        )


def bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KB_")}


@contextmanager
def serving(
    folder: Path,
    port: int,
    before: Callable[[], object] | None = None,
    log: Path | None = None,
    /,
    **settings: str,
) -> Iterator[tuple[str, str]]:
    """A running `kb serve`: its address, and what it printed until then.

    `before` is called in its process before anything else; `log` is a file for what it complains.
    """
    with TemporaryDirectory() as streams:
        out, err = Path(streams, "out"), log or Path(streams, "err")
        environment = bare_environment() | {"KB_PORT": str(port)} | settings
        process = fork(folder, ("serve",), environment, out, err, before)
        try:
            yield f"http://127.0.0.1:{port}", _await_start(process, out, err)
        finally:
            # A shell has what it runs in the background, and all that this starts, ignore SIGINT.
            process.terminate()
            process.join(20)
            assert process.exitcode is not None, "it does not end"


def _await_start(server: ForkServerProcess, out: Path, err: Path) -> str:
    """What a server has printed once it has named its addresses."""
    while server.exitcode is None:
        output = out.read_text(encoding="utf-8") if out.exists() else ""
        if output.endswith("graphql\n"):
            return output
        time.sleep(0.01)
    pytest.fail(f"it ended: {err.read_text(encoding='utf-8')}")


def await_port(port: int) -> None:
    """Until something listens there, which on a busy machine takes a while."""
    for _ in range(800):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("nothing listens")


def ask_server(address: str, query: str) -> object:
    body = json.dumps({"query": query}).encode()
    request = Request(f"{address}/graphql", body, {"content-type": "application/json"})
    with urlopen(request, timeout=10) as response:
        return json.load(response)
