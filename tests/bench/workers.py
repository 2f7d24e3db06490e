"""Several workers against one: answers a second, and what of the machine each answer takes.

In: nothing; a world is made in `.bench` and kept there. Out: a table, by `python -m
tests.bench.workers`. The load shares the machine with the service, and maybe others do: what they
take, workers cannot have. So the processor time of an answer is told, too, and how many cores the
service had.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.load import Job, Measure, open_load
from tests.bench.report import table
from tests.bench.serve import Server
from tests.bench.shapes import SHAPES
from tests.bench.subject import Subject
from tests.bench.worlds import SMALL, Worlds
from tests.support.command import DATABASE_URL, bare_environment
from tests.support.forks import fork
from tests.support.service import free_port

FOLDER = Path(__file__).parents[2] / ".bench"
COUNTS = (1, 2)
NAMES = ("single", "nested", "deep cursor", "page")
ROUNDS, SECONDS = 5, 2.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figures:
    """Of one round: answers a second, and milliseconds of processors that the service took each."""

    rate: float
    cost: float


@contextmanager
def running(folder: Path, url: str, workers: int) -> Iterator[Server]:
    """`kb serve`, which may use every core."""
    port = free_port()
    variables = {DATABASE_URL: url, "KB_PORT": str(port), "KB_WORKERS": str(workers)}
    out = folder / f"{workers}.txt"
    process = fork(folder, ("serve",), bare_environment() | variables, out, out)
    assert process.pid
    try:
        server = Server(port, process.pid)
        server.wait("/graphql", {"query": "{ revision }"})
        yield server
    finally:
        _end(process)


def _end(process: ForkServerProcess) -> None:
    process.terminate()
    process.join(20)


def processes(parent: int) -> list[int]:
    """It, and its workers."""
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [parent, *map(int, text.split())]


def seconds_of(server: Server) -> float:
    """Of processors, of all its processes."""
    return sum(_ticks(process) for process in processes(server.process)) / _TICK


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def megabytes_of(server: Server) -> float:
    """Of memory; what several processes share counts once."""
    return sum(_shared_out(process) for process in processes(server.process)) / 1024


def _shared_out(process: int) -> int:
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    (line,) = (line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1])


def measure_round(server: Server, job: Job, measure: Measure) -> Figures:
    before = seconds_of(server)
    measured = measure(job)
    # What was not counted, at the beginning, was answered all the same.
    answers = measured.rate * job.seconds
    return Figures(measured.rate, 1000 * (seconds_of(server) - before) / answers)


def bench(rounds: int = ROUNDS, seconds: float = SECONDS) -> str:
    settings = Worlds(FOLDER, "").of("sqlite", SMALL, fed=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        measure = stack.enter_context(open_load())
        servers = {
            count: stack.enter_context(running(folder, settings.database_url, count))
            for count in COUNTS
        }
        rows = list[Sequence[str]]()
        for shape in (shape for shape in SHAPES if shape.name in NAMES):
            by_count: dict[int, list[Figures]] = {count: [] for count in COUNTS}
            for _ in range(rounds):
                for count, server in servers.items():
                    subject = Subject(settings, "sqlite", SMALL, [shape], {"ours": server}, {})
                    job = subject.job(shape, "uncached", seconds)
                    by_count[count].append(measure_round(server, job, measure))
            rows.append(_row(shape.name, by_count))
        memory = [f"{count}: {megabytes_of(server):.0f} MB" for count, server in servers.items()]
    head = ["shape", "of 1", "of 2", "ratio", "ms of 1", "ms of 2", "cores of 1", "cores of 2"]
    return table(head, rows) + "\n" + ", ".join(memory)


def _row(name: str, by_count: dict[int, list[Figures]]) -> list[str]:
    rates = [statistics.median(each.rate for each in figures) for figures in by_count.values()]
    costs = [statistics.median(each.cost for each in figures) for figures in by_count.values()]
    ratio = statistics.median(
        more.rate / one.rate for one, more in zip(*by_count.values(), strict=True)
    )
    cores = [rate * cost / 1000 for rate, cost in zip(rates, costs, strict=True)]
    small = [f"{each:.2f}" for each in (ratio, *costs, *cores)]
    return [name, *(f"{rate:,.0f}" for rate in rates), *small]


if __name__ == "__main__":
    print(bench(), flush=True)
