"""What it takes to bring up an old database of many records, of which all that is derived is due.

In: how many copies of a world of 50,000 records, by the command line: `python -m
tests.bench.derivation 10 40`. Out: for each, how many records it has, how long `kb migrate` took of
a copy of it in SQLite that was taken back to the oldest form that is brought up whole, and how
much memory it resided in at most.
"""

import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url

from kb import database
from tests.bench.larger import FOLDER, larger_world
from tests.support.command import KB, bare_environment
from tests.support.databases import settings_of
from tests.support.older import WITH_FEED
from tests.support.residence import measure_residence


def measure(copies: int, folder: Path) -> str:
    world = make_url(larger_world(copies, None).database_url).database
    assert world
    file = folder / "old.db"
    shutil.copyfile(world, file)
    engine = database.open_engine(settings_of(file))
    database.revert_migrations(engine, WITH_FEED)
    with database.read_transaction(engine) as connection:
        records = connection.exec_driver_sql("select count(*) from record").scalar_one()
    engine.dispose()
    begun = time.monotonic()
    migrated = measure_residence([KB, "migrate", "--database", file], bare_environment())
    return f"{records:,} records: {time.monotonic() - begun:,.0f} s, {migrated.kib // 1024} MB"


def _main(*copies: str) -> None:
    with TemporaryDirectory(dir=FOLDER) as folder:
        for number in copies:
            print(measure(int(number), Path(folder)), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
