"""Everything that differs between the two engines, side by side.

In: a database URL or an open connection. Out: its `Dialect`: embedded SQLite, by the library that
pysqlite3 brings, or PostgreSQL 15 and newer, by psycopg. Statements are the same text for both: the
first migration adds functions to PostgreSQL that it lacks.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from typing import Protocol

import psycopg
import pysqlite3
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from kb.database import read_pool
from kb.database.file_connection import (
    GUARDED,
    WRITE_AHEAD,
    connect_mapped,
    connect_to_read,
    error_name,
    existing_path,
    file_engine,
    fold_log,
)
from kb.database.file_watch import APPLICATION_ID, damage_error, renumber_statement
from kb.database.head_watch import CHANNEL
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.read_pool import TRY_AGAIN, Reader, unavailable_error
from kb.database.server_connection import conninfo_of, leave_to_pooler
from kb.database.sqlite_reader import SqliteReader
from kb.database_url import display_name
from kb.errors import DatabaseMissing, KBError, StorageError, Unavailable

_FULL, _ROOM = "the disk is full, or fails", "make room for the database, then do it again"
_BUSY = "another write is under way"
_STANDBY = "the database takes no writes just now, and can only be read"
_CUT_OFF = "the database's server ends transactions that pause or last as long as this one"
_LET_LAST = (
    "set idle_in_transaction_session_timeout and transaction_timeout longer for the service's user"
)


class Dialect(Protocol):
    """What differs between engines; the first three are statements that begin transactions."""

    begin_read: str
    begin_write: str
    begin_migration: str
    set_patience: str
    """The statement that says for how many milliseconds a write waits for another one."""
    text: str
    """The type of a text column, which sorts by code point."""
    announce: str
    """The statement that notifies listeners of a commit; empty if the engine needs none."""
    migration_settings: Sequence[str]
    """Statements that are run before the transaction of a migration."""
    begin_erasing: Sequence[str]
    """Statements after which what a transaction deletes leaves nothing behind in the tables."""
    end_erasing: Sequence[str]
    """Those by which that ends."""
    put_together: Sequence[str]
    """Statements outside of transactions that put the index of words together anew."""
    vacuum: Sequence[str]
    """The statement that writes its file anew, which nobody else may have open then."""
    fold_log: Sequence[str]
    """The statement that brings its log into the file; the first column tells whether others kept
    it from that."""
    index_progress: str
    """The table of an index that a process makes, its number, and how many of how many pages were
    read for it, asked from beside; empty if the engine does not tell."""

    def broken_references(self, connection: Connection) -> Counter[str]:
        """Rows that refer to none, where the engine does not look by itself; by their tables."""
        ...

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

    def is_utf8(self, connection: Connection) -> bool:
        """Whether its texts are in UTF-8: else order is another, or no text comes at all."""
        ...

    def tables(self, connection: Connection) -> set[str]:
        """The names of those that the engine and its extensions did not make for themselves."""
        ...

    def find_search_index_faults(self, connection: Connection) -> list[str]:
        """Faults of its full-text index: words that differ from those of the tables."""
        ...

    def join_pieces(self, pieces: Sequence[str]) -> str:
        """A statement in pieces, with the engine's sign for the values between them."""
        ...

    def translate_error(self, error: BaseException | None) -> KBError | None:
        """The error of ours for an engine that cannot work, with the driver's words as a note."""
        ...


class Sqlite:
    begin_read = "begin"
    begin_write = begin_migration = "begin immediate"
    set_patience = "pragma busy_timeout = {}"
    text = "VARCHAR"
    announce = ""
    # Another process may be migrating, which may take long: wait up to an hour. A table that others
    # refer to can be rebuilt only while references are not enforced, which no transaction can set
    # for itself: `broken_references` checks them at its end.
    migration_settings: Sequence[str] = (
        "pragma busy_timeout = 3600000",
        WRITE_AHEAD,
        "pragma foreign_keys = off",
    )
    # The index of words marks what is deleted, and keeps it until it is put together anew.
    begin_erasing: Sequence[str] = (
        "pragma secure_delete = on",
        "insert into search_index (search_index, rank) values ('secure-delete', 1)",
    )
    end_erasing: Sequence[str] = (
        "insert into search_index (search_index, rank) values ('secure-delete', 0)",
        "pragma secure_delete = off",
    )
    vacuum: Sequence[str] = ("vacuum",)
    put_together: Sequence[str] = (
        "pragma secure_delete = on",
        "insert into search_index (search_index) values ('optimize')",
        "pragma secure_delete = off",
    )
    fold_log: Sequence[str] = ("pragma wal_checkpoint(truncate)",)
    index_progress = ""
    # Prefixes of SQLite's names of error codes.
    _FAILING, _BUSY = ("SQLITE_FULL", "SQLITE_IOERR"), ("SQLITE_BUSY", "SQLITE_LOCKED")
    _CLOSED = "SQLITE_CANTOPEN"

    def open_engine(self, url: str, *, new: bool) -> Engine:
        return file_engine(url, new=new)

    def open_reading_engine(self, url: str) -> Engine:
        return create_engine(
            "sqlite://",
            module=pysqlite3,
            creator=lambda: connect_to_read(url),
            poolclass=NullPool,
        )

    def open_reader(self, url: str) -> Reader:
        path = existing_path(url)
        return SqliteReader(path, partial(connect_mapped, url), partial(fold_log, path))

    def broken_references(self, connection: Connection) -> Counter[str]:
        violations = connection.exec_driver_sql("pragma foreign_key_check").all()
        return Counter(f"{row[0]} to {row[2]}" for row in violations)

    def find_damage(self, connection: Connection) -> list[str]:
        try:
            problems = connection.exec_driver_sql("pragma integrity_check").scalars().all()
        except DatabaseError as error:
            return [str(error.orig)]
        return [] if problems == ["ok"] else list(problems)

    # A temporary index of the same words, and the words of both indexes.
    _INDEX_COPY = (
        "create virtual table temp.wanted using fts5(text, content = '',"
        " tokenize = 'unicode61 remove_diacritics 0')",
        "insert into temp.wanted (rowid, text) select id, words from passage",
        "create virtual table temp.wanted_words using fts5vocab('temp', 'wanted', 'instance')",
        "create virtual table temp.stored_words using"
        " fts5vocab('main', 'search_index', 'instance')",
    )

    def find_search_index_faults(self, connection: Connection) -> list[str]:
        for statement in self._INDEX_COPY:
            connection.exec_driver_sql(statement)
        words = 'select term, doc, "offset" from temp.{}_words'
        with (
            connection.exec_driver_sql(words.format("wanted")) as expected,
            connection.exec_driver_sql(words.format("stored")) as stored,
        ):
            same = all(row == other_row for row, other_row in zip_longest(expected, stored))
        for name in ("stored_words", "wanted_words", "wanted"):
            connection.exec_driver_sql(f"drop table temp.{name}")
        return [] if same else ["its index has not the words of the texts"]

    def join_pieces(self, pieces: Sequence[str]) -> str:
        return read_pool.with_question_marks(pieces)

    def marks(self, connection: Connection) -> list[str]:
        numbered = connection.exec_driver_sql("pragma user_version").scalar()
        return [
            f"pragma application_id = {APPLICATION_ID}",
            *([] if numbered else [renumber_statement()]),
        ]

    def is_foreign(self, connection: Connection) -> bool:
        application_id = connection.exec_driver_sql("pragma application_id").scalar()
        return application_id not in (0, APPLICATION_ID)

    def is_utf8(self, connection: Connection) -> bool:
        return connection.exec_driver_sql("pragma encoding").scalar() == "UTF-8"

    def tables(self, connection: Connection) -> set[str]:
        query = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        return {*connection.exec_driver_sql(query).scalars()}

    def translate_error(self, error: BaseException | None) -> KBError | None:
        name = error_name(error)
        if name.startswith(self._FAILING):
            return StorageError(_FULL, _ROOM).with_note(error)
        if name.startswith(self._BUSY):
            return Unavailable(_BUSY, TRY_AGAIN).with_note(error)
        if name.startswith(GUARDED):
            remedy = "let this user write to the file and its folder"
            return StorageError("the database may not be written to", remedy).with_note(error)
        if name.startswith(self._CLOSED):
            remedy = "name one in a folder that you may write to"
            return DatabaseMissing("the database cannot be opened", remedy)
        return damage_error(error)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Not the driver's notes that an error ended a batch: the error itself says more."""
    return not str(record.msg).startswith("error ignored terminating")


def _leave_standby(context: ExceptionContext) -> None:
    """Have connections opened anew that a server does not let write: another one may."""
    if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


class Postgresql:
    begin_read = "set transaction isolation level repeatable read, read only"
    # A writer locks the row that counts revisions, and so is the only one.
    begin_write = "select revision from head for update"
    set_patience = "set local lock_timeout = {}"
    # Waits for writers, and makes them wait; readers go on.
    begin_migration = """do $$ begin
        perform pg_advisory_xact_lock(hashtext('kb migrate'));
        if to_regclass('head') is not null then lock table head in exclusive mode; end if;
    end $$"""
    text = 'VARCHAR COLLATE "C"'
    announce = f"notify {CHANNEL}"
    migration_settings: Sequence[str] = ()
    begin_erasing: Sequence[str] = ()
    end_erasing: Sequence[str] = ()
    put_together: Sequence[str] = ()
    vacuum: Sequence[str] = ()
    fold_log: Sequence[str] = ()
    index_progress = """select relid::regclass::text, index_relid, blocks_done, blocks_total
        from pg_stat_progress_create_index where pid = %s"""

    def open_engine(self, url: str, *, new: bool) -> Engine:
        del new  # A server makes none by itself.
        logging.getLogger("psycopg").addFilter(_is_worth_logging)
        # The driver reads the URL itself: it knows more forms, and no error then holds a password.
        named = URL.create("postgresql+psycopg", database=display_name(url))
        engine = create_engine(named, pool_pre_ping=True)

        def set_url(
            _: object, __: object, arguments: list[object], parameters: dict[str, object]
        ) -> None:
            arguments[:] = [conninfo_of(url)]
            parameters.clear()  # The name for messages was taken for the database's.

        event.listen(engine, "do_connect", set_url)
        event.listen(engine, "connect", lambda connection, _: leave_to_pooler(connection))
        event.listen(engine, "handle_error", _leave_standby)
        return engine

    def open_reading_engine(self, url: str) -> Engine:
        engine = self.open_engine(url, new=False)
        return engine.execution_options(postgresql_readonly=True)

    def open_reader(self, url: str) -> Reader:
        return PostgresqlReader(url)

    def broken_references(self, connection: Connection) -> Counter[str]:
        """None: the server looks at each commit."""
        del connection
        return Counter()

    def find_damage(self, connection: Connection) -> list[str]:
        """None: a client cannot ask for it, and the server checks its pages as it reads them."""
        del connection
        return []

    def marks(self, connection: Connection) -> list[str]:
        """None: a database of a server is recognised by its tables."""
        del connection
        return []

    _IS_UTF8 = """select encoding = pg_char_to_encoding('UTF8') from pg_database
        where datname = current_database()"""

    def is_foreign(self, connection: Connection) -> bool:
        """PostgreSQL databases have no such marks."""
        del connection
        return False

    def is_utf8(self, connection: Connection) -> bool:
        return connection.exec_driver_sql(self._IS_UTF8).scalar() is True

    _TABLES = """select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"""

    def tables(self, connection: Connection) -> set[str]:
        return {*connection.exec_driver_sql(self._TABLES).scalars()}

    def find_search_index_faults(self, connection: Connection) -> list[str]:
        """None: the index is over a column that the server derives itself."""
        del connection
        return []

    def join_pieces(self, pieces: Sequence[str]) -> str:
        return read_pool.with_percent_signs(pieces)

    _TIMED_OUT = (
        psycopg.errors.IdleInTransactionSessionTimeout,
        psycopg.errors.TransactionTimeout,
    )

    def translate_error(self, error: BaseException | None) -> KBError | None:
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            return Unavailable(_STANDBY, TRY_AGAIN).with_note(error)
        if isinstance(error, self._TIMED_OUT):
            return Unavailable(_CUT_OFF, _LET_LAST).with_note(error)
        if not isinstance(error, psycopg.OperationalError):
            return None
        if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.IoError):
            return StorageError(_FULL, _ROOM).with_note(error)
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return Unavailable(_BUSY, TRY_AGAIN).with_note(error)
        return unavailable_error(error)


_DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def dialect_of(url: str) -> Dialect:
    return _DIALECTS[url.partition(":")[0]]


def dialect_of_engine(engine: Engine | Connection) -> Dialect:
    return _DIALECTS[engine.dialect.name]
