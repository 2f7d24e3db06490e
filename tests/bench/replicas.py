"""What replicas cost and save: how soon they have a write, how long reads stop when one goes, and
how much work the primary is relieved of.

In: `python -m tests.bench.replicas`. Out: rows of a table, on a primary and two replicas that this
machine runs beside the service and the client.
"""

import asyncio
import http.client
import json
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
from kb.database.read_pool import NEWEST_REVISION, Reader
from kb.roles import Role
from tests.chaos.writer import official, record
from tests.support.command import serving
from tests.support.databases import prepare
from tests.support.replication import Cluster, Server, cluster
from tests.support.seed_texts import write_seed_texts
from tests.support.service import free_port

_WRITES, _ROUNDS, _FETCHES = 60, 9, 400
_QUERIES = 250
"""Of each round of those by which the relief is told."""
_NESTED = """{ organisations { nodes { name memberships(first: 30) { nodes {
  status period { text } state { name } citations { nodes { claim article { headline } } }
  } } } } }"""
_TICKS = os.sysconf("SC_CLK_TCK")
_QUERY = b'{"query":"{ revision }"}'


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
        await reader.fetch(NEWEST_REVISION, ())
    return (time.perf_counter() - began) / _FETCHES


def measure_relief(running: Cluster, folder: Path) -> None:
    """CPU time of each server for a thousand queries, by services with and without a replica."""
    replica = running.replicas[0]
    alone = {"KB_DATABASE_URL": running.primary.url()}
    relieved = alone | {"KB_REPLICA_URLS": replica.url()}
    used: dict[str, list[float]] = {"without": [0.0, 0.0], "with": [0.0, 0.0]}
    ports = {"without": free_port(), "with": free_port()}
    with (
        serving(folder, ports["without"], **alone),
        serving(folder, ports["with"], **relieved),
    ):
        time.sleep(1)
        for number in range(_ROUNDS):
            for name, port in ports.items():
                before = [cpu_seconds(server) for server in (running.primary, replica)]
                ask_nested(port, number)
                for place, server in enumerate((running.primary, replica)):
                    used[name][place] += cpu_seconds(server) - before[place]
    for name, (primary, of_replica) in used.items():
        share = 1_000 / (_ROUNDS * _QUERIES)
        told = f"primary {primary * share:.2f} s, replica {of_replica * share:.2f} s"
        print(f"| CPU time for 1,000 nested queries {name} a replica | {told} |", flush=True)


def ask_nested(port: int, number: int) -> None:
    """Queries that differ in `extensions` alone, so that no answer had been kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for query in range(_QUERIES):
        body = {"query": _NESTED, "extensions": {"n": f"{number}-{query}"}}
        connection.request(
            "POST", "/graphql", json.dumps(body), {"content-type": "application/json"}
        )
        answer = connection.getresponse()
        assert "errors" not in json.load(answer)
    connection.close()


def cpu_seconds(server: Server) -> float:
    """Of all its processes, and of those that have ended."""
    main, *children = processes(server)
    ticks = sum(_ticks(main, 13, 17)) + sum(sum(_ticks(child, 13, 15)) for child in children)
    return ticks / _TICKS


def _ticks(process: int, start: int, end: int) -> list[int]:
    """Of user and system, and behind these those of children that were waited for."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[start - 2 : end - 2]]


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
        measure_relief(running, Path(folder))
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
