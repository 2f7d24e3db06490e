"""Queries read from streaming replicas: what is old, what is new, and what a server's end does."""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb import database, tokens
from kb.app import App, create_app
from kb.config import Settings
from kb.database import head_watch, replicated_reader
from kb.database.read_pool import SqlValue
from kb.models import Role
from tests.chaos.writer import UnavailableError, official, record
from tests.support.command import serving
from tests.support.databases import prepare
from tests.support.feeds import CHANGES_QUERY
from tests.support.followers import change_of, follow_by_events
from tests.support.replication import Cluster, Server, cluster
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.slow

MOST_LAG = 1.0
REVISION = {"query": "{ revision }"}
MUTATION = """mutation($i: RecordOfficialInput!) {
  recordOfficial(input: $i) { ... on RecordOfficialPayload { revision } } }"""
FOLLOWED = "subscription ($after: String) { changes(after: $after) { revision cursor } }"
SLOW = ("select pg_sleep(1.5)::text || 'done'",)
NUMBERS = count()


@dataclass(frozen=True)
class Service:
    """One that runs on a cluster, and a token for it."""

    cluster: Cluster
    client: TestClient
    token: str
    names: dict[str, Server] = field(default_factory=dict)

    @property
    def source(self) -> Server:
        """The server that queries are read from."""
        assert isinstance(self.client.app, App)
        return self.names[self.client.app.context.reader.url]

    def write(self) -> int:
        """The revision that a mutation answers; it is told by the header, too."""
        answer = self.mutate()
        assert answer.status_code == 200, answer.text
        revision = answer.json()["data"]["recordOfficial"]["revision"]
        assert answer.headers["x-kb-revision"] == revision
        return int(revision)

    def mutate(self) -> Response:
        body = {"query": MUTATION, "variables": {"i": official("curator", next(NUMBERS))}}
        headers = {"authorization": f"Bearer {self.token}"}
        return self.client.post("/graphql", json=body, headers=headers)

    def ask(
        self, query: str = "{ revision }", headers: Mapping[str, str] | None = None, **given: object
    ) -> dict[str, object]:
        body = {"query": query, "variables": given}
        answer: dict[str, object] = self.client.post("/graphql", json=body, headers=headers).json()
        return answer

    def revision(self, headers: Mapping[str, str] | None = None) -> int:
        data = self.ask(headers=headers)["data"]
        assert isinstance(data, dict)
        return int(data["revision"])

    def fetch(self, pieces: tuple[str, ...]) -> Sequence[SqlValue]:
        assert isinstance(self.client.app, App)
        reader, portal = self.client.app.context.reader, self.client.portal
        assert portal is not None
        return portal.call(reader.fetch, pieces, ())

    def await_source(self, is_wanted: Callable[[Server], bool]) -> None:
        await_true(lambda: is_wanted(self.source))

    def reads_from_replica(self) -> bool:
        return self.source is not self.cluster.primary


def await_true(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """How long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it takes too long"
        time.sleep(0.01)
    return time.monotonic() - began


def codes(answer: Mapping[str, object]) -> list[str]:
    errors = answer["errors"]
    assert isinstance(errors, list)
    return [error["extensions"]["code"] for error in errors]


@pytest.fixture(scope="module")
def running(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with cluster(2, pytestconfig.getoption("postgresql")) as servers:
        yield servers


@pytest.fixture(scope="module")
def token(running: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("seeds")
    prepare(Settings(database_url=running.primary.url()), write_seed_texts(folder))
    return new_token(running)


def new_token(running: Cluster) -> str:
    engine = database.open_engine(Settings(database_url=running.primary.url()))
    with database.write_transaction(engine) as connection:
        token = tokens.issue_token(connection, f"curator {next(NUMBERS)}", Role.CURATOR)
    engine.dispose()
    return token


@pytest.fixture
def service(running: Cluster, token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Healthy at first, and made healthy afterwards."""
    monkeypatch.setattr(replicated_reader, "PROBATION", 0.5)
    with serve(running, token) as service:
        service.await_source(lambda _: service.reads_from_replica())
        yield service
        for server in running.servers:
            if not server.answers():
                server.start()
        for replica in running.replicas:
            replica.resume_replay()
    running.catch_up()


@contextmanager
def serve(running: Cluster, token: str, *more: Server) -> Iterator[Service]:
    urls = " ".join(server.url() for server in (*running.replicas, *more))
    settings = Settings(database_url=running.primary.url(), replica_urls=urls, most_lag=MOST_LAG)
    names = {server.url(): server for server in (*running.servers, *more)}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Service(running, client, token, names)


@contextmanager
def paused(servers: Sequence[Server]) -> Iterator[None]:
    """Replicas that replay nothing meanwhile, as a query or an administrator may have it."""
    for server in servers:
        server.pause_replay()
    yield
    for server in servers:
        server.resume_replay()


def test_what_is_written_is_soon_read_from_a_replica(service: Service) -> None:
    revision = service.write()
    assert await_true(lambda: service.revision() == revision) < 0.5
    assert service.reads_from_replica()


def test_who_names_a_revision_never_reads_an_older_one(service: Service) -> None:
    old = service.revision()
    with paused(service.cluster.replicas):
        revision = service.write()
        assert service.revision() == old, "it read from the primary"
        began = time.monotonic()
        assert service.revision({"x-kb-min-revision": str(revision)}) == revision
        assert time.monotonic() - began < 0.5
        answer = service.ask(headers={"x-kb-min-revision": str(revision + 1)})
        assert codes(answer) == ["UNAVAILABLE"]


def test_a_cursor_that_is_ahead_of_a_replica_is_no_fork(service: Service) -> None:
    cursor = "{ feed { headCursor } }"
    with paused(service.cluster.replicas):
        revision = service.write()
        data = service.ask(cursor, {"x-kb-min-revision": str(revision)})["data"]
        assert isinstance(data, dict)
        ahead = data["feed"]["headCursor"]
        assert service.ask(CHANGES_QUERY, after=ahead)["data"]
        forged = json.loads(bytes.fromhex(ahead))
        forged[1] = "x" + forged[1][1:]
        fork = json.dumps(forged).encode().hex()
        assert codes(service.ask(CHANGES_QUERY, after=fork)) == ["CURSOR_FORKED"]
        service.cluster.primary.kill()
        await_true(lambda: codes(service.ask(CHANGES_QUERY, after=fork)) == ["UNAVAILABLE"])
        service.cluster.primary.start()


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


def test_no_answer_is_older_than_is_stated(service: Service) -> None:
    """Kept ones neither: the same is asked over and over, while replicas stop by turns."""
    written = dict[int, float]()
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            written[service.write()] = time.monotonic()
            time.sleep(0.02)

    def disturb() -> None:
        for server in service.cluster.replicas:
            with paused([server]):
                time.sleep(1.5)
        ended.set()

    threads = [threading.Thread(target=target) for target in (write, disturb)]
    for thread in threads:
        thread.start()
    oldest = 0.0
    while not ended.is_set():
        asked = time.monotonic()
        revision = service.revision()
        newer = [at for number, at in [*written.items()] if number > revision]
        oldest = max([oldest, *(asked - at for at in newer)])
    for thread in threads:
        thread.join()
    assert 0.1 < oldest < MOST_LAG + 1


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
    assert time.monotonic() - began < 0.2
    assert (refused.status_code, codes(refused.json())) == (503, ["UNAVAILABLE"])
    assert service.revision() == revision
    assert service.client.get("/readyz").text == "ready\n"
    assert service.client.get("/export").status_code == 200
    assert codes(service.ask(headers={"x-kb-min-revision": str(revision + 1)})) == ["UNAVAILABLE"]
    service.cluster.primary.start()
    await_true(lambda: service.mutate().json().get("errors") is None)


def test_a_new_token_holds_and_a_revoked_one_does_not_whatever_replicas_know(
    service: Service,
) -> None:
    with paused(service.cluster.replicas):
        token = new_token(service.cluster)
        headers = {"authorization": f"Bearer {token}"}
        assert service.client.post("/graphql", json=REVISION, headers=headers).status_code == 200
        revoked = token.split("_")[1]
        service.cluster.primary.run(f"update token set revoked_at = 'now' where id = '{revoked}'")
        time.sleep(1)
        assert service.client.post("/graphql", json=REVISION, headers=headers).status_code == 401


def test_downloads_are_read_where_queries_are(service: Service) -> None:
    old = service.revision()
    with paused(service.cluster.replicas):
        service.write()
        (line, *_) = service.client.get("/export").text.splitlines()
        assert json.loads(line)["revision"] == old


@pytest.mark.long
def test_a_subscription_misses_nothing_while_servers_come_and_go(
    running: Cluster, token: str, tmp_path: Path, unused_port: int
) -> None:
    """Each replica dies and comes back by turns, and then the primary, under a writer."""
    replicas = " ".join(server.url() for server in running.replicas)
    settings = {"KB_DATABASE_URL": running.primary.url(), "KB_REPLICA_URLS": replicas}
    got = list[int]()
    with serving(tmp_path, unused_port, **settings, KB_MOST_LAG="1") as (address, _):
        follower = threading.Thread(target=_follow, args=(address, got), daemon=True)
        follower.start()
        for server in (*running.replicas, *running.replicas, running.primary):
            _write(address, token)
            server.kill()
            if server is not running.primary:
                _write(address, token)
            time.sleep(1)
            server.start()
            _write(address, token)
            time.sleep(1)
        last = int(str(running.primary.ask("select revision from head")))
        await_true(lambda: last in got, 20)
    assert got == [*range(1, last + 1)]


def _follow(address: str, got: list[int]) -> None:
    """Subscribe again after the last cursor whenever an error ends it."""
    cursor: object = None
    while True:
        events = follow_by_events(address, FOLLOWED, after=cursor)
        with suppress(OSError):
            for event in events:
                if "data" not in event:
                    assert codes(event) == ["UNAVAILABLE"]
                    break
                got.append(int(str(change_of(event)["revision"])))
                cursor = change_of(event)["cursor"]
        time.sleep(0.1)


def _write(address: str, token: str) -> None:
    """Ten officials, each again until it is answered: the same key writes it once."""
    for _ in range(10):
        given = [official("writer", next(NUMBERS))]
        while True:
            try:
                record(address, token, given)
                break
            except (UnavailableError, RuntimeError):
                time.sleep(0.1)


@pytest.mark.usefixtures("token")
def test_another_database_is_no_replica(running: Cluster) -> None:
    running.primary.run("create database other")
    prepare(Settings(database_url=running.primary.url("other")))
    settings = Settings(
        database_url=running.primary.url(), replica_urls=running.primary.url("other")
    )
    with TestClient(create_app(settings)) as client:
        for _ in range(5):
            assert client.post("/graphql", json=REVISION).json()["data"]["revision"] != "0"
            time.sleep(0.1)


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
