"""`kb` as a user runs it: commands that end, and a server that is asked over HTTP.

In: a folder, arguments and settings. Out: what a command printed, or the address of a `kb serve`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

KB = Path(sys.executable).parent / "kb"
DATABASE_URL = "KB_DATABASE_URL"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KB, *arguments],
        cwd=folder,
        env=bare_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KB_")}


@contextmanager
def serving(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """A running `kb serve`: its address, and what it printed until then."""
    process = subprocess.Popen(
        [KB, "serve"],
        cwd=folder,
        env=bare_environment() | {"KB_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = ""
        while "schema.graphql" not in told:
            line = process.stdout.readline()
            assert line, "it ended"
            told += line
        yield f"http://127.0.0.1:{port}", told
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def await_port(port: int) -> None:
    """Until something listens there."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("nothing listens")


def ask(address: str, query: str) -> object:
    body = json.dumps({"query": query}).encode()
    request = Request(f"{address}/graphql", body, {"content-type": "application/json"})
    with urlopen(request, timeout=10) as response:
        return json.load(response)
