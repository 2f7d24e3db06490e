"""The one place that opens databases.

In: `Settings`. Out: an engine for writing, a read-only connection for queries, and the migrations.
SQLite is the library that pysqlite3 brings, in write-ahead mode with full synchronisation.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pysqlite3
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from kb.config import Settings
from kb.errors import DatabaseMissing

_PRAGMAS = (
    "pragma foreign_keys = on",
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma busy_timeout = 10000",
)


_READING = "reading"


def open_engine(settings: Settings) -> Engine:
    """An engine whose transactions take the write lock at once, but for those of `read`."""
    engine = create_engine(settings.database_url, module=pysqlite3)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction control would begin late, after the first read.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.cursor().execute(pragma)


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("begin" if reading else "begin immediate")


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed whole, or not at all."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One read transaction: all of it sees the database as it was at its first statement."""
    with engine.connect() as connection:
        yield connection.execution_options(**{_READING: True})


class Reader:
    """A connection that cannot write, for queries."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def fetch(self, pieces: Sequence[str], values: Sequence[str | int | float | None]) -> str:
        """The one value of a statement, which is these pieces with a value between them."""
        value: str
        (value,) = self.connection.execute("?".join(pieces), values).fetchone()
        return value

    async def close(self) -> None:
        self.connection.close()


def open_reader(settings: Settings) -> Reader:
    """Raises DatabaseMissing if there is no database."""
    return Reader(_connect_read_only(settings))


def _connect_read_only(settings: Settings) -> sqlite3.Connection:
    if not Path(settings.database_path).is_file():
        raise DatabaseMissing(
            f"there is no database at {settings.database_path}", "run `kb serve` or `kb load` first"
        )
    uri = f"{Path(settings.database_path).absolute().as_uri()}?mode=ro"
    connection: sqlite3.Connection = pysqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.isolation_level = None
    return connection


def open_reading_engine(settings: Settings) -> Engine:
    """An engine that cannot write; raises DatabaseMissing if it cannot understand what it reads."""
    engine = create_engine(
        "sqlite://",
        module=pysqlite3,
        creator=lambda: _connect_read_only(settings),
        poolclass=NullPool,
    )
    event.listen(engine, "begin", _begin)
    try:
        with read(engine) as connection:
            version = MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        what = f"{settings.database_path} cannot be read: {error.orig}"
        raise DatabaseMissing(what, "restore a backup") from None
    if version != _newest(_migrations()):
        what = f"{settings.database_path} is a database of another version"
        raise DatabaseMissing(what, "run `kb migrate` first")
    return engine


@dataclass(frozen=True)
class Dangling:
    """A row whose column refers to a row of another table that is not there."""

    table: str
    column: str
    target: str
    row: dict[str, object]


def find_dangling(connection: Connection) -> Iterator[Dangling]:
    """Every reference that leads nowhere."""
    for table, number, target, key in connection.exec_driver_sql("pragma foreign_key_check").all():
        keys = connection.exec_driver_sql(f'pragma foreign_key_list("{table}")').mappings()
        column = next(str(found["from"]) for found in keys if found["id"] == key)
        asked = f'select * from "{table}" where rowid = ?'
        row = connection.exec_driver_sql(asked, (number,)).mappings().one()
        yield Dangling(table, column, target, dict(row))


def find_damage(connection: Connection) -> list[str]:
    """What the engine itself finds wrong with its file, its indices and the rules of the tables."""
    try:
        found = connection.exec_driver_sql("pragma integrity_check").scalars().all()
    except DatabaseError as error:
        return [str(error.orig)]
    return [] if found == ["ok"] else list(found)


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "kb:migrations")
    return config


def _newest(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


def migrate(engine: Engine) -> bool:
    """Bring the database to the newest migration; tells whether there was anything to do."""
    config = _migrations()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == _newest(config):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
