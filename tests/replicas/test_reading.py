"""What is read from replicas: what may be old, what is new, and that nothing is missed."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.writer import UnavailableError, official, record
from tests.support.command import serving
from tests.support.feeds import CHANGES_QUERY
from tests.support.followers import FeedFollower
from tests.support.replicated import (
    MOST_LAG,
    NUMBERS,
    REVISION,
    Service,
    await_true,
    codes,
    new_token,
    paused,
)
from tests.support.replication import Cluster

pytestmark = pytest.mark.postgresql


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


def test_an_answer_that_is_ahead_of_a_replica_has_a_link_at_once(service: Service) -> None:
    with paused(service.cluster.replicas):
        least = {"x-kb-min-revision": str(service.write())}
        answer = service.client.post("/graphql", json=REVISION, headers=least)
        told = service.client.post("/answers", json=REVISION, headers=least)
        assert told.status_code == 201, told.text
        again = service.client.get(f"{told.json()['url']}.json")
        assert (again.status_code, again.content) == (200, answer.content)


def test_no_answer_is_older_than_is_stated(service: Service) -> None:
    """Kept ones neither: the same is asked over and over, while replicas stop by turns."""
    written = dict[int, float]()
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            written[service.write()] = time.monotonic()
            time.sleep(0.02)

    def disturb() -> None:
        try:
            for server in service.cluster.replicas:
                with paused([server]):
                    time.sleep(1.5)
        finally:
            ended.set()

    oldest = 0.0
    # The service waits for its clients when it is closed, and a fault of either is told.
    with ThreadPoolExecutor(2) as pool:
        threads = [pool.submit(target) for target in (write, disturb)]
        try:
            while not ended.is_set():
                asked = time.monotonic()
                revision = service.revision()
                newer = [at for number, at in [*written.items()] if number > revision]
                oldest = max([oldest, *(asked - at for at in newer)])
        finally:
            ended.set()
    for thread in threads:
        thread.result()
    assert 0.1 < oldest < MOST_LAG + 1


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
    with serving(tmp_path, unused_port, **settings, KB_MOST_LAG="1") as (address, _):
        follower = FeedFollower(address)
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
        await_true(lambda: last in follower.revisions, 20)
    assert follower.revisions == [*range(1, last + 1)]


def _write(address: str, token: str) -> None:
    """Five officials, each again until it is answered: the same key writes it once."""
    for _ in range(5):
        given = [official("writer", next(NUMBERS))]
        while True:
            try:
                record(address, token, given)
                break
            except (UnavailableError, RuntimeError):
                time.sleep(0.1)
