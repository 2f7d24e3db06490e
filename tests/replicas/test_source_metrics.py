"""From where queries read, and how far that is behind: as metrics of all workers together."""

import math
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.writer import official, record
from tests.support.command import serving
from tests.support.replicated import NUMBERS, await_true
from tests.support.replication import Cluster
from tests.support.service import free_port

pytestmark = pytest.mark.postgresql

WORKERS = 2
SOURCES = {"primary", "replica 1", "replica 2"}
Values = dict[str, float]


@pytest.fixture
def service(running: Cluster, token: str, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The address of a service of two workers, and the port of its metrics."""
    del token
    running.catch_up()
    scraped = free_port()
    settings = {
        "KB_DATABASE_URL": running.primary.url(),
        "KB_REPLICA_URLS": " ".join(server.url() for server in running.replicas),
        "KB_MOST_LAG": "1",
        "KB_WORKERS": str(WORKERS),
        "KB_METRICS_PORT": str(scraped),
    }
    with serving(tmp_path, free_port(), None, None, **settings) as (address, _):
        yield address, scraped


def read_metrics(port: int) -> tuple[Values, Values]:
    """How many workers read from each source, and its lag."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert "127.0.0.1" not in text
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]

    def of(name: str) -> Values:
        return {each.labels["source"]: each.value for each in samples if each.name == name}

    return of("kb_source_workers"), of("kb_source_lag_seconds")


def test_what_is_read_and_how_far_it_is_behind(
    running: Cluster, token: str, service: tuple[str, int]
) -> None:
    address, port = service
    healthy = dict.fromkeys(SOURCES, 0.0)
    await_true(lambda: read_metrics(port)[0]["primary"] == 0)
    workers, lags = read_metrics(port)
    assert set(workers) == SOURCES
    assert (sum(workers.values()), lags) == (WORKERS, healthy)
    killed, kept = running.replicas
    killed.kill()
    try:
        dead = {"primary": 0.0, "replica 1": math.inf, "replica 2": 0.0}
        alone = {"primary": 0.0, "replica 1": 0.0, "replica 2": WORKERS}
        await_true(lambda: read_metrics(port) == (alone, dead))
        kept.pause_replay()
        assert read_metrics(port)[1]["replica 2"] == 0, "it lacks nothing"
        record(address, token, [official("metrics", next(NUMBERS))])
        await_true(lambda: read_metrics(port)[1]["replica 2"] > 1)
        await_true(lambda: read_metrics(port)[0] == alone | {"primary": WORKERS, "replica 2": 0})
    finally:
        kept.resume_replay()
        killed.start()
    await_true(lambda: read_metrics(port)[1] == healthy, 20)
