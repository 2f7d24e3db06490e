"""All that the two engines do each in its own way, side by side.

In: a database URL or an open connection. Out: its `Dialect`: SQLite, embedded, by the library that
pysqlite3 brings; or PostgreSQL 15 and newer, by psycopg. Statements are the same text for both: the
first migration teaches PostgreSQL the functions that it lacks.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

import psycopg
import pysqlite3
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from kb.errors import DatabaseMissing, KBError, StorageError, Unavailable

Scalar = str | int | float | None
_CHANNEL = "kb_changes"
_AGAIN = "try again in a moment"
_ROOM = "make room for the database, then do it again"


class Reader(Protocol):
    """A database that can only be read, for queries; raises Unavailable while it is gone."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def fetch(self, pieces: Sequence[str], values: Sequence[Scalar]) -> Sequence[Scalar]:
        """The one row of a statement, which is its pieces with a value between them."""
        ...

    def news(self) -> AsyncGenerator[None, None]:
        """One item now, and one whenever a commit may have happened since the last."""
        ...


class Dialect(Protocol):
    """What one engine does its own way; the first three are statements that begin transactions."""

    begin_read: str
    begin_write: str
    begin_migration: str
    text: str
    """The type of a text column, which sorts by code point."""
    announce: str
    """The statement that tells listeners of a commit, if they need telling."""

    def open_engine(self, url: str) -> Engine: ...

    def open_reading_engine(self, url: str) -> Engine:
        """Raises DatabaseMissing if there is no database."""
        ...

    def open_reader(self, url: str) -> Reader:
        """Raises DatabaseMissing if there is no database."""
        ...

    def find_damage(self, connection: Connection) -> list[str]:
        """What the engine itself finds wrong with its files, indices and rules."""
        ...

    def joined(self, pieces: Sequence[str]) -> str:
        """A statement in pieces, with the engine's sign for the values between them."""
        ...

    def hindrance(self, error: BaseException | None) -> KBError | None:
        """What keeps the engine from its work, with its driver's words; None if nothing does."""
        ...


class Sqlite:
    begin_read = "begin"
    begin_write = begin_migration = "begin immediate"
    text = "VARCHAR"
    announce = ""
    # How the names of the kinds of an error begin.
    _FAILING, _BUSY = ("SQLITE_FULL", "SQLITE_IOERR"), ("SQLITE_BUSY", "SQLITE_LOCKED")
    _CLOSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
    _PRAGMAS = (
        "pragma foreign_keys = on",
        "pragma journal_mode = wal",
        "pragma synchronous = full",
        "pragma busy_timeout = 10000",
        # In KiB: with the default of 2 MB a large write would spill its pages over and over.
        "pragma cache_size = -65536",
    )

    def open_engine(self, url: str) -> Engine:
        engine = create_engine(url, module=pysqlite3)
        event.listen(engine, "connect", self._prepare)
        return engine

    def _prepare(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver's own transaction control would begin late, after the first read.
        connection.isolation_level = None
        for pragma in self._PRAGMAS:
            connection.cursor().execute(pragma)

    def open_reading_engine(self, url: str) -> Engine:
        return create_engine(
            "sqlite://", module=pysqlite3, creator=lambda: self._connect(url), poolclass=NullPool
        )

    def open_reader(self, url: str) -> Reader:
        return SqliteReader(self._connect(url))

    def _connect(self, url: str) -> sqlite3.Connection:
        path = Path(url.removeprefix("sqlite:///"))
        if not path.is_file():
            what = f"there is no database at {path}"
            raise DatabaseMissing(what, "run `kb serve` or `kb load` first")
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection: sqlite3.Connection = pysqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.isolation_level = None
        return connection

    def find_damage(self, connection: Connection) -> list[str]:
        try:
            found = connection.exec_driver_sql("pragma integrity_check").scalars().all()
        except DatabaseError as error:
            return [str(error.orig)]
        return [] if found == ["ok"] else list(found)

    def joined(self, pieces: Sequence[str]) -> str:
        return "?".join(pieces)

    def hindrance(self, error: BaseException | None) -> KBError | None:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(self._FAILING):
            return StorageError(f"the disk is full, or fails: {error}", _ROOM)
        if name.startswith(self._BUSY):
            return Unavailable(f"another write is under way: {error}", _AGAIN)
        if name.startswith(self._CLOSED):
            what = f"the database cannot be opened: {error}"
            return DatabaseMissing(what, "name one in a folder that you may write to")
        return None


class SqliteReader:
    """One connection, used on the event loop: a thread would cost more than most statements."""

    _PAUSE = 0.02
    """Seconds between two looks for news."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        self.connection.close()

    async def fetch(self, pieces: Sequence[str], values: Sequence[Scalar]) -> Sequence[Scalar]:
        row: Sequence[Scalar] = self.connection.execute(Sqlite().joined(pieces), values).fetchone()
        return row

    async def news(self) -> AsyncGenerator[None, None]:
        """The file itself counts the commits of other connections; asking costs microseconds."""
        seen = None
        while True:
            (version,) = self.connection.execute("pragma data_version").fetchone()
            if version != seen:
                seen = version
                yield
            await asyncio.sleep(self._PAUSE)


def _gone(told: str) -> Unavailable:
    error = Unavailable("the database does not answer", _AGAIN)
    # The driver's words name hosts and users: they are for who runs the service, not for clients.
    error.add_note(told)
    return error


def _is_news(record: logging.LogRecord) -> bool:
    """The driver also logs that an error ended a batch, which the error says better."""
    return not str(record.msg).startswith("error ignored terminating")


class Postgresql:
    begin_read = "set transaction isolation level repeatable read, read only"
    # Whoever writes holds the row that counts revisions, and so comes alone.
    begin_write = "select revision from head for update"
    begin_migration = "select pg_advisory_xact_lock(hashtext('kb migrate'))"
    text = 'VARCHAR COLLATE "C"'
    announce = f"notify {_CHANNEL}"

    def open_engine(self, url: str) -> Engine:
        logging.getLogger("psycopg").addFilter(_is_news)
        return create_engine(self._driver(url), pool_pre_ping=True)

    def open_reading_engine(self, url: str) -> Engine:
        engine = self.open_engine(url)
        return engine.execution_options(postgresql_readonly=True)

    def _driver(self, url: str) -> str:
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    def open_reader(self, url: str) -> Reader:
        return PostgresqlReader(url)

    def find_damage(self, connection: Connection) -> list[str]:
        """Nothing that a client can ask for: the server checks its pages as it reads them."""
        del connection
        return []

    def joined(self, pieces: Sequence[str]) -> str:
        return "%s".join(piece.replace("%", "%%") for piece in pieces)

    def hindrance(self, error: BaseException | None) -> KBError | None:
        told = " ".join(str(error).split())
        if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.IoError):
            return StorageError(f"the disk is full, or fails: {told}", _ROOM)
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return Unavailable(f"another write is under way: {told}", _AGAIN)
        return _gone(told)


class PostgresqlReader:
    """A pool of connections that cannot write; one that was lost is replaced."""

    _MOST = 16
    _PATIENCE = 2.0

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=self._MOST,
            timeout=self._PATIENCE,
            open=False,
            kwargs={
                "autocommit": True,
                "options": "-c default_transaction_read_only=on -c jit=off",
            },
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def fetch(self, pieces: Sequence[str], values: Sequence[Scalar]) -> Sequence[Scalar]:
        statement = Postgresql().joined(pieces)
        try:
            try:
                return await self._run(statement, values)
            except psycopg.OperationalError:
                # The server may have restarted: every idle connection is then a lost one.
                await self._pool.check()
                return await self._run(statement, values)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise _gone(str(error)) from error

    async def news(self) -> AsyncGenerator[None, None]:
        """By LISTEN; what happened before it began to listen is the first item."""
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            await connection.execute(f"listen {_CHANNEL}".encode())
            yield
            async for _ in connection.notifies():
                yield

    async def _run(self, statement: str, values: Sequence[Scalar]) -> Sequence[Scalar]:
        async with self._pool.connection() as connection:
            # Statements are this package's own, made from templates.
            cursor = await connection.execute(statement.encode(), values)
            row = await cursor.fetchone()
        assert row is not None
        return row


_DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def dialect_of(url: str) -> Dialect:
    return _DIALECTS[url.partition(":")[0]]


def dialect_of_engine(engine: Engine | Connection) -> Dialect:
    return _DIALECTS[engine.dialect.name]
