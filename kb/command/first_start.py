"""What `kb serve` sets up before it serves: an empty database is filled with seeds.

In: settings. Out: a database in the newest form, whose content at the start is what KB_SEEDS names;
or, while that does not answer, word of a replica that can be read instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from kb import database
from kb.command.engines import prepared_engine
from kb.command.reports import load_summary, warn_left_aside
from kb.command.terminal import show_progress, tell, warn
from kb.commit.feed import read_head
from kb.config import NO_SEEDS, SHIPPED_SEEDS, Settings
from kb.errors import SettingsError, Unavailable
from kb.files.load import load
from kb.files.seed_files import shipped_seeds


def set_up(settings: Settings) -> None:
    try:
        _set_up_database(settings)
    except Unavailable as error:
        if not settings.replica_urls:
            raise
        _begin_with_replica(settings, error)


def _begin_with_replica(settings: Settings, error: Unavailable) -> None:
    """Nothing is set up there; raises Unavailable if none can be read as it is."""
    replica = database.find_current_replica(settings)
    if replica is None:
        what = f"{error.message}, and no replica can be read instead"
        raise Unavailable(what, error.remedy).with_note(error.whole())
    warn(f"{error.whole()}\nBegins all the same, with what {replica} has; nothing can be written.")


def _set_up_database(settings: Settings) -> None:
    with prepared_engine(settings, new=True) as engine:
        if _is_empty(engine):
            tell(f"New database {settings.database_name}: {_load_seeds(engine, settings)}")


def _is_empty(engine: Engine) -> bool:
    with database.read_transaction(engine) as connection:
        return read_head(connection) == 0


def _load_seeds(engine: Engine, settings: Settings) -> str:
    """What an empty database is filled with, in words."""
    with seeds_folder(settings) as folder, show_progress() as told:
        if folder is None:
            hint = "`kb init FOLDER` makes seed files to begin from, `kb load FOLDER` loads them"
            return f"empty; {hint}"
        report = load(engine, [folder], told=told)
        warn_left_aside([folder], settings)
        return load_summary(report)


@contextmanager
def seeds_folder(settings: Settings) -> Iterator[Path | None]:
    """That which KB_SEEDS names; raises SettingsError if it is not there."""
    if settings.seeds == SHIPPED_SEEDS:
        with shipped_seeds() as folder:
            yield folder
    elif settings.seeds == NO_SEEDS:
        yield None
    elif (folder := Path(settings.seeds)).exists():
        yield folder
    else:
        what = "KB_SEEDS: there is no such folder"
        raise SettingsError(what, "write the path of one, `shipped` or `none`")
