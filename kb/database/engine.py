"""The one place that opens databases.

In: `Settings`. Out: an engine for transactions, a reader for queries, and the migrations. What the
two engines do differently is in `kb.database.dialects`.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, IntegrityError

from kb.config import Settings
from kb.database.dialects import dialect_of, dialect_of_engine
from kb.database.index_progress import watch_indexes
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.read_pool import Reader, SqlValue
from kb.database.replicated_reader import ReplicatedReader
from kb.errors import DatabaseMissing, Unavailable
from kb.progress import Told, tell_nobody

FinishMigration = Callable[[Connection, str | None], None]
"""The work at the end of a migration from a version; None is an empty database."""


def open_engine(settings: Settings, *, new: bool = True) -> Engine:
    """`new` says whether SQLite makes a database where there is none."""
    return dialect_of(settings.database_url).open_engine(settings.database_url, new=new)


def open_reader(settings: Settings) -> Reader:
    """Raises DatabaseMissing if there is no database."""
    reader = dialect_of(settings.database_url).open_reader(settings.database_url)
    if not isinstance(reader, PostgresqlReader) or not settings.replica_urls:
        return reader
    replicas = [PostgresqlReader(url) for url in settings.replica_urls.split()]
    return ReplicatedReader(reader, replicas, settings.most_lag)


def open_reading_engine(settings: Settings) -> Engine:
    """An engine that cannot write; raises DatabaseMissing if it cannot understand what it reads."""
    engine = dialect_of(settings.database_url).open_reading_engine(settings.database_url)
    try:
        _check_version(engine, settings)
    except BaseException:
        engine.dispose()
        raise
    return engine


def find_current_replica(settings: Settings) -> str | None:
    """The name of a replica that can be read by this program, if there is one."""
    for url in settings.replica_urls.split():
        replica = settings.model_copy(update={"database_url": url})
        with suppress(DatabaseMissing, Unavailable):
            open_reading_engine(replica).dispose()
            return replica.database_name
    return None


def _check_version(engine: Engine, settings: Settings) -> None:
    with read_transaction(engine) as connection:
        version = find_version(connection, settings.database_name)
    if version != newest_migration():
        what = f"{settings.database_name} is a database of another version"
        raise DatabaseMissing(what, "run `kb migrate` first")


@contextmanager
def write_transaction(engine: Engine, until: float | None = None) -> Iterator[Connection]:
    """One write transaction: committed whole, or not at all; there is no other meanwhile.

    It waits for another one until that time of the monotonic clock, or as long as engines do.
    Raises Unavailable if the database is gone or busy, or was migrated by a newer program since it
    was opened, and StorageError if its disk is full, as `read_transaction` and `apply_migrations`
    do; nothing was written then.
    """
    dialect = dialect_of_engine(engine)
    with _translated_errors(engine), engine.begin() as connection:
        if until is not None:
            milliseconds = max(1, round((until - time.monotonic()) * 1_000))
            connection.exec_driver_sql(dialect.set_patience.format(milliseconds))
        connection.exec_driver_sql(dialect.begin_write)
        if _read_version(connection) != newest_migration():
            what = "the database is of another version by now"
            raise Unavailable(what, "write by the program that migrated it")
        yield connection


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """One read transaction: all of it sees the database as it was at its first statement."""
    with _translated_errors(engine), engine.connect() as connection:
        connection.exec_driver_sql(dialect_of_engine(engine).begin_read)
        yield connection


@contextmanager
def _translated_errors(engine: Engine) -> Iterator[None]:
    """Raise an error of ours if the engine cannot work, such as a full disk; others pass."""
    try:
        yield
    except DatabaseError as error:
        if translated := dialect_of_engine(engine).translate_error(error.orig):
            raise translated from error
        raise


def fetch(connection: Connection, pieces: Sequence[str], values: Sequence[SqlValue]) -> SqlValue:
    """The first column of a statement's one row, as readers have it, within a transaction."""
    statement = dialect_of_engine(connection).join_pieces(pieces)
    row = connection.exec_driver_sql(statement, tuple(values)).one()
    first: SqlValue = row[0]
    return first


def scrub(engine: Engine, *, vacuum: bool = False) -> bool:
    """Leave nothing in the files of what was erased; false if others who read keep it there, or the
    engine has no way to do so from here. `vacuum` writes them anew, while nobody has them open.
    """
    dialect = dialect_of_engine(engine)
    left: object = 1
    with _translated_errors(engine), engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        anew = dialect.vacuum if vacuum else ()
        for statement in (*dialect.put_together, *anew, *dialect.fold_log):
            result = alone.exec_driver_sql(statement)
            left = result.scalar() if result.returns_rows else left
    return left == 0


def find_damage(connection: Connection) -> list[str]:
    """What the engine itself finds wrong with its files, indices and rules."""
    return dialect_of_engine(connection).find_damage(connection)


def find_search_index_faults(connection: Connection) -> list[str]:
    """Faults of the engine's full-text index: words that differ from those of the tables."""
    return dialect_of_engine(connection).find_search_index_faults(connection)


def newest_migration() -> str:
    return max(migrations())


@cache
def migrations() -> frozenset[str]:
    """The numbers of all migrations."""
    names = (file.name for file in files("kb.migrations").joinpath("versions").iterdir())
    return frozenset(name[:4] for name in names if name[:4].isdigit())


def find_version(connection: Connection, name: str) -> str | None:
    """The migration that the database is at; none if it is empty.

    Raises DatabaseMissing if it is another program's, or of a version that this one does not know,
    or its texts are not in UTF-8.
    """
    dialect = dialect_of_engine(connection)
    if not dialect.is_utf8(connection):
        raise DatabaseMissing(f"{name} is not encoded in UTF-8", "create one that is")
    tables, marked = dialect.tables(connection), dialect.is_foreign(connection)
    version = _read_version(connection) if _ALEMBIC in tables else None
    if version is None and not marked and tables <= {_ALEMBIC}:
        return None
    if version is None or marked or not tables >= _CORE or not _NUMBER.fullmatch(version):
        raise DatabaseMissing(f"{name} is a database of another program", "name one for this")
    if version not in migrations():
        what = f"{name} is of version {version}, and this program knows {newest_migration()}"
        raise DatabaseMissing(what, "install a newer one")
    return version


_ALEMBIC = "alembic_version"
_CORE = {"head", "record", "partial_date"}
"""Tables that every version has."""
_NUMBER = re.compile("[0-9]{4}")


def _read_version(connection: Connection) -> str | None:
    version: str | None = connection.exec_driver_sql(f"select version_num from {_ALEMBIC}").scalar()
    return version


def apply_migrations(
    engine: Engine,
    finish: FinishMigration,
    told: Told = tell_nobody,
    told_step: Told = tell_nobody,
) -> bool:
    """Bring the database to the newest migration; tells if it was not there.

    All of it and `finish`, which is given the version that the database was of, are one
    transaction: killed at any moment, it leaves the database as it was. Of one that has something
    `told_step` is told of each migration as it begins and ends, `told` of what is within it.
    """
    name = str(engine.url.database)
    with read_transaction(engine) as connection:
        if find_version(connection, name) == newest_migration():
            return False
    with migrating(engine) as connection:
        version = find_version(connection, name)
        if version == newest_migration():
            return False  # Another process was first.
        _upgrade(connection, version, told, told_step)
        finish(connection, version)
    return True


def _upgrade(connection: Connection, version: str | None, told: Told, told_step: Told) -> None:
    if version is None:
        _alembic("upgrade", connection, "head")
        return
    with watch_indexes(connection, told):
        _alembic("upgrade", connection, "head", told_step=told_step, version=version)


def revert_migrations(engine: Engine, target: str) -> None:
    """Back to an older migration; `base` is the empty database."""
    with migrating(engine) as connection:
        _alembic("downgrade", connection, target)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """The transaction of a migration; its connection settings end with the connection."""
    dialect = dialect_of_engine(engine)
    try:
        with _translated_errors(engine), engine.begin() as connection:
            for statement in dialect.migration_settings:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(dialect.begin_migration)
            with _keeping_references(connection):
                yield connection
    finally:
        engine.dispose()


@contextmanager
def _keeping_references(connection: Connection) -> Iterator[None]:
    """Raises IntegrityError, as a commit does, for those that lead nowhere and did not before."""
    dialect = dialect_of_engine(connection)
    before = dialect.broken_references(connection)
    yield
    if broken := dialect.broken_references(connection) - before:
        told = f"FOREIGN KEY constraint failed: {', '.join(sorted(broken))}"
        raise IntegrityError("pragma foreign_key_check", None, ValueError(told))


def _alembic(way: str, connection: Connection, target: str, **attributes: object) -> None:
    # It takes a quarter of a second to import, and is seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection, **attributes})
    config.set_main_option("script_location", "kb:migrations")
    {"upgrade": command.upgrade, "downgrade": command.downgrade}[way](config, target)
