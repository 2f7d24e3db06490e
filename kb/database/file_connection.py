"""Connections to a file of SQLite: how one is opened, and until when it is of use.

In: the URL of a database, or the path of its file. Out: connections of the library that pysqlite3
brings, by themselves or by an engine. Those of an engine write; they are opened anew once their
file was removed or replaced, or could not be written to. All others can only read.
"""

import logging
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pysqlite3
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from kb import database_url
from kb.database import read_pool
from kb.database.file_watch import APPLICATION_ID, create_file, free_companions, identities
from kb.errors import DatabaseMissing

_LOGGER = logging.getLogger(__name__)
_FILES = "kb files"
"""Where a connection of a pool notes which files it has open."""
WRITE_AHEAD = "pragma journal_mode = wal"
GUARDED = "SQLITE_READONLY"
"""The prefix of SQLite's names of errors for what may not be written to."""
_MAPPED = 1_000_000_000_000
"""Bytes of the file that queries read from mapped memory, instead of copying pages: all."""
_PRAGMAS = (
    "pragma busy_timeout = 10000",
    "pragma foreign_keys = on",
    "pragma synchronous = full",
    # In KiB: with the default of 2 MB a large write would spill its pages over and over.
    "pragma cache_size = -65536",
)


def file_engine(url: str, *, new: bool) -> Engine:
    """`new` says whether it makes a database where there is none."""
    path = database_url.path_of(url)
    engine = create_engine(URL.create("sqlite", database=str(path)), module=pysqlite3)

    def connect(*_: object) -> sqlite3.Connection:
        if not new:
            return _open(existing_path(url), "rw")
        create_file(path)
        return _open(path, "rwc")

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "handle_error", _drop_guarded)
    event.listen(engine, "connect", partial(_prepare, path))
    event.listen(engine, "checkout", partial(_check_files, path))
    return engine


def _drop_guarded(context: ExceptionContext) -> None:
    """Keep no connection that cannot write: it could not once its file may be written to."""
    if error_name(context.original_exception).startswith(GUARDED):
        context.is_disconnect = True


def _prepare(path: Path, connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        connection.cursor().execute(pragma)
    # A backup that was put in place has none; the file of another program is left as it is.
    if connection.cursor().execute("pragma application_id").fetchone() == (APPLICATION_ID,):
        connection.cursor().execute(WRITE_AHEAD)
    entry.info[_FILES] = identities(path)


def _check_files(
    path: Path, _: DBAPIConnection, entry: ConnectionPoolEntry, __: PoolProxiedConnection
) -> None:
    """Replace a connection whose file was removed or replaced: its writes would be lost."""
    if entry.info[_FILES] != identities(path):
        raise DisconnectionError


def connect_to_read(url: str, prepared: int = read_pool.PREPARED_STATEMENTS) -> sqlite3.Connection:
    return _open(existing_path(url), "ro", prepared)


def connect_mapped(url: str, prepared: int) -> sqlite3.Connection:
    connection = connect_to_read(url, prepared)
    connection.execute(f"pragma mmap_size = {_MAPPED}")
    return connection


def fold_log(path: Path) -> None:
    """Bring what stands in the log into the file, unless others have that open.

    SQLite does so as the last connection closes, if that one can write.
    """
    try:
        with closing(_open(path, "rw")) as connection:
            connection.execute("pragma synchronous = full")
            # What is closed before it was read has not seen that there is a log.
            connection.execute("select count(*) from sqlite_master").fetchone()
    except pysqlite3.Error as error:
        _LOGGER.info("the log of %s was left beside it: %s", path, error)


def existing_path(url: str) -> Path:
    """Raises DatabaseMissing if there is no file."""
    path = database_url.path_of(url)
    if not path.is_file():
        what = f"there is no database at {path}"
        raise DatabaseMissing(what, "run `kb serve` or `kb load` first")
    return path


def _open(
    path: Path, mode: str, prepared: int = read_pool.PREPARED_STATEMENTS
) -> sqlite3.Connection:
    free_companions(path)
    connection: sqlite3.Connection = pysqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        check_same_thread=False,
        cached_statements=prepared,
    )
    # The driver's own transaction control would begin late, after the first read.
    connection.isolation_level = None
    return connection


def error_name(error: BaseException | None) -> str:
    """SQLite's name of its code; empty for the errors of others."""
    return str(getattr(error, "sqlite_errorname", ""))
