"""From what server queries are read: what a lag does, and what the end of each."""

import logging
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.database import head_watch, replicated_reader
from tests.support.databases import prepare
from tests.support.replicated import (
    MOST_LAG,
    REVISION,
    SLOW,
    Service,
    await_true,
    codes,
    new_token,
    paused,
)
from tests.support.replication import Cluster, Server, cluster
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.postgresql


def test_a_replica_that_lags_is_left_and_taken_back(service: Service) -> None:
    lagging = service.source
    with paused([lagging]):
        revision = service.write()
        taken = await_true(lambda: service.revision() == revision)
        assert taken < MOST_LAG + 1
        assert service.source is not lagging
        assert service.reads_from_replica()
    service.await_source(lambda source: source is lagging)


def test_while_all_replicas_lag_the_primary_is_read(service: Service) -> None:
    with paused(service.cluster.replicas):
        revision = service.write()
        assert await_true(lambda: service.revision() == revision) < MOST_LAG + 1
        assert not service.reads_from_replica()
    service.await_source(lambda _: service.reads_from_replica())
    assert service.revision() == revision


def test_a_statement_is_asked_again_elsewhere_when_its_server_dies(service: Service) -> None:
    dying = service.source
    timer = threading.Timer(0.3, dying.kill)
    timer.start()
    assert service.fetch(SLOW) == ("done",)
    timer.join()
    assert service.source is not dying
    dying.start()
    service.await_source(lambda source: source is dying)


def test_a_statement_that_stands_in_the_way_of_a_replica_is_asked_again(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, replicated_reader.__name__)
    left = service.source
    left.set("max_standby_streaming_delay", "0")
    primary = service.cluster.primary
    primary.run("create table if not exists gone (n int)")
    primary.run("insert into gone select generate_series(1, 1000)")
    service.cluster.catch_up()

    def vacuum() -> None:
        primary.run("delete from gone")
        primary.run("vacuum gone")

    timer = threading.Timer(0.3, vacuum)
    timer.start()
    assert service.fetch(SLOW) == ("done",)
    timer.join()
    assert "broke off a statement: canceling statement due to conflict with recovery" in caplog.text
    service.await_source(lambda source: source is left)


def test_a_server_that_answers_nothing_is_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes stand still, as a machine's do that has lost its disk."""
    monkeypatch.setattr(head_watch, "_PATIENCE", 1.0)
    silent = service.source
    thread = threading.Thread(target=_stand_still, args=(silent, 0.3, 6.0))
    thread.start()
    began = time.monotonic()
    assert service.fetch(SLOW) == ("done",)
    assert time.monotonic() - began < 6
    assert service.source is not silent
    thread.join()
    service.await_source(lambda source: source is silent)


def _stand_still(server: Server, after: float, seconds: float) -> None:
    """All processes of a server."""
    time.sleep(after)
    main = int((server.folder / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    stopped = [main, *map(int, children)]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    for process in stopped:
        os.kill(process, signal.SIGCONT)


def test_without_replicas_the_primary_is_read(service: Service) -> None:
    for replica in service.cluster.replicas:
        replica.kill()
    revision = service.write()
    assert service.revision() == revision
    assert not service.reads_from_replica()
    for replica in service.cluster.replicas:
        replica.start()
    service.await_source(lambda _: service.reads_from_replica())


def test_without_the_primary_reads_go_on_and_writes_are_refused_at_once(service: Service) -> None:
    revision = service.write()
    await_true(lambda: service.revision() == revision)
    service.cluster.primary.kill()
    await_true(lambda: service.mutate().json().get("errors") is not None)
    time.sleep(0.5)
    began = time.monotonic()
    refused = service.mutate()
    assert time.monotonic() - began < 1
    assert (refused.status_code, codes(refused.json())) == (503, ["UNAVAILABLE"])
    assert service.revision() == revision
    assert service.client.get("/readyz").text == "ready\n"
    assert service.client.get("/export").status_code == 200
    assert codes(service.ask(headers={"x-kb-min-revision": str(revision + 1)})) == ["UNAVAILABLE"]
    service.cluster.primary.start()
    await_true(lambda: service.mutate().json().get("errors") is None)


@pytest.mark.long
@pytest.mark.usefixtures("token")
def test_another_database_is_no_replica(running: Cluster) -> None:
    """Not even where there is no other one left."""
    running.primary.run("create database other")
    prepare(Settings(database_url=running.primary.url("other")))
    running.catch_up()
    settings = Settings(
        database_url=running.primary.url(), replica_urls=running.replicas[0].url("other")
    )
    with TestClient(create_app(settings)) as client:
        for _ in range(5):
            assert client.post("/graphql", json=REVISION).json()["data"]["revision"] != "0"
            time.sleep(0.1)
        running.primary.kill()
        for _ in range(5):
            told = client.post("/graphql", json=REVISION | {"extensions": {}}).json()
            assert codes(told) == ["UNAVAILABLE"]
            time.sleep(0.1)
    running.primary.start()


def test_processes_spread_over_replicas() -> None:
    readers = [object(), object(), object()]
    orders = list[object]()
    for process in range(6):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "getpid", lambda process=process: process)
            orders.append(replicated_reader._rotated(readers)[0])  # type: ignore[arg-type]  # Any objects have an order
    assert [orders.count(reader) for reader in readers] == [2, 2, 2]


@pytest.mark.long
def test_a_replica_that_is_promoted_is_read_and_written(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """All servers stand in both settings, so that neither has to be changed."""
    with cluster(2, pytestconfig.getoption("postgresql")) as servers:
        prepare(Settings(database_url=servers.primary.url()), write_seed_texts(tmp_path))
        token = new_token(servers)
        urls = " ".join(server.url() for server in servers.servers)
        settings = Settings(database_url=servers.url(), replica_urls=urls, most_lag=MOST_LAG)
        names = {server.url(): server for server in servers.servers}
        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            service = Service(servers, client, token, names)
            before = service.write()
            await_true(lambda: service.revision() == before)
            servers.catch_up()
            servers.primary.kill()
            assert service.revision() == before
            servers.fail_over()
            await_true(lambda: service.mutate().status_code == 200)
            revision = service.write()
            await_true(lambda: service.revision() == revision)
