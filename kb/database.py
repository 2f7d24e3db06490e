"""The one place that opens databases.

In: `Settings`. Out: an engine for transactions, a reader for queries, and the migrations. What the
two engines do differently is in `kb.dialects`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import files
from itertools import chain

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.sql.schema import Table as SqlTable

from kb.config import Settings
from kb.dialects import dialect_of, dialect_of_engine
from kb.errors import DatabaseMissing
from kb.readers import Reader, Scalar

Finish = Callable[[Connection, str | None], None]
"""What ends a migration from a version, none of an empty database."""
_ROWS = 100
"""So many are inserted by one statement."""


def open_engine(settings: Settings) -> Engine:
    return dialect_of(settings.database_url).open_engine(settings.database_url)


def open_reader(settings: Settings) -> Reader:
    """Raises DatabaseMissing if there is no database."""
    return dialect_of(settings.database_url).open_reader(settings.database_url)


def open_reading_engine(settings: Settings) -> Engine:
    """An engine that cannot write; raises DatabaseMissing if it cannot understand what it reads."""
    engine = dialect_of(settings.database_url).open_reading_engine(settings.database_url)
    try:
        with read(engine) as connection:
            version = _version(connection)
    except DatabaseError as error:
        what = f"{settings.database_name} cannot be read"
        raise DatabaseMissing(what, "restore a backup").with_note(error.orig) from None
    if version != newest_migration():
        what = f"{settings.database_name} is a database of another version"
        raise DatabaseMissing(what, "run `kb migrate` first")
    return engine


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed whole, or not at all; there is no other meanwhile.

    Raises Unavailable if the database is gone or busy, and StorageError if its disk is full, as
    `read` and `migrate` do; nothing was written then.
    """
    with _hindered(engine), engine.begin() as connection:
        connection.exec_driver_sql(dialect_of_engine(engine).begin_write)
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One read transaction: all of it sees the database as it was at its first statement."""
    with _hindered(engine), engine.connect() as connection:
        connection.exec_driver_sql(dialect_of_engine(engine).begin_read)
        yield connection


@contextmanager
def _hindered(engine: Engine) -> Iterator[None]:
    """What keeps the engine from its work, told as an error of ours; other faults pass."""
    try:
        yield
    except OperationalError as error:
        if hindrance := dialect_of_engine(engine).hindrance(error.orig):
            raise hindrance from error
        raise


def fetch(connection: Connection, pieces: Sequence[str], values: Sequence[Scalar]) -> Scalar:
    """The first column of a statement's one row, as readers have it, within a transaction."""
    statement = dialect_of_engine(connection).joined(pieces)
    row = connection.exec_driver_sql(statement, tuple(values)).one()
    first: Scalar = row[0]
    return first


def insert(connection: Connection, table: SqlTable, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, which all have the same columns.

    Not one by one: whatever it is that a statement inserts, SQLite's search index is brought to its
    tables for it.
    """
    columns = tuple(rows[0]) if rows else ()
    joined = dialect_of_engine(connection).joined
    values = [tuple(row[name] for name in columns) for row in rows]
    whole = len(rows) - len(rows) % _ROWS
    for start in range(0, whole, _ROWS):
        some = chain.from_iterable(values[start : start + _ROWS])
        connection.exec_driver_sql(joined(_inserting(table.name, columns, _ROWS)), tuple(some))
    if rest := values[whole:]:
        connection.exec_driver_sql(joined(_inserting(table.name, columns, 1)), rest)


@lru_cache
def _inserting(table: str, columns: tuple[str, ...], rows: int) -> tuple[str, ...]:
    """The pieces of the statement, between which the values stand."""
    named = ", ".join(f'"{name}"' for name in columns)
    between = [*(", " for _ in columns[1:]), "), ("] * rows
    return f"insert into {table} ({named}) values (", *between[:-1], ")"


def find_damage(connection: Connection) -> list[str]:
    """What the engine itself finds wrong with its files, indices and rules."""
    return dialect_of_engine(connection).find_damage(connection)


def find_unsearchable(connection: Connection) -> list[str]:
    """What the engine's index of words does not have as the tables have it."""
    return dialect_of_engine(connection).find_unsearchable(connection)


def newest_migration() -> str:
    names = (one.name for one in files("kb.migrations").joinpath("versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def _version(connection: Connection) -> str | None:
    """The migration that the database is at; none if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql(
        "select version_num from alembic_version"
    ).scalar()
    return found


def migrate(engine: Engine, finish: Finish) -> bool:
    """Bring the database to the newest migration; tells if it was not there.

    All of it and `finish`, which is given the version that the database was of, are one
    transaction: killed at any moment, it leaves the database as it was.
    """
    with read(engine) as connection:
        if _version(connection) == newest_migration():
            return False
    with _migrating(engine) as connection:
        version = _version(connection)
        if version == newest_migration():
            return False  # Another process was first.
        _alembic("upgrade", connection, "head")
        finish(connection, version)
    return True


def downgrade(engine: Engine, target: str) -> None:
    """Back to an older migration; `base` is the empty database."""
    with _migrating(engine) as connection:
        _alembic("downgrade", connection, target)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    with _hindered(engine), engine.begin() as connection:
        connection.exec_driver_sql(dialect_of_engine(engine).begin_migration)
        yield connection


def _alembic(way: str, connection: Connection, target: str) -> None:
    # It takes a quarter of a second to import, and is seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "kb:migrations")
    {"upgrade": command.upgrade, "downgrade": command.downgrade}[way](config, target)
