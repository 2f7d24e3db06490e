"""One server under test, a process of its own on one core, as all of them are run.

In: its type, the URL of a database, a port, and the file of what is written for the rivals. Out: it
serves until it is stopped: `python -m tests.bench.serve TYPE URL PORT FILE`.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import uvicorn
from starlette.applications import Starlette

from kb.app import create_app
from kb.config import Settings
from tests.bench.idiomatic import idiomatic
from tests.bench.peers import PEERS, become_peer
from tests.bench.rivals import ShapeAnswer, bare, by_hand
from tests.support.service import free_port

CORE = 0
_PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    port: int
    process: int

    @property
    def resident(self) -> float:
        """MB of memory of its own; a file that it maps is the system's, which takes it back."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) / 1024

    def ask(self, path: str, body: dict[str, object]) -> bytes:
        """The answer's body; raises HTTPError if it is no good one."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        data = json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urlopen(request, timeout=_PATIENCE) as response:
            content: bytes = response.read()
        return content

    def wait(self, path: str, body: dict[str, object]) -> None:
        """Until it answers, whatever it says."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self.ask(path, body)
                return
            except HTTPError:
                return
            except URLError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)


@contextmanager
def start_server(server_type: str, url: str, file: Path) -> Iterator[Server]:
    """A server that starts."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, server_type, url, str(port), str(file)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _app(server_type: str, url: str, file: Path) -> Starlette:
    if server_type == "ours":
        return create_app(Settings(database_url=url))
    if server_type == "idiomatic":
        return idiomatic(url)
    read = json.loads(file.read_text(encoding="utf-8"))
    written = {name: ShapeAnswer(**members) for name, members in read.items()}
    return bare(written) if server_type == "bare" else by_hand(written, url)


if __name__ == "__main__":
    os.sched_setaffinity(0, {CORE})
    server_type, url, port, file = sys.argv[1:]
    if server_type in PEERS:
        become_peer(server_type, url, port)
    app = _app(server_type, url, Path(file))
    # As `kb serve` does.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
