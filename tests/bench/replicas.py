"""What replicas cost and save: how soon they have a write, and how long reads stop when one goes.

In: `python -m tests.bench.replicas`. Out: rows of a table, on a primary and two replicas that this
machine runs beside the service and the client.
"""

import asyncio
import http.client
import os
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kb import database, tokens
from kb.config import Settings
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.read_pool import Reader
from kb.models import Role
from tests.chaos.writer import official, record
from tests.support.command import serving
from tests.support.databases import prepare
from tests.support.replication import Cluster, Server, cluster
from tests.support.seed_texts import write_seed_texts
from tests.support.service import free_port

_WRITES, _ROUNDS, _FETCHES = 60, 9, 400
_QUERY = b'{"query":"{ revision }"}'
_HEAD = ("select revision from head",)


@dataclass(frozen=True)
class Client:
    """Who asks a service over one connection, again if that breaks off."""

    address: str

    def revision(self) -> int | None:
        """None if there is no answer."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            headers = {"content-type": "application/json"}
            connection.request("POST", "/graphql", _QUERY, headers)
            answer = connection.getresponse()
            answer.read()
            return int(answer.headers["x-kb-revision"]) if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def longest_pause(self, seconds: float) -> tuple[float, int]:
        """The longest time without an answer, and how many were none."""
        end, last, longest, failed = time.monotonic() + seconds, time.monotonic(), 0.0, 0
        while time.monotonic() < end:
            if self.revision() is None:
                failed += 1
            else:
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return longest, failed


def processes(server: Server) -> list[int]:
    main = int((server.folder / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return [main, *map(int, children)]


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    stopped = processes(server)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    yield
    for process in stopped:
        os.kill(process, signal.SIGCONT)


@contextmanager
def killed(server: Server) -> Iterator[None]:
    for process in processes(server):
        os.kill(process, signal.SIGKILL)
    yield
    server.kill()
    server.start()


def measure_writes(client: Client, token: str) -> None:
    """From the answer to a mutation until a query has it."""
    delays = []
    for number in range(_WRITES):
        (revision,) = record(f"http://{client.address}", token, [official("bench", number)])
        began = time.monotonic()
        while (client.revision() or 0) < revision:
            pass
        delays.append((time.monotonic() - began) * 1_000)
    told = f"median {statistics.median(delays):.0f} ms, longest {max(delays):.0f} ms"
    print(f"| a write is read from a replica, {_WRITES} writes | {told} |")


def measure_loss(client: Client, what: str, loss: AbstractContextManager[None]) -> None:
    time.sleep(7)  # Until what was left is taken back.
    with loss:
        longest, failed = client.longest_pause(8)
    print(f"| {what} | reads pause for {longest * 1_000:.0f} ms, {failed} fail |", flush=True)


async def measure_fetch(running: Cluster) -> None:
    """A small statement by the reader that chooses, and by one of the same server alone."""
    settings = Settings(database_url=running.primary.url(), replica_urls=running.replicas[0].url())
    chooses, alone = database.open_reader(settings), PostgresqlReader(running.replicas[0].url())
    times: dict[str, list[float]] = {"chooses": [], "alone": []}
    for reader in (chooses, alone):
        await reader.open()
    await asyncio.sleep(1)
    assert chooses.url == alone.url
    for _ in range(_ROUNDS):
        for name, reader in (("chooses", chooses), ("alone", alone)):
            times[name].append(await _seconds(reader))
    for reader in (chooses, alone):
        await reader.close()
    medians = {name: statistics.median(each) * 1e6 for name, each in times.items()}
    told = f"{medians['chooses']:.0f} µs, without choice {medians['alone']:.0f}"
    print(f"| a small statement on a replica | {told} |")


async def _seconds(reader: Reader) -> float:
    began = time.perf_counter()
    for _ in range(_FETCHES):
        await reader.fetch(_HEAD, ())
    return (time.perf_counter() - began) / _FETCHES


def main() -> None:
    with TemporaryDirectory() as folder, cluster(2) as running:
        settings = prepare(
            Settings(database_url=running.primary.url()), write_seed_texts(Path(folder))
        )
        engine = database.open_engine(settings)
        with database.write_transaction(engine) as connection:
            token = tokens.issue_token(connection, "bench", Role.CURATOR)
        engine.dispose()
        running.catch_up()
        asyncio.run(measure_fetch(running))
        first, second = running.replicas
        given = {
            "KB_DATABASE_URL": running.primary.url(),
            "KB_REPLICA_URLS": f"{first.url()} {second.url()}",
        }
        port = free_port()
        with serving(Path(folder), port, **given):
            client = Client(f"127.0.0.1:{port}")
            time.sleep(1)
            measure_writes(client, token)
            for name, server in (("a replica", first), ("the other replica", second)):
                measure_loss(client, f"{name} is killed", killed(server))
                measure_loss(client, f"{name} stands still", standing_still(server))
            measure_loss(client, "the primary is killed", killed(running.primary))


if __name__ == "__main__":
    main()
