"""Migrations and first starts that are killed as they write, and several at once."""

import time
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from kb import database
from kb.config import Settings
from tests.chaos.blows import KillOutcome, kill_while_writing, watch, writing_seconds
from tests.chaos.commands import at_free_port, listens, run_server, start_command
from tests.chaos.figures import Chaos
from tests.support.command import ask_server
from tests.support.databases import Place, open_database
from tests.support.feeds import COUNTS
from tests.support.older import OLDER, tear
from tests.support.soundness import assert_whole

SHORT, LONG = 1, 40
"""Kills of each migration, and of first starts, on each engine."""
OF_SHORT = {*OLDER[::-4], "torn"}
"""Where the short form begins: one transaction takes each of them up to the newest."""
STARTS = 3
"""That many at once."""
NEWEST = database.newest_migration()


def older_database(place: Place, loaded: Settings, older: str) -> Settings:
    settings = place.create(loaded)
    with open_database(settings) as db:
        if older == "torn":
            tear(db, "0003")
        else:
            database.revert_migrations(db.engine, older)
    return settings


def version(settings: Settings) -> object:
    engine = database.open_engine(settings)
    with database.read_transaction(engine) as connection:
        version_num: object = connection.exec_driver_sql(
            "select version_num from alembic_version"
        ).scalar_one()
    engine.dispose()
    return version_num


@pytest.mark.parametrize("older", [*OLDER, "torn"])
def test_a_killed_migration_has_done_all_or_nothing(
    place: Place, loaded: Settings, tmp_path: Path, chaos: Chaos, older: str
) -> None:
    if not chaos.long and older not in OF_SHORT:
        pytest.skip("the short form begins at every fourth version")
    template, random, blows = (
        older_database(place, loaded, older),
        Random(older),
        list[KillOutcome](),
    )
    was = "0005" if older == "torn" else older
    settings = place.create(template)
    with watch(settings) as watched:
        wrote = writing_seconds(start_command(tmp_path, settings, "migrate"), watched)
    for _ in range(chaos.of(SHORT, LONG)):
        settings = place.create(template)
        with watch(settings) as watched:
            command = start_command(tmp_path, settings, "migrate")
            blows.append(kill_while_writing(command, watched, random.uniform(0, wrote)))
        assert version(settings) in ((was,) if blows[-1].in_transaction else (was, NEWEST))
        assert start_command(tmp_path, settings, "migrate").fault() == ""
        with open_database(settings) as db:
            assert_whole(db)
        assert version(settings) == NEWEST
    within = sum(blow.in_transaction for blow in blows)
    chaos.tell(
        f"`kb migrate` from {older} killed with -9",
        settings,
        f"{len(blows)} kills, {within} within the transaction; none half-done",
    )


def test_a_first_start_that_is_killed_is_made_good_by_the_next(
    place: Place, loaded: Settings, tmp_path: Path, chaos: Chaos
) -> None:
    with open_database(loaded) as db:
        wanted = {"data": db.ask(COUNTS)}
    seconds, random, blows = first_start(place, tmp_path), Random("first"), list[KillOutcome]()
    while len(blows) < chaos.of(SHORT, LONG):
        settings = at_free_port(place.create())
        with watch(settings) as watched:
            command = start_command(tmp_path, settings, "serve")
            time.sleep(random.uniform(0, seconds))
            blows.append(kill_while_writing(command, watched, 0))
        with run_server(tmp_path, settings) as address:
            assert ask_server(address, COUNTS) == wanted
        with open_database(settings) as db:
            assert_whole(db)
    within = sum(blow.in_transaction for blow in blows)
    chaos.tell(
        "the first `kb serve` killed with -9",
        settings,
        f"{len(blows)} kills, {within} within a write transaction; the next start filled each",
    )


def first_start(place: Place, folder: Path) -> float:
    """The seconds that it takes."""
    settings = at_free_port(place.create())
    command, began = start_command(folder, settings, "serve"), time.monotonic()
    while not listens(settings):
        assert command.poll() is None
        time.sleep(0.01)
    command.kill()
    command.wait()
    return time.monotonic() - began


@pytest.mark.parametrize("older", ["nothing", "torn"])
def test_several_start_at_once(place: Place, loaded: Settings, tmp_path: Path, older: str) -> None:
    """One migrates and loads, the others wait; all of them serve the same."""
    settings = place.create() if older == "nothing" else older_database(place, loaded, older)
    with ExitStack() as stack:
        settings_of_servers = [at_free_port(settings) for _ in range(STARTS)]
        servers = [
            start_command(tmp_path, server_settings, "serve")
            for server_settings in settings_of_servers
        ]
        for server in servers:
            stack.callback(server.kill)
        for server_settings, server in zip(settings_of_servers, servers, strict=True):
            while not listens(server_settings):
                assert server.poll() is None, server.fault()
                time.sleep(0.05)
        first, *others = [
            ask_server(f"http://127.0.0.1:{server_settings.port}", COUNTS)
            for server_settings in settings_of_servers
        ]
        assert others == [first] * (STARTS - 1)
    with open_database(settings) as db:
        assert_whole(db)
