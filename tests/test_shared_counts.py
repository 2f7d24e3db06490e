"""What workers have together: rates and seats in shared memory, one log, sums of metrics."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import Metric

from kb.admission.rates import Rates
from kb.admission.seats import Seats
from kb.admission.shared_counts import RateTable, SeatTable, SharedCounts
from kb.process.metric_sums import read_metrics, summed, write_metrics


def in_other_process(work: Callable[[], bool]) -> bool:
    """What it tells there, of what was made here."""
    process = os.fork()
    if not process:
        os._exit(0 if work() else 1)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == 0


def test_a_rate_is_one_in_all_processes() -> None:
    table = RateTable()
    assert in_other_process(
        lambda: [Rates(0.1, 2, table).take("a") for _ in range(3)][:2] == [0, 0]
    )
    here = Rates(0.1, 2, table)
    assert here.wait("a") > 0
    assert here.take("a") > 0
    assert here.take("b") == 0


def test_a_shared_rate_is_that_of_one_process() -> None:
    shared, alone = Rates(5, 2, RateTable()), Rates(5, 2)
    for client in "aababbb":
        assert shared.take(client) == alone.take(client)
    time.sleep(0.25)
    assert shared.wait("a") == 0
    assert shared.take("a") == 0


def test_who_is_owed_most_is_remembered_longest() -> None:
    """A crowd of others makes a table forget no more than those of full buckets."""
    rates = Rates(0.01, 100, RateTable())
    for _ in range(100):
        assert rates.take("a") == 0
    for number in range(100_000):
        rates.take(str(number))
    assert rates.wait("a") > 0


def test_seats_are_those_of_all_processes() -> None:
    shared = SharedCounts(2, 4, 4)
    here = Seats(4, 2, shared.subscriptions)
    kept = ExitStack()

    def take_elsewhere() -> bool:
        shared.count_as(1)
        there = Seats(4, 2, shared.subscriptions)
        kept.enter_context(there.occupy("a"))
        return not there.are_full_for("a")

    assert in_other_process(take_elsewhere)
    assert not here.are_full_for("a")
    with here.occupy("a"):
        assert here.are_full_for("a")
        assert not here.are_full_for("b")
        with here.occupy("b"), here.occupy("b"):
            assert here.are_full()
        assert not here.are_full()
    assert not here.are_full_for("a")
    assert shared.subscriptions.count("a") == 1
    shared.clear(1)
    assert shared.subscriptions.total() == 0


def test_seats_of_others_are_not_touched() -> None:
    table = SeatTable(3, 2)
    table.worker = 1
    with table.occupy("a"):
        table.clear(0)
        table.clear(2)
        assert table.count("a") == 1


WRITERS = """
import os, sys
from kb.telemetry.log import LineWriter
from kb.telemetry.shared_log import WriteTurn
turn = WriteTurn()
for number in range(3):
    if not os.fork():
        writer = LineWriter(1, str, turn)
        for _ in range(40):
            writer.add([str(number) * 20_000])
        writer._ended = True
        writer._wanted.set()
        writer._thread.join()
        os._exit(0)
for _ in range(3):
    os.wait()
"""


def test_lines_of_several_processes_are_whole() -> None:
    done = subprocess.run([sys.executable, "-c", WRITERS], capture_output=True, text=True)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert {len(line) for line in lines} == {20_000}
    assert all(len({*line}) == 1 for line in lines)
    assert len(lines) == 120


def metrics_of(scale: int) -> list[Metric]:
    registry = CollectorRegistry()
    Counter("kb_answers", "a", ["cache"], registry=registry).labels("hit").inc(scale)
    Gauge("kb_revision", "r", registry=registry).set(scale)
    Gauge("kb_database_reachable", "d", registry=registry).set(scale % 2)
    Gauge("kb_subscriptions", "s", registry=registry).set(scale)
    histogram = Histogram("seconds", "h", buckets=(1.0, 5.0), registry=registry)
    histogram.observe(scale)
    return read_metrics(write_metrics(registry.collect()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kb_answers_total", 6),
        ("kb_revision", 3),
        ("kb_database_reachable", 0),
        ("kb_subscriptions", 6),
        ("seconds_count", 3),
        ("seconds_sum", 6),
    ],
)
def test_metrics_are_put_together_as_each_means(name: str, value: float) -> None:
    together = summed([metrics_of(1), metrics_of(2), metrics_of(3)])
    samples = [sample for metric in together for sample in metric.samples]
    assert [sample.value for sample in samples if sample.name == name] == [value]


def test_buckets_are_summed_one_by_one() -> None:
    together = summed([metrics_of(1), metrics_of(2), metrics_of(6)])
    buckets = {
        sample.labels["le"]: sample.value
        for metric in together
        for sample in metric.samples
        if sample.name == "seconds_bucket"
    }
    assert buckets == {"1.0": 1, "5.0": 2, "+Inf": 3}
