"""Primaries that crash under writers, readers and a copy, and replicas that are promoted."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kb.config import Settings
from tests.chaos import writer
from tests.chaos.commands import run_server
from tests.chaos.copies import FeedCopy
from tests.chaos.curated import CuratedDatabase, count_accepted, prepare_curated
from tests.chaos.figures import Chaos
from tests.chaos.load import Load
from tests.chaos.past import prove_past
from tests.support.databases import Database, open_database
from tests.support.feeds import counts, feed
from tests.support.replication import Cluster, cluster

SHORT, LONG = 3, 30
"""Promotions of each kind."""
READERS = 2
BETWEEN = 3
"""Writes between two promotions, at least."""
PATIENCE = 60
CHANGES = """query ($after: String) {
  changes(after: $after, first: 1000) { nodes { revision cursor recordId document } }
}"""


@dataclass
class Copy:
    """A copy kept over HTTP, which begins anew when it is told that its history is gone."""

    address: str
    token: str
    after: str | None = None
    records: dict[object, object] = field(default_factory=dict)
    revision: int = 0
    forks: int = 0

    def follow(self) -> None:
        """One page; raises UnavailableError while there is none."""
        body: dict[str, object] = {"query": CHANGES, "variables": {"after": self.after}}
        answer = writer.post(self.address, self.token, body)
        if "errors" in answer:
            (error,) = answer["errors"]
            assert error["extensions"]["code"] == "CURSOR_FORKED", error
            self.after, self.records, self.revision = None, {}, 0
            self.forks += 1
            return
        for change in answer["data"]["changes"]["nodes"]:
            self.revision += 1
            assert change["revision"] == str(self.revision)
            self.after = change["cursor"]
            self.records[change["recordId"]] = change["document"]

    def documents(self) -> dict[object, object]:
        return {key: value for key, value in self.records.items() if value is not None}


@pytest.fixture
def servers(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with cluster(programs=pytestconfig.getoption("postgresql")) as running:
        yield running


@pytest.fixture
def service(servers: Cluster, tmp_path: Path) -> CuratedDatabase:
    made = prepare_curated(Settings(database_url=servers.url()), tmp_path)
    servers.catch_up()
    return made


@dataclass
class Crowd:
    """Clients of one service; `told` are the numbers of writes that were answered."""

    address: str
    service: CuratedDatabase
    told: list[int] = field(default_factory=list)
    load: Load = field(default_factory=Load)

    def __post_init__(self) -> None:
        self.copy = Copy(self.address, self.service.token)
        clients = {"writes": self._write, "copies": self._follow}
        self._threads = [self.load.run(name, client) for name, client in clients.items()]
        self._threads += [self.load.run("queries", self._read) for _ in range(READERS)]

    def _write(self, number: int) -> None:
        given = writer.official("w", number)
        writer.record_with_retries(self.address, self.service.token, [given])
        self.told.append(number)

    def _follow(self, _: int) -> None:
        with suppress(writer.UnavailableError):
            self.copy.follow()
        # A token may not ask as often as it likes.
        time.sleep(writer.PAUSE)

    def _read(self, number: int) -> None:
        query = f"{{ n{number}: revision articles {{ totalCount }} }}"
        with suppress(writer.UnavailableError):
            body: dict[str, object] = {"query": query, "variables": {}}
            assert "errors" not in writer.post(self.address, self.service.token, body)
        time.sleep(writer.PAUSE)

    def await_writes(self, more: int = BETWEEN) -> float:
        """The seconds until so many more are answered."""
        wanted, began = len(self.told) + more, time.monotonic()
        while len(self.told) < wanted:
            assert time.monotonic() - began < PATIENCE, self.load.faults
            time.sleep(0.01)
        return time.monotonic() - began

    def end(self) -> None:
        self.load.ended.set()
        for thread in self._threads:
            thread.join()
        assert self.load.faults == []
        while not self._is_whole():
            self.copy.follow()

    def _is_whole(self) -> bool:
        body: dict[str, object] = {"query": "{ revision }", "variables": {}}
        told = writer.post(self.address, self.service.token, body)
        return bool(told["data"]["revision"] == str(self.copy.revision))


def test_nothing_is_lost_where_commits_wait_for_replicas(
    servers: Cluster, service: CuratedDatabase, tmp_path: Path, chaos: Chaos
) -> None:
    turns, longest = chaos.of(SHORT, LONG), 0.0
    with run_server(tmp_path, service.settings) as address:
        crowd = Crowd(address, service)
        for _ in range(turns):
            servers.synchronise()
            crowd.await_writes()
            servers.primary.kill()
            servers.fail_over()
            longest = max(longest, crowd.await_writes(1))
        crowd.end()
    with open_database(service.settings) as db:
        names = [f"Official w {number}" for number in crowd.told]
        assert count_accepted(db) == Counter(names)
        prove(db_copy := FeedCopy(), crowd, db)
    assert crowd.copy.forks == 0
    chaos.tell(
        "primary killed, a replica promoted; synchronous",
        service.settings,
        f"{turns} promotions, {len(names):,} writes, {db_copy.revision:,} changes: none lost or"
        f" done twice; writes went on {longest:.1f} s after a promotion at most",
    )


def test_every_divergence_is_told_where_they_do_not_wait(
    servers: Cluster, service: CuratedDatabase, tmp_path: Path, chaos: Chaos
) -> None:
    turns, longest, ahead = chaos.of(SHORT, LONG), 0.0, 0
    with run_server(tmp_path, service.settings) as address:
        crowd = Crowd(address, service)
        for _ in range(turns):
            crowd.await_writes()
            servers.catch_up()
            left = servers.replicas[0]
            left.cut_off()
            reached = int(str(left.ask("select revision from head")))
            crowd.await_writes()
            had = crowd.copy.revision
            servers.primary.kill()
            forks = crowd.copy.forks
            servers.fail_over(left)
            longest = max(longest, crowd.await_writes(1))
            if had > reached:
                ahead += 1
                await_fork(crowd, forks)
        crowd.end()
    with open_database(service.settings) as db:
        kept = count_accepted(db)
        assert set(kept.values()) == {1}
        prove(FeedCopy(), crowd, db)
    names = {f"Official w {number}" for number in crowd.told}
    lost = len(names - kept.keys())
    assert 0 < ahead <= crowd.copy.forks
    assert lost > 0
    chaos.tell(
        "primary killed, a replica promoted that lagged",
        service.settings,
        f"{turns} promotions lost {lost} of {len(names):,} writes; the copy had lost ones {ahead}"
        f" times, and was told by CURSOR_FORKED {crowd.copy.forks} times; writes went on"
        f" {longest:.1f} s after a promotion at most",
    )


def await_fork(crowd: Crowd, forks: int) -> None:
    began = time.monotonic()
    while crowd.copy.forks == forks:
        assert time.monotonic() - began < PATIENCE, "the copy was not told"
        time.sleep(0.01)


def prove(whole: FeedCopy, crowd: Crowd, db: Database) -> None:
    """The copy that was kept meanwhile is what the feed gives, and the database has no fault."""
    whole.follow(db)
    whole.prove(db)
    prove_past(db, whole.changes)
    assert crowd.copy.documents() == whole.documents()
    assert feed(db)["counts"] == counts(crowd.copy.documents())
