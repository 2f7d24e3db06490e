"""The database that a command works on: which one, opened, in the newest form, and closed.

In: settings, with what the command line says instead of them. Out: engines, each for the time of a
`with`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from kb import database
from kb.command.terminal import show_progress, tell_steps
from kb.commit.feed import Origin
from kb.config import Settings, read_settings
from kb.database_url import SQLITE
from kb.upgrade.upgrade import upgrade


def command_settings(
    url: str | None, *, host: str | None = None, port: str | None = None
) -> Settings:
    """Those of the environment, but for what is given."""
    named = SQLITE + url if url and ":" not in url else url
    return read_settings(host=host, port=port, database_url=named)


@contextmanager
def opened_engine(settings: Settings, *, new: bool = False) -> Iterator[Engine]:
    """Closed whatever happens: the last one out brings SQLite's log into the file.

    `new` says whether it may be made here, which is for commands that fill it.
    """
    engine = database.open_engine(settings, new=new)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def prepared_engine(settings: Settings, *, new: bool = False) -> Iterator[Engine]:
    """Of a database in the newest form; `new` as for `opened_engine`."""
    with opened_engine(settings, new=new) as engine:
        upgrade_database(engine, settings)
        yield engine


def upgrade_database(engine: Engine, settings: Settings) -> bool:
    """Whether there was anything to do."""
    with show_progress() as told:
        origin = origin_of("kb migrate", settings)
        return upgrade(engine, origin, told=told, told_step=tell_steps())


@contextmanager
def engine_for_load(settings: Settings, *, dry_run: bool) -> Iterator[Engine]:
    """A database to load into; one that is not there is not made to be tried on, but elsewhere."""
    with TemporaryDirectory() as folder:
        is_file = settings.database_url.startswith(SQLITE)
        if dry_run and is_file and not Path(settings.database_name).exists():
            settings = read_settings(database_url=f"{SQLITE}{folder}/kb.db")
        with prepared_engine(settings, new=True) as engine:
            yield engine


def origin_of(actor: str, settings: Settings, reason: str | None = None) -> Origin:
    """As the feed names a command, and why it was run."""
    return Origin(actor, settings.kept_changes, reason)
