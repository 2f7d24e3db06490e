"""No secret leaves: canaries in all that names a database, in every failure, at every door.

Clients are told fixed texts: neither passwords nor users, hosts, paths or parameters. Who runs the
service may read of the database, its host and what the driver says; never of a password.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pysqlite3
import pytest
from starlette.testclient import TestClient

from kb import cli, database, tokens
from kb.app import create_app
from kb.command import first_start
from kb.config import Settings
from kb.database import file_connection, sqlite_reader
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.sqlite_reader import SqliteReader
from kb.errors import DatabaseMissing
from kb.roles import Role
from kb.server import mutations
from tests.support.databases import SqlitePlace, prepare
from tests.support.postgresql import start_guard
from tests.support.service import free_port

PASSWORD = "canary-pass@/?#:% word"
PARAMETERS = {
    "password": PASSWORD,
    "sslpassword": PASSWORD,
    "sslkey": "/canary/key",
    "sslcert": "/canary/certificate",
    "sslmode": "disable",
    "passfile": "/canary/passwords",
    "application_name": "canary-application",
}
ONE = 'm{0}: recordPublication(input: {{slug: "p{0}", name: "{0:0200}"}}) {{ __typename }}'
MANY = " ".join(ONE.format(number) for number in range(15))
"""More than there is room for in the pages that an empty database has."""


def url_of(user: str, address: str, name: str, **parameters: str) -> Settings:
    """With all canaries that a server which trusts everybody takes no notice of."""
    parts = {**PARAMETERS, **parameters}
    told = "&".join(f"{key}={quote(value, safe='')}" for key, value in parts.items())
    return Settings(database_url=f"postgresql://{user}@{address}/{name}?{told}")


def ask_everywhere(client: TestClient, token: str) -> Iterator[tuple[str, int, str]]:
    """Every way to ask: its name, the status, and all that a client then has."""
    bearer = {"authorization": f"Bearer {token}"}
    query = {"query": '{ revision organisation(slug: "csto") { slug } }'}
    write = {"query": f"mutation {{{MANY}}}"}
    for name, response in (
        ("POST", client.post("/graphql", json=query)),
        ("GET", client.get("/graphql", params=query)),
        ("SSE", client.get("/graphql", params=query, headers={"accept": "text/event-stream"})),
        ("least", client.post("/graphql", json=query, headers={"x-kb-min-revision": "1"})),
        ("mutation", client.post("/graphql", json=write, headers=bearer)),
        *(
            (path, client.get(path))
            for path in (
                *("/export", "/export/states.csv", "/export/states.parquet", "/readyz", "/livez"),
                *("/", "/search?q=x", "/states/UZ", "/states/UZ/memberships.csv"),
            )
        ),
    ):
        yield name, response.status_code, f"{response.headers} {response.text}"
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"id": "1", "type": "subscribe", "payload": query})
        yield "WebSocket", 200, json.dumps(socket.receive_json())


def answers_after(
    settings: Settings, token: str = "", harm: Callable[[], object] = bool
) -> dict[str, str]:
    """What each door tells once the harm is done."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        harm()
        answers = {name: (status, told) for name, status, told in ask_everywhere(client, token)}
    for name, (_, told) in answers.items():
        assert "canary" not in told, (name, told)
    assert any(status >= 500 for status, _ in answers.values())
    return {name: told for name, (_, told) in answers.items()}


def run_command(monkeypatch: pytest.MonkeyPatch, settings: Settings, *arguments: str) -> None:
    """A command, with nothing served."""
    monkeypatch.setenv("KB_DATABASE_URL", settings.database_url)
    monkeypatch.setattr("kb.process.service.run_server", lambda _, __, ready: ready())
    monkeypatch.setattr(sys, "argv", ["kb", *arguments])
    with pytest.raises(SystemExit):
        cli.run_command()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("prepared")).create())


@pytest.fixture
def canary(prepared: Settings, tmp_path: Path) -> Settings:
    """A database of SQLite whose path is nobody's business."""
    folder = tmp_path / "canary"
    folder.mkdir()
    return SqlitePlace(folder).create(prepared)


@pytest.fixture
def token(canary: Settings) -> str:
    engine = database.open_engine(canary)
    with database.write_transaction(engine) as connection:
        made = tokens.issue_token(connection, "Ada", Role.CURATOR)
    engine.dispose()
    return made


def version_of_another(settings: Settings) -> None:
    engine = database.open_engine(settings)
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    engine.dispose()


def test_a_file_of_another_version(canary: Settings) -> None:
    told = answers_after(canary, harm=lambda: version_of_another(canary))
    assert DatabaseMissing.public.replace("; ", '","remedy":"') in told["/export/states.csv"]


def test_a_file_that_is_gone(canary: Settings) -> None:
    told = answers_after(canary, harm=Path(canary.database_name).unlink)
    assert '"the database is gone","remedy":"put it back' in told["/export"]


def test_a_file_that_is_damaged(canary: Settings) -> None:
    def damage() -> None:
        path = Path(canary.database_name)
        for left in path.parent.iterdir():
            left.write_bytes(b"canary" * 9999)

    answers_after(canary, harm=damage)


@pytest.mark.parametrize(
    ("pragma", "status"),
    [("max_page_count = 1", "STORAGE_FAILED"), ("query_only = on", "STORAGE_FAILED")],
)
def test_a_file_that_cannot_be_written(
    canary: Settings, token: str, monkeypatch: pytest.MonkeyPatch, pragma: str, status: str
) -> None:
    hindered = (*file_connection._PRAGMAS, f"pragma {pragma}")
    told = answers_after(
        canary, token, lambda: monkeypatch.setattr(file_connection, "_PRAGMAS", hindered)
    )
    assert status in told["mutation"]


def test_a_file_that_another_writes(
    canary: Settings, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "PATIENCE", 0.1)
    with pysqlite3.connect(canary.database_name) as other:
        told = answers_after(canary, token, lambda: other.execute("begin immediate"))
    other.close()
    assert "another write is under way; try again in a moment" in told["mutation"]


def test_a_database_that_is_too_slow(canary: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> None:
        monkeypatch.setattr(sqlite_reader, "DEADLINE", -1)
        monkeypatch.setattr(SqliteReader, "_BUDGET", -1)
        monkeypatch.setattr(sqlite_reader._TimedConnection, "fetch", lambda *_: None)

    assert "TOO_SLOW" in answers_after(canary, harm=slow)["POST"]


def socket_folder(url: str) -> str:
    (host,) = parse_qs(urlsplit(url).query)["host"]
    return host


def create_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}".encode())
        connection.execute(f"create database {name}".encode())


def test_a_server_with_a_database_of_another_version(
    postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    create_database(postgresql, "canary_old")
    settings = url_of("postgres", "", "canary_old", host=socket_folder(postgresql))
    told = answers_after(settings)
    assert DatabaseMissing.public.replace("; ", '","remedy":"') in told["/export/states.csv"]
    assert "canary-pass" not in caplog.text


def test_the_first_start_names_the_database_and_its_host(
    postgresql: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    create_database(postgresql, "canary_new")
    settings = url_of("postgres", "", "canary_new", host=socket_folder(postgresql))
    monkeypatch.setattr(first_start, "_load_seeds", lambda *_: "all")
    run_command(monkeypatch, settings, "serve", "--port", "0")
    first, *_ = capfd.readouterr().out.splitlines()
    assert first == f"New database canary_new on {socket_folder(postgresql)}: all"


@pytest.fixture(scope="module")
def password_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """A server that wants the passwords of all but its first user."""
    guard = start_guard(pytestconfig.getoption("postgresql"))
    assert guard.stdout is not None
    url = guard.stdout.readline().strip()
    rules = "local all postgres trust\nlocal all all scram-sha-256\n"
    (Path(socket_folder(url)) / "pg_hba.conf").write_text(rules)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create role canary_user login password 'another'")
        connection.execute("select pg_reload_conf()")
    create_database(url, "kb")
    yield url
    guard.communicate(timeout=300)


FAILURES: dict[str, Callable[[str], Settings]] = {
    "a wrong password": lambda place: url_of("canary_user", "", "kb", host=place),
    "a user that is not there": lambda place: url_of("canary_nobody", "", "kb", host=place),
    "a database that is not there": lambda place: url_of("postgres", "", "canary", host=place),
    "an option that the server refuses": lambda place: url_of(
        "postgres", "", "kb", host=place, options="-c canary=canary -c work_mem=canary"
    ),
    "an option that the driver refuses": lambda place: url_of(
        "postgres", "", "kb", host=place, sslmode="canary", target_session_attrs="canary"
    ),
    "a server that is down": lambda _: url_of(
        f"canary:{quote(PASSWORD, safe='')}", f"127.0.0.1:{free_port()}", "canary"
    ),
    "a host that is not known": lambda _: url_of("canary", "canary.invalid", "canary"),
    "a service that is not there": lambda _: url_of("canary", "", "", service="canary"),
}


@pytest.mark.long
@pytest.mark.parametrize("failure", FAILURES)
def test_a_server_that_cannot_be_asked(
    password_server: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(PostgresqlReader, "_TIMEOUT", 0.3)
    monkeypatch.chdir(tmp_path)
    settings = FAILURES[failure](socket_folder(password_server))
    told = answers_after(settings)
    assert told["/readyz"].endswith(" the database does not answer; try again in a moment\n")
    for command in (
        *(("check",), ("load", "."), ("export", "."), ("migrate",), ("serve", "--port", "0")),
        *(("token", "list"), ("backup", "saved.db"), ("ingest", "-"), ("cite", "a", "b")),
    ):
        run_command(monkeypatch, settings, *command)
    seen = capsys.readouterr()
    assert "the database does not answer" in seen.err
    for text in (caplog.text, seen.out, seen.err):
        assert "canary-pass" not in text


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://canary-user:{PASSWORD}@host/db",
        "postgresql://canary-user:canary-pass/host/db",
        "postgresql://user:canary-pass@x@host/db",
        "postgresql:///db?canary=canary-pass",
        "postgresql:///db?connect_timeout=canary-pass",
        "postgresql:///db?password=canary-pass%zz",
        "mysql://user:canary-pass@host/db",
        "postgresql:user:canary-pass@host",
        "sqlite:///host=localhost password=canary-pass",
        "sqlite:///PASSWORD = canary-pass",
    ],
)
def test_a_url_that_is_none(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["kb", "check"])
    monkeypatch.setenv("KB_DATABASE_URL", url)
    with pytest.raises(SystemExit):
        cli.run_command()
    seen = capsys.readouterr()
    assert seen.err.startswith("KB_DATABASE_URL: ")
    assert "canary" not in seen.out + seen.err
