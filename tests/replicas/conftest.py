"""A primary and two replicas for all tests of this folder, and a service that reads from them."""

from collections.abc import Iterator

import pytest

from kb.config import Settings
from kb.database import replicated_reader
from tests.support.databases import prepare
from tests.support.replicated import Service, new_token, serve
from tests.support.replication import Cluster, cluster
from tests.support.seed_texts import write_seed_texts


@pytest.fixture(scope="package")
def running(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with cluster(2, pytestconfig.getoption("postgresql")) as servers:
        yield servers


@pytest.fixture(scope="package")
def token(running: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("seeds")
    prepare(Settings(database_url=running.primary.url()), write_seed_texts(folder))
    return new_token(running)


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
