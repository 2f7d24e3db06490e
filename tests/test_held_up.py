"""A real server under the largest requests, one after the other: others are answered meanwhile.

`/livez` is asked for all the time over a connection of its own; what counts is the longest time
that it took while a request was answered, at the best of five attempts: other processes share the
machine.
"""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from kb.process.http_protocol import MOST_HEAD
from tests.support import largest, largest_documents
from tests.support.largest import LargeRequest
from tests.support.service import JSON, free_port

pytestmark = [pytest.mark.long, pytest.mark.alone]
HOLD_UP = 0.1
_PAUSE = 0.005


class Heartbeat:
    """Asks whether the server is alive, again and again, and how long it took at most."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.longest, self._over = 0.0, False
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()
        self._connection.close()

    def _beat(self) -> None:
        while not self._over:
            begun = time.perf_counter()
            self._connection.request("GET", "/livez")
            assert self._connection.getresponse().read() == b"alive\n"
            self.longest = max(self.longest, time.perf_counter() - begun)
            time.sleep(_PAUSE)


class RunningServer(NamedTuple):
    port: int
    process: int


@contextmanager
def serve_seeds(folder: Path) -> Iterator[RunningServer]:
    """`kb serve` over the shipped seeds."""
    port = free_port()
    url = f"sqlite:///{folder / 'kb.db'}"
    environment = {"KB_DATABASE_URL": url, "KB_PORT": str(port)}
    kb = Path(sys.executable).with_name("kb")
    with (folder / "told.txt").open("wb") as told:
        server = subprocess.Popen([kb, "serve"], env=environment, stdout=told, stderr=told)
    try:
        await_port(port)
        yield RunningServer(port, server.pid)
    finally:
        server.terminate()
        server.wait()


def await_port(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    pytest.fail("the server does not listen")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serve_seeds(tmp_path_factory.mktemp("served")) as server:
        yield server.port


def send_request(port: int, sent: LargeRequest) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": JSON, "Accept": JSON, **sent.headers}
    target = f"/graphql?{sent.query}" if sent.query else "/graphql"
    try:
        connection.request(sent.method, target, sent.body, headers)
        response = connection.getresponse()
        response.read()
    except (ConnectionResetError, BrokenPipeError):
        return 431  # It refuses a head that is too long before it is sent.
    finally:
        connection.close()
    return response.status


def measure_delay(port: int, sent: LargeRequest) -> float:
    with Heartbeat(port) as beats:
        time.sleep(3 * _PAUSE)
        assert send_request(port, sent) < 500
        time.sleep(3 * _PAUSE)
    return beats.longest


def test_others_are_answered_meanwhile(port: int) -> None:
    requests: Mapping[str, LargeRequest] = (
        largest.largest_requests() | largest_documents.largest_document_requests()
    )
    late: dict[str, float] = {}
    for name, sent in requests.items():
        attempts = (measure_delay(port, sent) for _ in range(5))
        best = 1.0
        for delay in attempts:
            best = min(best, delay)
            if best < HOLD_UP:
                break
        if best >= HOLD_UP:
            late[name] = round(best, 3)
    assert late == {}


HEADS = {
    "a line": b"GET /livez?" + b"a" * 20_000_000,
    "a header": b"GET /livez HTTP/1.1\r\nhost: x\r\na: " + b"a" * 20_000_000,
    "headers": b"GET /livez HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 3_000_000,
    "a trailer": b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\na: " + b"a" * 20_000_000,
    "a chunk's own words": b"POST /graphql HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1;a=" + b"a" * 20_000_000,
}


def send_head(client: socket.socket, head: bytes) -> None:
    with suppress(ConnectionResetError, BrokenPipeError):
        client.sendall(head)
        while client.recv(65_536):
            pass


@pytest.mark.parametrize("name", HEADS)
def test_heads_without_end_are_cut_off(port: int, name: str) -> None:
    assert len(HEADS[name]) > 100 * MOST_HEAD
    longest = []
    for _ in range(3):
        with Heartbeat(port) as beats, socket.create_connection(("127.0.0.1", port), 60) as client:
            send_head(client, HEADS[name])
        longest.append(beats.longest)
    assert min(longest) < HOLD_UP


MOST_KIB = 350_000
"""Of the caches there are 300 MB at most; the rest is the program itself and what is at work."""
_DOCUMENTS, _WIDE = 250, 390
"""More than are kept by number, each of nearly as many fields as one may have."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much of it is in use")
def test_memory_stays_below_a_bound_whatever_is_asked(tmp_path: Path) -> None:
    """Distinct documents and statements, each as large as is kept."""
    numbers = count()

    def documents() -> Iterator[str]:
        for _ in range(_DOCUMENTS):
            names = (f"a{next(numbers)}" for _ in range(_WIDE))
            fields = " ".join(f"{name}:memberships{{totalCount}}" for name in names)
            yield f'{{state(code:"UZ"){{{fields}}}}}'

    with serve_seeds(tmp_path) as server:
        for document in documents():
            sent = LargeRequest(largest.body(document))
            for _ in range(2):
                assert send_request(server.port, sent) == 200
        pages = int(Path(f"/proc/{server.process}/statm").read_text(encoding="ascii").split()[1])
    assert pages * 4 < MOST_KIB
