"""`kb backup`: the SQLite database as one file that can take its place, made while it is served.

In: settings, and the path of a file that is not there yet. Out: that file, once it is whole, and
the name of its stream: a database that is restored from it goes on apart from the original, and so
has a stream of its own.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pysqlite3
from sqlalchemy.exc import DBAPIError

from kb import database
from kb.commit import feed
from kb.config import Settings
from kb.database.file_watch import create_file, damage_error, renumber_statement
from kb.errors import KBError
from kb.files.folder import remove_leftovers, unfinished_path


def backup(settings: Settings, path: Path) -> str:
    """The name of the new stream; raises KBError, and leaves no file, if the copy fails."""
    if not settings.database_url.startswith("sqlite:///"):
        what = "PostgreSQL makes its own backups, with `pg_dump` or `pg_basebackup`"
        raise KBError(what, "run `kb migrate --new-stream` when you have restored one")
    # A log that was left beside a database is taken for its own.
    for taken in (path, path.with_name(f"{path.name}-wal")):
        if taken.exists():
            raise KBError(f"{taken} is there already", "name a file that is not")
    try:
        remove_leftovers(path)
        prefix = f"{unfinished_path(path).name}."
        with TemporaryDirectory(prefix=prefix, dir=path.parent) as folder:
            new = Path(folder) / path.name
            _copy(settings, new)
            stream = _begin_stream(settings.model_copy(update={"database_url": f"sqlite:///{new}"}))
            new.rename(path)
    except OSError as error:
        raise _backup_error(path, error.strerror) from None
    except pysqlite3.Error as error:
        raise damage_error(error) or _backup_error(path, error) from None
    except DBAPIError as error:
        raise _backup_error(path, error.orig) from None
    return stream


def _backup_error(path: Path, why: object) -> KBError:
    return KBError(f"cannot back up to {path}: {why}", "name another place")


def _copy(settings: Settings, new: Path) -> None:
    """All pages as one transaction sees them; writers go on meanwhile."""
    engine = database.open_reading_engine(settings)
    with database.read_transaction(engine) as connection:
        source: sqlite3.Connection | None = connection.connection.driver_connection
        assert source
        create_file(new)
        with closing(pysqlite3.connect(new)) as target:
            source.backup(target)
            target.execute(renumber_statement())
    engine.dispose()


def _begin_stream(settings: Settings) -> str:
    engine = database.open_engine(settings)
    with database.write_transaction(engine) as connection:
        stream = feed.begin_stream(connection)
    with engine.connect() as connection:
        # The log goes into the file, which is then whole without others beside it.
        connection.exec_driver_sql("pragma journal_mode = delete")
    engine.dispose()
    return stream
