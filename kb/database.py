"""The one place that opens databases.

In: `Settings`. Out: an engine for writing, a read-only connection for queries, and the migrations.
SQLite is the library that pysqlite3 brings, in write-ahead mode with full synchronisation.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from kb.config import Settings
from kb.errors import DatabaseMissing

_PRAGMAS = (
    "pragma foreign_keys = on",
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma busy_timeout = 10000",
)


def open_engine(settings: Settings) -> Engine:
    """An engine whose every transaction takes the write lock at once."""
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
    connection.exec_driver_sql("begin immediate")


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed whole, or not at all."""
    with engine.begin() as connection:
        yield connection


def open_reader(settings: Settings) -> sqlite3.Connection:
    """A connection that cannot write; raises DatabaseMissing if there is no database."""
    if not Path(settings.database_path).is_file():
        raise DatabaseMissing(
            f"there is no database at {settings.database_path}", "run `kb serve` or `kb load` first"
        )
    uri = f"{Path(settings.database_path).absolute().as_uri()}?mode=ro"
    reader: sqlite3.Connection = pysqlite3.connect(uri, uri=True, check_same_thread=False)
    reader.isolation_level = None
    return reader


def migrate(engine: Engine) -> bool:
    """Bring the database to the newest migration; tells whether there was anything to do."""
    config = Config()
    config.set_main_option("script_location", "kb:migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
