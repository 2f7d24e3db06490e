"""The load of a benchmark, a process of its own: connections that ask again once they are answered.

In: a `Job` as JSON on each line of standard input. Out: a `Measurement` as JSON on a line of
standard output. The program `python -m tests.bench.load` keeps to one core and makes requests out
of bytes that are ready, so that it is never what is measured.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count, cycle
from typing import cast

import uvloop

CORE = 1
_NUMBER = "0000000000"
_BEGINNING = 60
"""Bytes of a body in which errors show that leave no data."""
_WARM = 0.1
"""The part of the time that is not counted, at its beginning."""


@dataclass(frozen=True)
class Job:
    """`bodies` are asked by turns; with `numbered`, each holds `_NUMBER`, another one each time.

    `beside` are asked by one more connection, and not counted.
    """

    port: int
    path: str
    bodies: Sequence[str]
    numbered: bool = False
    connections: int = 16
    seconds: float = 1.5
    beside: Sequence[str] = ()


@dataclass(frozen=True)
class Measurement:
    """Answers a second, and how long they took, in milliseconds; `bytes` is an answer's size."""

    rate: float
    median: float
    p99: float
    answers: int
    bytes: int


def number_request(body: Mapping[str, object]) -> str:
    """A request that no other is like, and that asks the same."""
    return json.dumps({**body, "extensions": {"number": _NUMBER}})


Measure = Callable[[Job], Measurement]


@contextmanager
def open_load() -> Iterator[Measure]:
    """What measures raises LoadError if any answer was not a good one."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        jobs, results = process.stdin, process.stdout

        def measure(job: Job) -> Measurement:
            print(json.dumps(asdict(job)), file=jobs, flush=True)
            line = results.readline()
            if not line:
                raise LoadError("the load ended: it tells why above")
            return Measurement(**json.loads(line))

        yield measure
        jobs.close()


class LoadError(Exception):
    """A server that cannot be measured."""


def _requests(job: Job, bodies: Sequence[str]) -> Iterator[bytes]:
    head = (
        f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: "
    )
    ready = [f"{head}{len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]
    if not job.numbered:
        return cycle(ready)
    parts = cycle([request.split(_NUMBER.encode()) for request in ready])
    numbers = count(int(time.time()) % 10**5 * 10**5)
    return (b"%b%010d%b" % (head, next(numbers), tail) for head, tail in parts)


@dataclass
class _Times:
    until: float
    begun: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    bytes: int = 0


class _Client(asyncio.Protocol):
    """One connection; `done` is set once it is closed."""

    def __init__(self, requests: Iterator[bytes], times: _Times) -> None:
        self._requests, self._times = requests, times
        self._read, self._left = b"", 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is one in all but its name.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._read += data
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            size = _content_length(self._read[:end])
            if b'"errors"' in self._read[end : end + _BEGINNING]:
                raise ValueError(self._read.decode())
            self._left = size + end + 4 - len(self._read)
            self._times.bytes += size
            self._read = b""
        if self._left <= 0:
            self._note()

    def _note(self) -> None:
        ended = time.perf_counter()
        self._times.begun.append(self._begun)
        self._times.ended.append(ended)
        if ended < self._times.until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc or time.perf_counter() < self._times.until:
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))
        else:
            self.done.set_result(None)


def _content_length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    if not lines[0].startswith(b"http/1.1 200"):
        raise ValueError(head.decode("latin-1"))
    return next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))


def _give_client(client: _Client) -> _Client:
    return client


async def _run(job: Job) -> Measurement:
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    times, apart = (_Times(begun + job.seconds) for _ in range(2))
    loop.set_exception_handler(_end)
    requests = _requests(job, job.bodies)
    clients = [_Client(requests, times) for _ in range(job.connections)]
    if job.beside:
        clients.append(_Client(_requests(job, job.beside), apart))
    for client in clients:
        await loop.create_connection(partial(_give_client, client), "127.0.0.1", job.port)
    await asyncio.gather(*(client.done for client in clients))
    return _summarise(times, begun + job.seconds * _WARM)


def _end(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A bad answer ends the process: nothing may be measured by it."""
    print(repr(context.get("exception", context["message"])), file=sys.stderr, flush=True)
    os._exit(1)


def _summarise(times: _Times, warm: float) -> Measurement:
    """Of those that began once it was warm; of all, if that are none."""
    pairs = list(zip(times.begun, times.ended, strict=True))
    counted = [pair for pair in pairs if pair[0] >= warm] or pairs
    span = max(ended for _, ended in counted) - min(begun for begun, _ in counted)
    took = sorted((ended - begun) * 1000 for begun, ended in counted)
    return Measurement(
        len(counted) / span,
        took[len(took) // 2],
        took[len(took) * 99 // 100],
        len(counted),
        times.bytes // len(pairs),
    )


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity") and CORE in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {CORE})
    for line in sys.stdin:
        print(json.dumps(asdict(uvloop.run(_run(Job(**json.loads(line)))))), flush=True)
