"""`python -m tests.bench.recorded`: what it costs that each request is logged and counted.

In: nothing; the shipped seeds. Out: lines with the time that `kb serve` spends on an answer, kept
or made, all its threads together, by turns: one that records nothing, those that write lines as
text and as JSON to a file, and one with metrics beside. What is told is how much longer it takes
than without.
"""

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import kb.app
from kb.cli import app
from kb.server.heads import complete_head
from kb.telemetry.record import RecordSink
from tests.bench.compressed import timed, warm
from tests.bench.serve import CORE, Server
from tests.support.command import DATABASE_URL, bare_environment
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.service import free_port

ROUNDS = 40
_CODING = "zstd"
_NOTHING = "nothing"
_MADE = {
    "one record": '{ state(code: "AM") { name } }',
    "nested records": "{ events(first: 20) { nodes { title citations { claim"
    " article { headline } } } } }",
}
_CASES = (_NOTHING, "text", "json", "text and metrics", "json and metrics")


def recorded() -> None:
    with TemporaryDirectory() as name, shipped_seeds() as seeds, ExitStack() as stack:
        url = prepare(SqlitePlace(Path(name)).create(), seeds).database_url
        servers = {case: stack.enter_context(_serving(case, url, Path(name))) for case in _CASES}
        for server in servers.values():
            warm(server.port, _CODING)
        kept = {case: timed(server, _CODING) for case, server in servers.items()}
        _tell("a kept answer", kept)
        for name, nodes in _MADE.items():
            _tell(name, {case: timed(at, _CODING, _made(nodes)) for case, at in servers.items()})


def _tell(what: str, asking: Mapping[str, Callable[[], float]]) -> None:
    times: dict[str, list[float]] = {case: [] for case in asking}
    for _ in range(ROUNDS):
        for case, ask in asking.items():
            times[case].append(ask())
    without = times[_NOTHING]
    print(what)
    for case, taken in times.items():
        more = median(mine / other for mine, other in zip(taken, without, strict=True)) - 1
        least = min(taken)
        print(f"  {case:16} {least:.1f} µs, {least / min(without) - 1:+.1%}; median {more:+.1%}")


def _made(nodes: str) -> Iterator[bytes]:
    """Requests of which each is another one to the service, so that none has a kept answer."""
    for number in count():
        yield json.dumps({"query": nodes, "extensions": {"number": number}}).encode()


@contextmanager
def _serving(case: str, url: str, folder: Path) -> Iterator[Server]:
    """`kb serve`, whose lines go to a file, or the same without records."""
    form, _, metrics = case.partition(" and ")
    port = free_port()
    settings = {DATABASE_URL: url, "KB_PORT": str(port)}
    settings |= {} if form == _NOTHING else {"KB_LOG": form}
    settings |= {"KB_METRICS_PORT": str(free_port())} if metrics else {}
    arguments = [sys.executable, "-m", "tests.bench.recorded", form]
    environment = bare_environment() | settings
    with (
        (folder / case).open("wb") as log,
        subprocess.Popen(arguments, env=environment, stderr=log, stdout=log) as process,
    ):
        server = Server(port, process.pid)
        server.wait("/graphql", {})
        yield server
        process.terminate()


class _Unrecorded:
    """In the place of what records, and gives ids: heads are complete all the same."""

    def __init__(self, app: ASGIApp, report: RecordSink) -> None:
        del report
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, partial(_send_complete, send))


def _send_complete(send: Send, message: Message) -> Awaitable[None]:
    if message["type"] == "http.response.start":
        complete_head(message["headers"])
    return send(message)


if __name__ == "__main__":
    if sys.argv[1:]:
        os.sched_setaffinity(0, {CORE})
        if sys.argv[1] == _NOTHING:
            vars(kb.app)["Recording"] = _Unrecorded
        app(["serve"])
    else:
        recorded()
