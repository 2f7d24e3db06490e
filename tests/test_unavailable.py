"""A database gone and back, or busy: 503 meanwhile, healthy again by itself, no restart of ours."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.config import Settings
from kb.errors import DatabaseMissing, Unavailable
from kb.upgrade.upgrade import upgrade
from tests.support.command import run, serving
from tests.support.databases import Database, prepare
from tests.support.postgresql import start_guard

QUERY = {"query": "{ revision }"}


class StoppableServer:
    """A PostgreSQL of this test's own, which it may stop and start."""

    def __init__(self, programs: str | None) -> None:
        self.guard = start_guard(programs)
        assert self.guard.stdout is not None
        self.url = self.guard.stdout.readline().strip()

    def tell(self, command: str) -> None:
        assert self.guard.stdin is not None
        assert self.guard.stdout is not None
        self.guard.stdin.write(f"{command}\n")
        self.guard.stdin.flush()
        assert self.guard.stdout.readline().strip() == "done"


@pytest.fixture
def server(pytestconfig: pytest.Config) -> Iterator[StoppableServer]:
    running = StoppableServer(pytestconfig.getoption("postgresql"))
    yield running
    running.guard.communicate(timeout=60)


def test_503_while_it_is_gone_and_healthy_once_it_is_back(server: StoppableServer) -> None:
    settings = prepare(Settings(database_url=server.url))
    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").text == "ready\n"
        assert client.post("/graphql", json=QUERY).json() == {"data": {"revision": "0"}}
        server.tell("stop")
        for path in ("/readyz", "/export", "/export/states.csv", "/graphql"):
            gone = client.post(path, json=QUERY) if path == "/graphql" else client.get(path)
            assert gone.status_code == 503
            assert gone.headers["retry-after"] == "1"
        assert gone.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
        assert client.get("/livez").status_code == 200
        server.tell("start")
        assert _seconds_until_answered(client) < 10
        assert client.get("/readyz").text == "ready\n"


@pytest.mark.long
def test_it_is_found_at_once_however_long_it_was_away(server: StoppableServer) -> None:
    settings = prepare(Settings(database_url=server.url))
    with TestClient(create_app(settings)) as client:
        assert client.post("/graphql", json=QUERY).status_code == 200
        server.tell("stop")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert client.post("/graphql", json=QUERY).status_code == 503
        server.tell("start")
        assert _seconds_until_answered(client) < 5


def _seconds_until_answered(client: TestClient) -> float:
    began = time.monotonic()
    while client.post("/graphql", json=QUERY).status_code != 200:
        assert time.monotonic() - began < 30, "it never came back"
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_command_is_told_that_it_is_gone_and_why(tmp_path: Path, unused_port: int) -> None:
    nowhere = f"postgresql://kb@127.0.0.1:{unused_port}/kb"
    done = run(tmp_path, "check", KB_DATABASE_URL=nowhere)
    assert (done.returncode, done.stdout) == (1, "")
    told, why = done.stderr.splitlines()
    assert told == "the database does not answer; try again in a moment"
    assert why.startswith("connection failed: ")


def test_a_database_that_cannot_be_opened_says_where_one_can(tmp_path: Path) -> None:
    engine = database.open_engine(Settings(database_url=f"sqlite:///{tmp_path}/none/kb.db"))
    with pytest.raises(DatabaseMissing) as raised:
        upgrade(engine)
    assert raised.value.whole() == (
        "the database cannot be opened; name one in a folder that you may write to"
    )
    engine.dispose()


def test_a_lock_that_is_held_too_long_is_another_write(empty: Database) -> None:
    impatient = "pragma busy_timeout = 1" if empty.is_sqlite else "set lock_timeout = 1"
    with empty.engine.connect() as connection:
        connection.exec_driver_sql(impatient)
        connection.commit()
    other = database.open_engine(empty.settings)
    with (
        database.write_transaction(other),
        pytest.raises(Unavailable, match=r"another write is under way; try again"),
        database.write_transaction(empty.engine),
    ):
        pass
    other.dispose()


_ENDS = "the database's server ends transactions that pause or last as long as this one; set idle"


def end_idle_transactions(db: Database, milliseconds: int) -> None:
    ((name,),) = db.rows("select current_database()")
    limit = f"idle_in_transaction_session_timeout = {milliseconds}"
    db.run(f"alter database {name} set {limit}")


def test_a_server_that_ends_transactions_is_named(filled: Database) -> None:
    if filled.is_sqlite:
        pytest.skip("SQLite ends none")
    end_idle_transactions(filled, 100)
    reading = database.open_reading_engine(filled.settings)
    with pytest.raises(Unavailable, match=_ENDS):
        read_with_a_pause(reading)
    reading.dispose()


def read_with_a_pause(engine: Engine) -> None:
    with database.read_transaction(engine) as connection:
        connection.exec_driver_sql("select 1")
        time.sleep(0.5)
        connection.exec_driver_sql("select 1")


@pytest.mark.long
def test_a_download_that_it_ends_is_cut_off_in_a_sentence(
    filled: Database, tmp_path: Path, unused_port: int
) -> None:
    """Whoever takes it knows that it is not whole, for its last chunk is missing."""
    if filled.is_sqlite:
        pytest.skip("SQLite ends none")
    end_idle_transactions(filled, 2_000)
    filled.run(
        "insert into snapshot (type, key, document, sha256) select 'State', n, repeat('x', 20000),"
        " '' from generate_series(1, 2000) n"
    )
    log, url = tmp_path / "log", filled.settings.database_url
    with (
        serving(tmp_path, unused_port, None, log, KB_DATABASE_URL=url),
        socket.create_connection(("127.0.0.1", unused_port)) as client,
    ):
        client.sendall(b"GET /export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(4)  # Nothing is read meanwhile, and so the transaction pauses.
        end = b"".join(iter(lambda: client.recv(1_000_000), b""))[-5:]
    assert end != b"0\r\n\r\n"
    told = log.read_text(encoding="utf-8")
    assert f"a download was cut off: {_ENDS}" in told
    assert "Traceback" not in told


def test_the_server_stops_when_the_tests_are_killed() -> None:
    program = (
        "import os, signal; from tests.support.postgresql import server\n"
        "with server() as url: print(url, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    folder = Path(killed.stdout.partition("host=")[2].strip())
    assert folder.parent.name.startswith("kb-postgresql-")
    for _ in range(100):
        if not folder.parent.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{folder} is still there")
