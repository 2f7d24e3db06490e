"""A subscription and a copy through all that happens to a cluster: complete, proven by `feed`."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from threading import Event

import pytest

from kb.config import Settings
from tests.chaos.writer import PAUSE, UnavailableError, official, record
from tests.support.command import ask_server, serving
from tests.support.consumers import CONSUMERS
from tests.support.databases import prepare
from tests.support.feeds import COUNTS, counts
from tests.support.followers import FeedFollower
from tests.support.replicated import NUMBERS, await_true, new_token
from tests.support.replication import Cluster, cluster
from tests.support.seed_texts import write_seed_texts
from tests.support.service import free_port

pytestmark = [pytest.mark.postgresql, pytest.mark.long]

DLT = CONSUMERS[1]
ONE_WAITS = "ANY 1 (*)"
"""A commit waits for one replica, whichever; the one that has most is promoted."""


class Node:
    """A service that can be stopped and started."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder, self._port, self._settings = folder, free_port(), settings
        self._running = ExitStack()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._running.enter_context(serving(self._folder, self._port, **self._settings))

    def stop(self) -> None:
        self._running.close()

    def restart(self) -> None:
        self.stop()
        self.start()


class Writer:
    """Records officials at one node or the other, each until it is answered."""

    def __init__(self, token: str, addresses: list[str]) -> None:
        self._token, self._addresses = token, cycle(addresses)
        self.written = 0

    def write(self) -> None:
        given = [official("rolling", next(NUMBERS))]
        for address in self._addresses:
            try:
                record(address, self._token, given)
            except (UnavailableError, RuntimeError):
                time.sleep(PAUSE)
            else:
                self.written += 1
                return

    def await_more(self, number: int) -> None:
        enough = self.written + number
        await_true(lambda: self.written >= enough, 60)


class Copy:
    """Kept by the documented script, which is run over and over, at one node or the other."""

    def __init__(self, file: Path, addresses: list[str]) -> None:
        self._file, self._addresses = file, cycle(addresses)
        self.kept = 0

    def keep(self) -> None:
        """What is not there just now fails it; it must never be told that the copy is wrong."""
        process = DLT.start(next(self._addresses), self._file)
        _, told = process.communicate(timeout=120)
        assert "not what the server has" not in told
        self.kept += process.returncode == 0

    def await_more(self, number: int) -> None:
        enough = self.kept + number
        await_true(lambda: self.kept >= enough, 180)


@contextmanager
def over_and_over(action: Callable[[], None]) -> Iterator[None]:
    """Meanwhile, in a thread; what fails there fails here."""
    ended = Event()

    def repeat() -> None:
        while not ended.is_set():
            action()

    with ThreadPoolExecutor(1) as thread:
        repeated = thread.submit(repeat)
        try:
            yield
        finally:
            ended.set()
        repeated.result()


@pytest.fixture
def servers(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with cluster(2, pytestconfig.getoption("postgresql")) as running:
        yield running


@pytest.fixture
def nodes(servers: Cluster, tmp_path: Path) -> Iterator[list[Node]]:
    """Two of them; all servers stand in both settings."""
    prepare(Settings(database_url=servers.primary.url()), write_seed_texts(tmp_path))
    servers.primary.set("synchronous_standby_names", ONE_WAITS)
    settings = {
        "KB_DATABASE_URL": servers.url(),
        "KB_REPLICA_URLS": " ".join(server.url() for server in servers.servers),
        "KB_MOST_LAG": "1",
    }
    made = [Node(tmp_path, settings) for _ in range(2)]
    for node in made:
        node.start()
    yield made
    for node in made:
        node.stop()


def happenings(servers: Cluster, nodes: list[Node]) -> Iterator[Callable[[], None]]:
    for node in nodes:
        yield node.restart
    for replica in servers.replicas:
        yield replica.kill
        yield replica.start

    def promote() -> None:
        servers.primary.kill()
        servers.fail_over()
        servers.primary.set("synchronous_standby_names", ONE_WAITS)

    yield promote


def test_nothing_is_missed(servers: Cluster, nodes: list[Node], tmp_path: Path) -> None:
    addresses = [node.address for node in nodes]
    follower = FeedFollower(*addresses)
    follower.start()
    writer = Writer(new_token(servers), addresses)
    copy = Copy(tmp_path / "copy.duckdb", addresses)
    with over_and_over(copy.keep):
        for happen in happenings(servers, nodes):
            with over_and_over(writer.write):
                happen()
                writer.await_more(3)
            # A run ends once it has all that there is: not while there is ever more.
            copy.await_more(1)
    last = int(str(servers.primary.ask("select revision from head")))
    await_true(lambda: last in follower.revisions, 20)
    assert follower.revisions == [*range(1, last + 1)]
    for address in addresses:
        rows = DLT.keep(address, tmp_path / "copy.duckdb")
        answer = ask_server(address, COUNTS)
        assert isinstance(answer, dict)
        assert counts(rows) == answer["data"]["feed"]["counts"]
