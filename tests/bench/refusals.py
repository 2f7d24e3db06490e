"""`python -m tests.bench.refusals`: what a refusal costs, and what it leaves of the best goodput.

In: nothing; made-up events. Out: lines with the processor time of a refusal, by turns: of a bare
protocol that writes when a head has ended, of uvicorn's, which parses it and writes the same, and
of the service, for operations on the event loop and in threads; then that of the answers to these
operations. Under ten times what the service can bear there are, of ten requests, nine refusals or
more to an answer: what that leaves at best is told for each.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from kb.admission.controlled_delay import ControlledDelay
from kb.database import sqlite_reader
from kb.server import load_shedding
from tests.bench.compressed import microseconds
from tests.bench.overload import EVENTS, OPERATIONS, Load
from tests.bench.serve import Server
from tests.support.command import await_port, serving
from tests.support.databases import SqlitePlace, prepare
from tests.support.many_events import many_events
from tests.support.service import free_port

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

ROUNDS, SECONDS, RATE, SELDOM = 3, 1.0, 1_000.0, 4.0
TENFOLD = 10
_FIRST = 6
"""Operations that the service takes up until it refuses all: they are known by then."""
_BODY = b'{"errors": [{"message": "more is asked than can be answered; try again in a moment"}]}'
_ANSWER = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


class Bare(asyncio.Protocol):
    """Answers each head, unread."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]  # uvloop's can.


class Parsed(HttpToolsProtocol):
    """Answers each request as soon as uvicorn has read it."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        del app
        cycle.transport.write(_ANSWER)
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()


async def _serve(kind: str, port: int) -> None:
    config, state = uvicorn.Config(_serve, log_config=None, access_log=False), ServerState()
    config.load()
    loop = asyncio.get_running_loop()
    make = Bare if kind == "bare" else lambda: Parsed(config, state, {})
    server = await loop.create_server(make, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def _plain(kind: str) -> Iterator[Server]:
    port = free_port()
    # Forked: it is there at once.
    process = multiprocessing.get_context("fork").Process(
        target=uvloop.run, args=(_serve(kind, port),), daemon=True
    )
    process.start()
    try:
        await_port(port)
        yield Server(port, process.pid or 0)
    finally:
        process.terminate()


def _be_late() -> None:
    load_shedding.MOST_LATE = load_shedding.SHORT = -1.0


class _Crowded(ControlledDelay):
    """Refuses all but the first."""

    _asked = 0

    def _is_too_much(self, waiting: int) -> bool:
        del waiting
        self._asked += 1
        return self._asked > _FIRST


def _be_crowded() -> None:
    vars(sqlite_reader)["ControlledDelay"] = _Crowded


@contextmanager
def _service(url: str, before: Callable[[], object] | None) -> Iterator[Server]:
    others, port = set(multiprocessing.active_children()), free_port()
    with TemporaryDirectory() as folder, serving(Path(folder), port, before, KB_DATABASE_URL=url):
        (process,) = set(multiprocessing.active_children()) - others
        yield Server(port, process.pid or 0)


def cost(server: Server, query: str, rate: float, seconds: float, status: int) -> float:
    """Microseconds of all threads for a request that is answered with that status."""
    load = Load(server.port, query, server.process)
    before = microseconds(server.process)
    uvloop.run(load.run(rate, seconds))
    others = sum(each.status != status for each in load.outcomes)
    assert others <= _FIRST, f"{others} of {len(load.outcomes)} had another status"
    return (microseconds(server.process) - before) / len(load.outcomes)


def goodput(refusal: float, answer: float) -> float:
    """The part of the best that is left under ten times of it, by processor time."""
    share = refusal / answer
    return max(0.0, (1 - TENFOLD * share) / (1 - share))


def refusals() -> None:
    with TemporaryDirectory() as name, ExitStack() as stack:
        url = many_events(prepare(SqlitePlace(Path(name)).create()), EVENTS).database_url
        servers = {kind: stack.enter_context(_plain(kind)) for kind in ("bare", "parsed")}
        for where, before in (("on the loop", _be_late), ("in threads", _be_crowded)):
            servers[where] = stack.enter_context(_service(url, before))
        service = stack.enter_context(_service(url, None))
        refused: dict[str, list[float]] = {kind: [] for kind in servers}
        answered: dict[str, list[float]] = {where: [] for where in OPERATIONS}
        query = OPERATIONS["in threads"]
        # Its first answers, and what it has planned by then, are no refusals.
        cost(servers["in threads"], query, SELDOM, SECONDS, 503)
        for _ in range(ROUNDS):
            for kind, server in servers.items():
                refused[kind].append(cost(server, query, RATE, SECONDS, 503))
            for where, asked in OPERATIONS.items():
                answered[where].append(cost(service, asked, SELDOM, SECONDS, 200))
    _print({kind: median(costs) for kind, costs in refused.items()}, answered)


def _print(refused: Mapping[str, float], answered: Mapping[str, list[float]]) -> None:
    for kind, microseconds_each in refused.items():
        print(f"a refusal, {kind}: {microseconds_each:.0f} µs")
    for where, costs in answered.items():
        each = median(costs)
        left = ", ".join(
            f"{goodput(refused[kind], each):.3f} ({kind})" for kind in ("bare", "parsed", where)
        )
        print(f"an answer, {where}: {each / 1_000:.1f} ms; goodput at most {left}")


if __name__ == "__main__":
    refusals()
