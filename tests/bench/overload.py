"""The service under more than it can bear: how much it answers well, and how soon.

In: a port, and queries whose answers are never kept. Out: `Figures` for each load: requests that
come at a given rate, whether or not others are answered, as those of many clients do that know
nothing of each other; each is timed from the moment at which it was due. The service has one core,
and the load another; connections are kept, so that it takes little: `client` says how much. What is
left of the best goodput is told by processor time, too, which does not depend on how much of the
machine others leave to the service.

`python -m tests.bench.overload` prints them for operations that run on the event loop, and for some
that run in threads. Figures are of what came after the first second and a half: who finds the
service idle is let in, and a crowd of those waits for half a second.
"""

import asyncio
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import quote

import uvloop

from tests.bench.compressed import microseconds
from tests.bench.load import CORE as CORE_OF_LOAD
from tests.bench.serve import CORE
from tests.support.command import serving
from tests.support.databases import SqlitePlace, prepare
from tests.support.many_events import many_events
from tests.support.service import free_port

EVENTS = 12_000
_COUNTS = "states(first: 100) { nodes { events { totalCount } } }"


def _counts(times: int) -> str:
    return "{" + " ".join(f"a{number}: {_COUNTS}" for number in range(times)) + "}"


OPERATIONS = {"on the loop": _counts(2), "in threads": _counts(9)}
"""Of some 11 and 45 milliseconds; their answers are small."""
WARM = 1.5
"""Seconds that are not counted, at the beginning of each load."""
_UNANSWERED = 30.0
_IDLE = 8
"""Requests a second, each of which finds nobody before it."""
_TICK = 0.0005
"""Seconds at least between two looks at what is due."""
_BEGINNING = 60
"""Bytes of a body in which errors show that leave no data."""


@dataclass(frozen=True)
class Figures:
    """Good answers a second, of those how late some are, and what became of the rest.

    `client` is the part of one core that the load took, and `cores` how many the service had.
    """

    goodput: float
    median: float
    p99: float
    refused: int
    failed: int
    client: float
    cores: float

    @property
    def seconds_each(self) -> float:
        """Of processor time of the service for a good answer, refusals included."""
        return self.cores / self.goodput


@dataclass(frozen=True)
class Outcome:
    """Of one request: 0 is the status of one that failed."""

    due: float
    ended: float
    status: int


class _Connection(asyncio.Protocol):
    """One that is kept; `load` has it back when it is idle."""

    def __init__(self, load: "Load") -> None:
        self._load, self._due = load, 0.0
        self._read, self._size = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is one in all but its name.
        self._transport = cast(asyncio.Transport, transport)
        self.ask(self._due)

    def ask(self, due: float) -> None:
        self._due = due
        self._transport.write(self._load.next_request())

    def expect(self, due: float) -> None:
        """Asks as soon as it is made."""
        self._due = due

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._size:
            head, separator, _ = self._read.partition(b"\r\n\r\n")
            if not separator:
                return
            self._size = len(head) + 4 + _content_length(head)
        if len(self._read) >= self._size:
            self._end()
            self._load.idle.append(self)

    def _end(self) -> None:
        read, self._read, self._size = self._read, b"", 0
        body = read.partition(b"\r\n\r\n")[2]
        status = int(read[9:12] or 0)
        if status == 200 and b'"errors"' in body[:_BEGINNING]:
            raise ValueError(body.decode())
        self._load.outcomes.append(Outcome(self._due, time.perf_counter(), status))
        self._due = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._due:
            self._load.outcomes.append(Outcome(self._due, time.perf_counter(), 0))
        elif self in self._load.idle:
            self._load.idle.remove(self)

    def close(self) -> None:
        self._transport.close()


def _content_length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


class Load:
    """Requests for one query, each another one to the service, so that no answer is a kept one."""

    def __init__(self, port: int, query: str, process: int) -> None:
        """`process` is the service's."""
        self._port, self._asked = port, 0
        self._target = f"/graphql?query={quote(query)}&extensions="
        self.idle: list[_Connection] = []
        self.outcomes: list[Outcome] = []
        self._process, self._processor = process, 0.0
        self._made: set[asyncio.Task[object]] = set()

    def next_request(self) -> bytes:
        self._asked += 1
        number = quote(json.dumps({"n": f"{time.time_ns()} {self._asked}"}))
        line = f"GET {self._target}{number} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n\r\n"
        return line.encode()

    def send(self, due: float) -> None:
        """By a connection that is idle, or a new one."""
        if self.idle:
            self.idle.pop().ask(due)
            return
        connection = _Connection(self)
        connection.expect(due)
        loop = asyncio.get_running_loop()
        made = loop.create_connection(lambda: connection, "127.0.0.1", self._port)
        task: asyncio.Task[object] = loop.create_task(made)
        self._made.add(task)
        task.add_done_callback(self._made.discard)

    async def run(self, rate: float, seconds: float) -> Figures:
        sent, cpu, begun = 0, time.process_time(), time.perf_counter()
        asyncio.get_running_loop().call_later(WARM, self._note_processor)
        while (now := time.perf_counter() - begun) < WARM + seconds:
            while sent <= now * rate:
                self.send(begun + sent / rate)
                sent += 1
            await asyncio.sleep(max(_TICK, begun + sent / rate - time.perf_counter()))
        client = (time.process_time() - cpu) / (WARM + seconds)
        cores = (microseconds(self._process) - self._processor) / 1_000_000 / seconds
        until = time.perf_counter() + _UNANSWERED
        while len(self.outcomes) < sent and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        for connection in self.idle:
            connection.close()
        late = sent - len(self.outcomes)
        return summarise(self.outcomes, begun + WARM, seconds, late, (client, cores))

    def _note_processor(self) -> None:
        self._processor = microseconds(self._process)


def summarise(
    outcomes: Sequence[Outcome], begun: float, seconds: float, late: int, taken: tuple[float, float]
) -> Figures:
    """Of those due from `begun` on; `late` have had no answer at all, and `taken` are the parts of
    cores that the load and the service had.
    """
    answered = [each.ended for each in outcomes if each.status == 200]
    outcomes = [each for each in outcomes if each.due >= begun]
    good = [each for each in outcomes if each.status == 200]
    took = sorted((each.ended - each.due) * 1_000 for each in good) or [0.0]
    refused = sum(each.status in (429, 503) for each in outcomes)
    return Figures(
        sum(begun <= ended <= begun + seconds for ended in answered) / seconds,
        took[len(took) // 2],
        took[len(took) * 99 // 100],
        refused,
        len(outcomes) - len(good) - refused + late,
        *taken,
    )


def load(port: int, query: str, rate: float, seconds: float) -> Figures:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores & {CORE_OF_LOAD} or cores)
    try:
        return uvloop.run(_load(port, query, rate, seconds))
    finally:
        os.sched_setaffinity(0, cores)


async def _load(port: int, query: str, rate: float, seconds: float) -> Figures:
    (service,) = multiprocessing.active_children()
    return await Load(port, query, service.pid or 0).run(rate, seconds)


@dataclass(frozen=True)
class Comparison:
    """One operation: alone, at the best that the service can do, and ten times as often as that."""

    idle: Figures
    best: Figures
    tenfold: Figures

    @property
    def goodput(self) -> float:
        """The part of the best that is left."""
        return self.tenfold.goodput / self.best.goodput

    @property
    def goodput_by_processor(self) -> float:
        """The same where the service had as much of the machine at both."""
        return self.best.seconds_each / self.tenfold.seconds_each

    @property
    def delay(self) -> float:
        """How many times as late as alone."""
        return self.tenfold.p99 / self.idle.p99


def compare(port: int, query: str, seconds: float) -> Comparison:
    idle = best = load(port, query, _IDLE, 2 * seconds)
    rate = 1_000 / idle.median
    while True:
        figures = load(port, query, rate, seconds)
        best = max(best, figures, key=lambda each: each.goodput)
        if figures.goodput < 0.9 * rate:
            return Comparison(idle, best, load(port, query, 10 * best.goodput, seconds))
        rate *= 1.25


@contextmanager
def events_served() -> Iterator[int]:
    """The port of a service with thousands of events."""
    with TemporaryDirectory() as folder:
        settings = many_events(prepare(SqlitePlace(Path(folder)).create()), EVENTS)
        port = free_port()
        on_one_core = partial(os.sched_setaffinity, 0, {CORE})
        with serving(Path(folder), port, on_one_core, KB_DATABASE_URL=settings.database_url):
            yield port


def main() -> None:
    seconds = float(sys.argv[1]) if sys.argv[1:] else 4.0
    with events_served() as port:
        for name, query in OPERATIONS.items():
            compared = compare(port, query, seconds)
            for what in ("idle", "best", "tenfold"):
                print(f"{name}, {what}: {getattr(compared, what)}", flush=True)
            print(f"goodput {compared.goodput:.2f} of the best,", end=" ")
            print(f"{compared.goodput_by_processor:.2f} by processor time,", end=" ")
            print(f"p99 {compared.delay:.1f} of idle", flush=True)


if __name__ == "__main__":
    main()
