"""`python -m tests.bench.recorded`: what it costs that each request is logged and counted.

In: nothing; the shipped seeds. Out: lines with the time that `kb serve` spends on an answer, kept
or made, all its threads together, by turns: one that records nothing, one that writes lines as text
to a file, and one that writes JSON and has metrics. What is told is how much longer it takes than
without: the median of several starts, and their range.
"""

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
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
from kb.telemetry.record import Recorder
from tests.bench.compressed import timed, warm
from tests.bench.serve import CORE, Server
from tests.support.command import DATABASE_URL, bare_environment
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.service import free_port

STARTS, ROUNDS = 7, 20
_CODING = "zstd"
_NOTHING = "nothing"
_CASES = (_NOTHING, "text", "json and metrics")


def recorded() -> None:
    """By services that are started anew each time: one that was loaded to other places of memory
    may take some hundredths more or less, whatever it records.
    """
    more: dict[tuple[str, str], list[float]] = {}
    with TemporaryDirectory() as name, shipped_seeds() as seeds:
        url = prepare(SqlitePlace(Path(name)).create(), seeds).database_url
        for number in range(STARTS):
            for pair, ratio in _compare(url, Path(name), _CASES[:: 1 if number % 2 else -1]):
                more.setdefault(pair, []).append(ratio - 1)
    for (what, case), ratios in sorted(more.items()):
        print(f"{what}, {case}: {median(ratios):+.1%} ({min(ratios):+.1%} to {max(ratios):+.1%})")


def _compare(
    url: str, folder: Path, cases: Sequence[str]
) -> Iterator[tuple[tuple[str, str], float]]:
    """How much longer each takes than what records nothing, for each kind of answer."""
    with ExitStack() as stack:
        servers = {case: stack.enter_context(_serving(case, url, folder)) for case in cases}
        for server in servers.values():
            warm(server.port, _CODING)
        for what, query in _QUERIES.items():
            asking = {case: _asking(server, query) for case, server in servers.items()}
            times: dict[str, list[float]] = {case: [] for case in cases}
            for _ in range(ROUNDS):
                for case, ask in asking.items():
                    times[case].append(ask())
            for case in cases:
                yield (what, case), median(times[case]) / median(times[_NOTHING])


_MEMBERS = 'members(asOf: "2016-10-14") { state { name } certainty disputed }'
_QUERIES = {
    "a kept answer": "",
    "a record": '{ state(code: "AM") { name } }',
    "members on a day": f'{{ organisation(slug: "csto") {{ {_MEMBERS} }} }}',
}


def _asking(server: Server, query: str) -> Callable[[], float]:
    return timed(server, _CODING, _never_kept(query)) if query else timed(server, _CODING)


def _never_kept(query: str) -> Iterator[bytes]:
    """Requests of which each is another one to the service, so that none has a kept answer."""
    for number in count():
        yield json.dumps({"query": query, "extensions": {"number": number}}).encode()


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

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        del recorder
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
