"""A service that starts while the primary is gone: it reads from replicas until that is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from tests.chaos.writer import UnavailableError, official, record, record_with_retries
from tests.support.command import ask_server, run, serving
from tests.support.replicated import NUMBERS, await_true
from tests.support.replication import Cluster
from tests.support.service import free_port

pytestmark = pytest.mark.postgresql


@contextmanager
def without_primary(running: Cluster) -> Iterator[None]:
    """Gone, and there again in any case; replicas have all that it had."""
    running.catch_up()
    running.primary.kill()
    try:
        yield
    finally:
        if not running.primary.answers():
            running.primary.start()


def settings_of(running: Cluster, *urls: str) -> dict[str, str]:
    replicas = urls or [server.url() for server in running.replicas]
    return {"KB_DATABASE_URL": running.primary.url(), "KB_REPLICA_URLS": " ".join(replicas)}


def revision(address: str) -> int:
    answer = ask_server(address, "{ revision }")
    assert isinstance(answer, dict)
    return int(answer["data"]["revision"])


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_it_reads_from_a_replica_and_writes_once_the_primary_is_there(
    running: Cluster, token: str, tmp_path: Path, workers: str
) -> None:
    head = int(str(running.primary.ask("select revision from head")))
    log = tmp_path / "log"
    with without_primary(running):
        given = settings_of(running) | {"KB_WORKERS": workers}
        with serving(tmp_path, free_port(), None, log, **given) as (address, _):
            assert revision(address) == head
            assert urlopen(f"{address}/readyz", timeout=10).read() == b"ready\n"
            with pytest.raises(UnavailableError):
                record(address, token, [official("early", next(NUMBERS))])
            told = log.read_text()
            assert "Begins all the same, with what postgres on 127.0.0.1 has" in told
            running.primary.start()
            given_later = [official("later", next(NUMBERS))]
            (written,) = record_with_retries(address, token, given_later)
            await_true(lambda: revision(address) >= written)


def test_where_no_replica_can_be_read_it_says_so(
    running: Cluster, token: str, tmp_path: Path
) -> None:
    """They are of another version, have no such database, and are gone."""
    del token
    running.primary.run("create database older template postgres")
    with psycopg.connect(running.primary.url("older")) as connection:
        connection.execute("update alembic_version set version_num = '0026'")
    replica, nobody = running.replicas[0], f"postgresql://postgres@127.0.0.1:{free_port()}/postgres"
    given = settings_of(running, replica.url("older"), replica.url("nothing"), nobody)
    with without_primary(running):
        done = run(tmp_path, "serve", KB_PORT=str(free_port()), **given)
    assert (done.returncode, done.stdout) == (1, "")
    told = "the database does not answer, and no replica can be read instead; try again in a moment"
    assert done.stderr.startswith(f"{told}\n")
