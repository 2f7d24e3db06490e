"""The service under more than it can bear: how much it answers well, and how soon.

In: a port, and a query whose answer is never kept. Out: `Figures` for each load: connections that
ask at a given rate, whether or not they are answered, as many clients do that know nothing of each
other. `python -m tests.bench.overload` prints them for the shipped seeds.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.support.command import serving
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.service import free_port

_NODES = "nodes { article { headline publication { name } } claim }"
QUERY = "{" + " ".join(f"{name}: citations(first: 100) {{ {_NODES} }}" for name in "abcdefgh") + "}"
_UNANSWERED = 30.0


@dataclass(frozen=True)
class Figures:
    """Good answers a second, of those how late the hundredth is, and what became of the rest."""

    goodput: float
    median: float
    p99: float
    refused: int
    failed: int


async def _ask(port: int, path: str) -> tuple[int, float]:
    """The status and the seconds of one request on a connection of its own; 0 if it failed."""
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(_UNANSWERED):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"GET {path} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n"
            writer.write(f"{head}connection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
        return int(answer[9:12] or 0), time.perf_counter() - begun
    except (OSError, TimeoutError):
        return 0, time.perf_counter() - begun


async def load(port: int, rate: float, seconds: float, *, query: str = QUERY) -> Figures:
    """Each request is another one to the service, so that no answer is a kept one."""
    asked, begun = list[asyncio.Task[tuple[int, float]]](), time.perf_counter()
    while (now := time.perf_counter() - begun) < seconds:
        while len(asked) < now * rate:
            path = (
                f"/graphql?query={quote(query)}&extensions={quote(json.dumps({'n': len(asked)}))}"
            )
            asked.append(asyncio.create_task(_ask(port, path)))
        await asyncio.sleep(0.001)
    return summarise(await asyncio.gather(*asked), time.perf_counter() - begun)


def summarise(answers: Sequence[tuple[int, float]], seconds: float) -> Figures:
    good = sorted(took * 1_000 for status, took in answers if status == 200)
    refused = sum(status in (429, 503) for status, _ in answers)
    return Figures(
        len(good) / seconds,
        good[len(good) // 2] if good else 0,
        good[len(good) * 99 // 100] if good else 0,
        refused,
        len(answers) - len(good) - refused,
    )


async def measure(port: int, seconds: float = 4.0) -> None:
    idle = await load(port, 5, seconds)
    print(f"idle: {idle}", flush=True)
    best = idle
    rate = 15.0
    while True:
        figures = await load(port, rate, seconds)
        print(f"{rate:.0f}/s: {figures}", flush=True)
        if figures.goodput < 0.9 * rate:
            break
        best, rate = figures, rate * 1.5
    best = max(best, figures, key=lambda each: each.goodput)
    tenfold = await load(port, 10 * best.goodput, seconds)
    print(f"tenfold: {tenfold}", flush=True)
    print(f"goodput {tenfold.goodput / best.goodput:.2f} of the best,", end=" ")
    print(f"p99 {tenfold.p99 / idle.p99:.1f} of idle")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        seeds = stack.enter_context(shipped_seeds())
        settings = prepare(SqlitePlace(folder).create(), seeds)
        port = free_port()
        stack.enter_context(serving(folder, port, KB_DATABASE_URL=settings.database_url))
        asyncio.run(measure(port, float(sys.argv[1]) if sys.argv[1:] else 4.0))


if __name__ == "__main__":
    main()
