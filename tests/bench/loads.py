"""How much of a core a load takes, of the client and of PostgreSQL's server, and how much memory.

In: an engine, and by what the sizes of the usual world are divided, by the command line: `python -m
tests.bench.loads sqlite 3` loads 98,564 lines into an empty database. Out: a line of what it took.
The seconds are those of processors: what else the machine has to do counts less than by the clock.
"""

import sys
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import Engine

from kb import database
from kb.files.load import load
from kb.tables.manifest import export_snapshot
from tests.bench import world
from tests.bench.world import Sizes
from tests.support.databases import PostgresqlPlace, SqlitePlace, prepare, settings_of
from tests.support.postgresql import server

_TICKS = 100
"""Of a second, as the kernel tells times of processes."""


def snapshot(folder: Path, divisor: int) -> Path:
    """Of a world with histories and feed."""
    sizes = Sizes(**{name: max(1, size // divisor) for name, size in asdict(Sizes()).items()})
    engine = database.open_engine(prepare(settings_of(folder / "source.db")))
    world.generate(engine, sizes)
    world.derive_feed(engine)
    with database.read_transaction(engine) as connection:
        export_snapshot(connection, folder)
    engine.dispose()
    return folder / "kb.ndjson"


def measure(engine: Engine, path: Path) -> str:
    own, of_server, begun = _own_seconds(), _server_seconds(engine), time.monotonic()
    count = len(load(engine, [path]).added)
    elapsed, own = time.monotonic() - begun, _own_seconds() - own
    of_server = _server_seconds(engine) - of_server
    return (
        f"{count} records: {own:.1f} s of a core and {of_server:.1f} of the server's,"
        f" {count / (own + of_server):,.0f} records/s of a core; {elapsed:.1f} s elapsed,"
        f" {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"
    )


def _own_seconds() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _server_seconds(engine: Engine) -> float:
    """Of the process behind the one connection of the pool."""
    if engine.dialect.name == "sqlite":
        return 0.0
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        told = Path(f"/proc/{driver.info.backend_pid}/stat").read_text(encoding="utf-8")
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def _main(engine_name: str, divisor: str) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        path = snapshot(folder, int(divisor))
        sqlite = engine_name == "sqlite"
        place = SqlitePlace(folder) if sqlite else PostgresqlPlace(stack.enter_context(server()))
        engine = database.open_engine(prepare(place.create()))
        print(measure(engine, path))
        engine.dispose()


if __name__ == "__main__":
    _main(*sys.argv[1:])
