"""All that the two engines do each in its own way, side by side.

In: a database URL or an open connection. Out: its `Dialect`: SQLite, embedded, by the library that
pysqlite3 brings; or PostgreSQL 15 and newer, by psycopg. Statements are the same text for both: the
first migration teaches PostgreSQL the functions that it lacks.
"""

import logging
import sqlite3
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

import psycopg
import pysqlite3
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from kb import database_url
from kb.database import read_pool
from kb.database.file_watch import OURS, create, damage, identities, number_anew
from kb.database.read_pool import AGAIN, CHANNEL, PostgresqlReader, Reader, SqliteReader, gone
from kb.errors import DatabaseMissing, KBError, StorageError, Unavailable

_FILES = "kb files"
"""Where a connection of a pool notes which files it has open."""
_FULL, _ROOM = "the disk is full, or fails", "make room for the database, then do it again"
_BUSY = "another write is under way"


class Dialect(Protocol):
    """What one engine does its own way; the first three are statements that begin transactions."""

    begin_read: str
    begin_write: str
    begin_migration: str
    text: str
    """The type of a text column, which sorts by code point."""
    announce: str
    """The statement that tells listeners of a commit, if they need telling."""
    settling: Sequence[str]
    """Statements before the transaction of a migration."""

    def open_engine(self, url: str, *, new: bool) -> Engine:
        """`new` says whether it makes a database where there is none."""
        ...

    def open_reading_engine(self, url: str) -> Engine:
        """Raises DatabaseMissing if there is no database."""
        ...

    def open_reader(self, url: str) -> Reader:
        """Raises DatabaseMissing if there is no database."""
        ...

    def find_damage(self, connection: Connection) -> list[str]:
        """What the engine itself finds wrong with its files, indices and rules."""
        ...

    def marks(self, connection: Connection) -> list[str]:
        """Statements that mark a database as ours and as itself, where the engine has marks."""
        ...

    def is_foreign(self, connection: Connection) -> bool:
        """Whether it carries the mark of another program."""
        ...

    def tables(self, connection: Connection) -> set[str]:
        """The names of those that the engine and its extensions did not make for themselves."""
        ...

    def find_unsearchable(self, connection: Connection) -> list[str]:
        """What its index of words does not have as the tables have it."""
        ...

    def joined(self, pieces: Sequence[str]) -> str:
        """A statement in pieces, with the engine's sign for the values between them."""
        ...

    def hindrance(self, error: BaseException | None) -> KBError | None:
        """What keeps the engine from its work, its driver's words noted; None if nothing does."""
        ...


class Sqlite:
    begin_read = "begin"
    begin_write = begin_migration = "begin immediate"
    text = "VARCHAR"
    announce = ""
    _LOG = "pragma journal_mode = wal"
    # Another process may migrate just now, which takes its time: an hour is as long as it takes.
    settling: Sequence[str] = ("pragma busy_timeout = 3600000", _LOG)
    # How the names of the kinds of an error begin.
    _FAILING, _BUSY = ("SQLITE_FULL", "SQLITE_IOERR"), ("SQLITE_BUSY", "SQLITE_LOCKED")
    _CLOSED, _GUARDED = "SQLITE_CANTOPEN", "SQLITE_READONLY"
    _MAPPED = 4_000_000_000
    """Bytes of the file that queries read where the system holds them, instead of copying pages."""
    _PRAGMAS = (
        "pragma busy_timeout = 10000",
        "pragma foreign_keys = on",
        "pragma synchronous = full",
        # In KiB: with the default of 2 MB a large write would spill its pages over and over.
        "pragma cache_size = -65536",
    )

    def open_engine(self, url: str, *, new: bool) -> Engine:
        path = database_url.path_of(url)
        engine = create_engine(URL.create("sqlite", database=str(path)), module=pysqlite3)

        def connect(*_: object) -> sqlite3.Connection:
            if not new:
                return self._open(self._there(url), "rw")
            create(path)
            return self._open(path, "rwc")

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "connect", partial(self._prepare, path))
        event.listen(engine, "checkout", partial(self._check, path))
        return engine

    def _prepare(self, path: Path, connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        for pragma in self._PRAGMAS:
            connection.cursor().execute(pragma)
        # A backup that was put in place has none; the file of another program is left as it is.
        if connection.cursor().execute("pragma application_id").fetchone() == (OURS,):
            connection.cursor().execute(self._LOG)
        entry.info[_FILES] = identities(path)

    def _check(
        self, path: Path, _: DBAPIConnection, entry: ConnectionPoolEntry, __: PoolProxiedConnection
    ) -> None:
        """A connection to what is no longer there writes to nowhere: another one is made."""
        if entry.info[_FILES] != identities(path):
            raise DisconnectionError

    def open_reading_engine(self, url: str) -> Engine:
        return create_engine(
            "sqlite://", module=pysqlite3, creator=lambda: self._connect(url), poolclass=NullPool
        )

    def open_reader(self, url: str) -> Reader:
        return SqliteReader(self._there(url), partial(self._connect_mapped, url))

    def _connect_mapped(self, url: str, ready: int) -> sqlite3.Connection:
        connection = self._connect(url, ready)
        connection.execute(f"pragma mmap_size = {self._MAPPED}")
        return connection

    def _connect(self, url: str, ready: int = read_pool.PREPARED) -> sqlite3.Connection:
        return self._open(self._there(url), "ro", ready)

    def _there(self, url: str) -> Path:
        path = database_url.path_of(url)
        if not path.is_file():
            what = f"there is no database at {path}"
            raise DatabaseMissing(what, "run `kb serve` or `kb load` first")
        return path

    def _open(self, path: Path, mode: str, ready: int = read_pool.PREPARED) -> sqlite3.Connection:
        connection: sqlite3.Connection = pysqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            check_same_thread=False,
            cached_statements=ready,
        )
        # The driver's own transaction control would begin late, after the first read.
        connection.isolation_level = None
        return connection

    def find_damage(self, connection: Connection) -> list[str]:
        try:
            found = connection.exec_driver_sql("pragma integrity_check").scalars().all()
        except DatabaseError as error:
            return [str(error.orig)]
        return [] if found == ["ok"] else list(found)

    # An index of the same words, made beside the database, and the words of both.
    _INDEXED = (
        "create virtual table temp.wanted using fts5(text, content = '',"
        " tokenize = 'unicode61 remove_diacritics 0')",
        "insert into temp.wanted (rowid, text) select id, words from passage",
        "create virtual table temp.wanted_words using fts5vocab('temp', 'wanted', 'instance')",
        "create virtual table temp.stored_words using"
        " fts5vocab('main', 'search_index', 'instance')",
    )

    def find_unsearchable(self, connection: Connection) -> list[str]:
        for statement in self._INDEXED:
            connection.exec_driver_sql(statement)
        words = 'select term, doc, "offset" from temp.{}_words'
        with (
            connection.exec_driver_sql(words.format("wanted")) as wanted,
            connection.exec_driver_sql(words.format("stored")) as stored,
        ):
            same = all(one == other for one, other in zip_longest(wanted, stored))
        for name in ("stored_words", "wanted_words", "wanted"):
            connection.exec_driver_sql(f"drop table temp.{name}")
        return [] if same else ["its index has not the words of the texts"]

    def joined(self, pieces: Sequence[str]) -> str:
        return read_pool.with_question_marks(pieces)

    def marks(self, connection: Connection) -> list[str]:
        numbered = connection.exec_driver_sql("pragma user_version").scalar()
        return [f"pragma application_id = {OURS}", *([] if numbered else [number_anew()])]

    def is_foreign(self, connection: Connection) -> bool:
        found = connection.exec_driver_sql("pragma application_id").scalar()
        return found not in (0, OURS)

    def tables(self, connection: Connection) -> set[str]:
        asked = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        return {*connection.exec_driver_sql(asked).scalars()}

    def hindrance(self, error: BaseException | None) -> KBError | None:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(self._FAILING):
            return StorageError(_FULL, _ROOM).with_note(error)
        if name.startswith(self._BUSY):
            return Unavailable(_BUSY, AGAIN).with_note(error)
        if name.startswith(self._GUARDED):
            remedy = "let this user write to the file and its folder"
            return StorageError("the database may not be written to", remedy).with_note(error)
        if name.startswith(self._CLOSED):
            remedy = "name one in a folder that you may write to"
            return DatabaseMissing("the database cannot be opened", remedy).with_note(error)
        return damage(error)


def _is_news(record: logging.LogRecord) -> bool:
    """The driver also logs that an error ended a batch, which the error says better."""
    return not str(record.msg).startswith("error ignored terminating")


class Postgresql:
    begin_read = "set transaction isolation level repeatable read, read only"
    # Whoever writes holds the row that counts revisions, and so comes alone.
    begin_write = "select revision from head for update"
    # Whoever writes is awaited, and waits; whoever reads goes on.
    begin_migration = """do $$ begin
        perform pg_advisory_xact_lock(hashtext('kb migrate'));
        if to_regclass('head') is not null then lock table head in exclusive mode; end if;
    end $$"""
    text = 'VARCHAR COLLATE "C"'
    announce = f"notify {CHANNEL}"
    settling: Sequence[str] = ()

    def open_engine(self, url: str, *, new: bool) -> Engine:
        del new  # A server makes none by itself.
        logging.getLogger("psycopg").addFilter(_is_news)
        # The driver reads the URL itself: it knows more forms, and no error then holds a password.
        engine = create_engine("postgresql+psycopg://", pool_pre_ping=True)

        def name_it(_: object, __: object, arguments: list[object], ___: object) -> None:
            arguments[:] = [url]

        event.listen(engine, "do_connect", name_it)
        return engine

    def open_reading_engine(self, url: str) -> Engine:
        engine = self.open_engine(url, new=False)
        return engine.execution_options(postgresql_readonly=True)

    def open_reader(self, url: str) -> Reader:
        return PostgresqlReader(url)

    def find_damage(self, connection: Connection) -> list[str]:
        """Nothing that a client can ask for: the server checks its pages as it reads them."""
        del connection
        return []

    def marks(self, connection: Connection) -> list[str]:
        """A database of a server is known by its tables."""
        del connection
        return []

    def is_foreign(self, connection: Connection) -> bool:
        """It has no such marks."""
        del connection
        return False

    _TABLES = """select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"""

    def tables(self, connection: Connection) -> set[str]:
        return {*connection.exec_driver_sql(self._TABLES).scalars()}

    def find_unsearchable(self, connection: Connection) -> list[str]:
        """Nothing: the index is over a column that the server derives itself."""
        del connection
        return []

    def joined(self, pieces: Sequence[str]) -> str:
        return read_pool.with_percent_signs(pieces)

    def hindrance(self, error: BaseException | None) -> KBError | None:
        if not isinstance(error, psycopg.OperationalError):
            return None
        if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.IoError):
            return StorageError(_FULL, _ROOM).with_note(error)
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return Unavailable(_BUSY, AGAIN).with_note(error)
        return gone(error)


_DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def dialect_of(url: str) -> Dialect:
    return _DIALECTS[url.partition(":")[0]]


def dialect_of_engine(engine: Engine | Connection) -> Dialect:
    return _DIALECTS[engine.dialect.name]
