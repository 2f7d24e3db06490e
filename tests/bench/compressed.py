"""`python -m tests.bench.compressed`: what a kept answer costs that is given compressed.

In: nothing; the shipped seeds. Out: lines with the time that one core spends on an answer, by
turns: the service's, kept in a coding, and that of a bare Starlette route which reads its request
and sends the same bytes, heads included. Times are of the servers' own processes: no load beside
it counts.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import islice, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.serve import CORE, Server, start_server
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.service import free_port

CODINGS = ("identity", "zstd", "br", "gzip")
ROUNDS, ANSWERS = 40, 250
_BODY = json.dumps({"query": "{ events(first: 50) { nodes { id title } } }"}).encode()
_BY_SERVER = {"date", "content-length"}
_MOST = 65_536
_WARM = 5
"""Requests until an answer is kept, and a little more."""


def compressed() -> None:
    with TemporaryDirectory() as name, shipped_seeds() as seeds, ExitStack() as stack:
        folder = Path(name)
        url = prepare(SqlitePlace(folder).create(), seeds).database_url
        ours = stack.enter_context(start_server("ours", url, folder))
        ours.wait("/", {})
        asking: dict[tuple[str, str], Callable[[], float]] = {}
        for coding in CODINGS:
            written = folder / coding
            written.write_text(json.dumps(warm(ours.port, coding)), encoding="utf-8")
            asking["kept", coding] = timed(ours, coding)
            asking["bare", coding] = timed(stack.enter_context(_bare(written)), coding)
        times: dict[tuple[str, str], list[float]] = {case: [] for case in asking}
        for _ in range(ROUNDS):
            for case, ask in asking.items():
                times[case].append(ask())
    for coding in CODINGS:
        # What other programs take from the cores' caches is least there.
        kept, bare = min(times["kept", coding]), min(times["bare", coding])
        print(f"{coding:8}  kept {kept:.1f} µs, bare {bare:.1f} µs: {bare / kept:.2f}")


def warm(port: int, coding: str) -> tuple[str, dict[str, str]]:
    """An answer that is kept by then."""
    return [_ask(port, coding) for _ in range(_WARM)][-1]


def _ask(port: int, coding: str) -> tuple[str, dict[str, str]]:
    """The body, a character a byte, and the headers."""
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        headers = {"Content-Type": "application/json", "Accept-Encoding": coding}
        connection.request("POST", "/graphql", _BODY, headers)
        answer = connection.getresponse()
        return answer.read().decode("latin-1"), dict(answer.getheaders())


def timed(
    server: Server, coding: str, bodies: Iterable[bytes] = repeat(_BODY)
) -> Callable[[], float]:
    """What asks over one connection, and gives the microseconds of the server's core an answer."""
    client = socket.create_connection(("127.0.0.1", server.port))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept-Encoding: {coding}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    coming = iter(bodies)

    def ask() -> float:
        before = microseconds(server.process)
        for body in islice(coming, ANSWERS):
            client.sendall(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            _take(client)
        return (microseconds(server.process) - before) / ANSWERS

    return ask


def _take(client: socket.socket) -> None:
    """One answer, whole."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(_MOST)
    head, _, body = received.partition(b"\r\n\r\n")
    left = int(head.lower().partition(b"content-length: ")[2].split()[0]) - len(body)
    while left > 0:
        left -= len(client.recv(_MOST))


def microseconds(process: int) -> float:
    """That the threads of the process have run, as Linux tells it."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(path.read_text(encoding="ascii").split()[0]) for path in threads) / 1_000


@contextmanager
def _bare(written: Path) -> Iterator[Server]:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.bench.compressed", str(port), str(written)]
    with subprocess.Popen(arguments) as process:
        server = Server(port, process.pid)
        server.wait("/graphql", {})
        yield server
        process.terminate()


def _serve(port: int, written: Path) -> None:
    # As the service under test does.
    os.sched_setaffinity(0, {CORE})
    body, given = json.loads(written.read_text(encoding="utf-8"))
    headers = {name: text for name, text in given.items() if name not in _BY_SERVER}

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body.encode("latin-1"), headers=headers)

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    uvicorn.run(app, port=port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2])) if sys.argv[1:] else compressed()
