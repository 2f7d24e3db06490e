"""What is no database of ours is left as it is; what is wrong with one is told in a sentence."""

import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pysqlite3
import pytest

from kb import database
from kb.backup import backup
from kb.cli import run_command
from kb.config import Settings
from kb.errors import DatabaseMissing
from kb.upgrade.upgrade import upgrade
from tests.support.command import DATABASE_URL, bare_environment, run
from tests.support.databases import Database, PostgresqlPlace, prepare, settings_of, shipped_seeds

pytestmark = pytest.mark.sweep

COMMANDS = (
    ("load", "."),
    ("ingest", "."),
    ("cite", "a", "b"),
    ("export", "out"),
    ("check",),
    ("backup", "saved.db"),
    ("migrate",),
    ("token", "create", "someone"),
    ("token", "list"),
    ("token", "revoke", "x"),
)
FOREIGN = "kb.db is a database of another program; name one for this"
DAMAGED = "the database is damaged; restore a backup\ndatabase disk image is malformed"
NO_DATABASE = (
    "the file is no SQLite database, or damaged from its beginning on;"
    " name another one, or restore a backup"
)


def script_writer(text: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with closing(pysqlite3.connect(path)) as connection:
            connection.executescript(text)

    return make


def bytes_writer(made: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(made)

    return make


def migrated_writer(change: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        prepare(settings_of(path))
        script_writer(change)(path)

    return make


def write_truncated(path: Path) -> None:
    with shipped_seeds() as seeds:
        prepare(settings_of(path), seeds)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


CASES = {
    "tables": (script_writer("create table mine (x)"), FOREIGN),
    "mark": (script_writer("pragma application_id = 7"), FOREIGN),
    "alembic": (
        script_writer(
            "create table alembic_version (version_num); create table mine (x);"
            "insert into alembic_version values ('ab12')"
        ),
        FOREIGN,
    ),
    "alembic as ours": (
        script_writer(
            "create table alembic_version (version_num); create table mine (x);"
            "insert into alembic_version values ('0003')"
        ),
        FOREIGN,
    ),
    "UTF-16": (
        script_writer("pragma encoding = 'UTF-16'; create table mine (x)"),
        "kb.db is not encoded in UTF-8; create one that is",
    ),
    "mark on ours": (migrated_writer("pragma application_id = 7"), FOREIGN),
    "future": (
        migrated_writer("update alembic_version set version_num = '9999'"),
        f"kb.db is of version 9999, and this program knows {database.newest_migration()};"
        " install a newer one",
    ),
    "rubbish": (
        bytes_writer(b"rubbish " * 1000),
        NO_DATABASE,
    ),
    "head only": (
        bytes_writer(b"SQLite format 3\0" + b"\xff" * 5000),
        NO_DATABASE,
    ),
    "cut": (write_truncated, DAMAGED),
}


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """A command run here, which takes less time than a process of its own."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ.keys() - bare_environment().keys():
        monkeypatch.delenv(name)

    def run_here(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["kb", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command()
        return int(str(ended.value.code)), capsys.readouterr().err

    return run_here


@pytest.mark.parametrize("case", CASES)
def test_every_command_leaves_it_alone_and_says_why(
    tmp_path: Path, command: Callable[..., tuple[int, str]], case: str
) -> None:
    make, told = CASES[case]
    make(tmp_path / "kb.db")
    before = (tmp_path / "kb.db").read_bytes()
    for arguments in COMMANDS:
        code, said = command(*arguments)
        assert code == 1, arguments
        if (case, arguments) != ("cut", ("check",)):  # It names what is wrong instead.
            assert said == f"{told}\n", (arguments, said)
        assert (tmp_path / "kb.db").read_bytes() == before, arguments
        left = {path.name for path in tmp_path.iterdir()} - {"kb.db", "kb.db-wal", "kb.db-shm"}
        assert left <= {"out"}, arguments


@pytest.mark.parametrize("case", ["tables", "cut"])
def test_it_is_not_served_either(tmp_path: Path, case: str) -> None:
    make, told = CASES[case]
    make(tmp_path / "kb.db")
    before = (tmp_path / "kb.db").read_bytes()
    done = run(tmp_path, "serve", KB_PORT="0")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{told}\n")
    assert (tmp_path / "kb.db").read_bytes() == before


@pytest.mark.parametrize(
    "made",
    [
        "create table mine (x int)",
        "create table alembic_version (version_num text); create table mine (x int);"
        "insert into alembic_version values ('0003')",
    ],
)
def test_a_database_of_a_server_is_told_by_its_tables(
    postgresql: str,
    command: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    made: str,
) -> None:
    url = PostgresqlPlace(postgresql).create().database_url
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(made.encode())
        monkeypatch.setenv(DATABASE_URL, url)
        for arguments in COMMANDS:
            code, told = command(*arguments)
            if arguments[0] != "backup":  # Which is for SQLite alone.
                assert (code, told.count("\n")) == (1, 1)
                name = Settings(database_url=url).database_name
                assert told == f"{name} is a database of another program; name one for this\n"
        query = "select count(*) from pg_tables where schemaname = 'public'"
        assert server.execute(query).fetchone() == (made.count("create"),)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_a_server_is_in_utf8(
    postgresql: str,
    command: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    encoding: str,
) -> None:
    """One of SQL_ASCII ended commands in a traceback: texts came as bytes."""
    name = f"in_{encoding.lower()}"
    made = f"create database {name} template template0 encoding '{encoding}' locale 'C'"
    with psycopg.connect(postgresql, autocommit=True) as server:
        server.execute(made.encode())
    url = urlsplit(postgresql)._replace(path=f"/{name}").geturl()
    monkeypatch.setenv(DATABASE_URL, url)
    told = (
        f"{Settings(database_url=url).database_name} is not encoded in UTF-8; create one that is\n"
    )
    for arguments in COMMANDS:
        if arguments[0] != "backup":
            assert command(*arguments) == (1, told), arguments
    served = run(tmp_path, "serve", KB_PORT="0", **{DATABASE_URL: url})
    assert (served.returncode, served.stderr) == (1, told)
    with psycopg.connect(url) as server:
        query = "select count(*) from pg_tables where schemaname = 'public'"
        assert server.execute(query).fetchone() == (0,)


def test_a_newer_database_is_not_touched(empty: Database) -> None:
    empty.run("update alembic_version set version_num = '9999'")
    with pytest.raises(DatabaseMissing, match="is of version 9999, and this program knows"):
        upgrade(empty.engine)
    with pytest.raises(DatabaseMissing, match="install a newer one"):
        database.open_reading_engine(empty.settings)


def test_an_older_database_has_no_mark_and_is_ours(empty: Database) -> None:
    if not empty.is_sqlite:
        pytest.skip("only SQLite has marks")
    query = "select application_id, user_version <> 0 from pragma_{}, pragma_{}"
    marks = query.format("application_id", "user_version")
    before = empty.rows(marks)
    database.revert_migrations(empty.engine, "0005")
    with empty.engine.connect() as connection:
        connection.exec_driver_sql("pragma user_version = 0")
    assert empty.rows(marks) == [(0, 0)]
    assert upgrade(empty.engine)
    assert empty.rows(marks) == before == [(0x6B626462, 1)]


def test_files_are_their_owners_alone(
    tmp_path: Path, command: Callable[..., tuple[int, str]]
) -> None:
    """But for exports, which are for others."""
    before = os.umask(0o022)
    settings = settings_of(tmp_path / "kb.db")
    engine = database.open_engine(settings)
    upgrade(engine)
    with database.read_transaction(engine) as connection:
        connection.exec_driver_sql("select * from head")
        assert {path.name for path in tmp_path.iterdir()} == {"kb.db", "kb.db-wal", "kb.db-shm"}
        backup(settings, tmp_path / "saved.db")
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600, path
    engine.dispose()
    assert command("export", "out", "--format", "ndjson")[0] == 0
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()}
    assert modes == {0o644}
    os.umask(before)


def test_what_is_left_of_another_database_is_not_taken_over(
    tmp_path: Path, command: Callable[..., tuple[int, str]]
) -> None:
    """As where somebody removes the file of a service, and loads it anew."""
    (tmp_path / "kb.db-wal").write_bytes(b"")
    told = (
        "there is no database at kb.db, but what belongs to one is at kb.db-wal;"
        " put the database back, or move that away\n"
    )
    assert command("load", ".") == (1, told)
    assert [path.name for path in tmp_path.iterdir()] == ["kb.db-wal"]
