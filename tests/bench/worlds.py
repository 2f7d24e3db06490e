"""The databases that are measured, made once and kept: a world takes minutes to make.

In: a folder, and the URL of a PostgreSQL server. Out: settings of the database of a size on an
engine. That of PostgreSQL is a copy, row by row, of that of SQLite.
"""

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, select

from kb import database
from kb.config import Settings
from kb.models import Table
from tests.bench import world
from tests.bench.world import Sizes
from tests.support.databases import prepare

BASE = Sizes()
TENFOLD = replace(Sizes(**{name: 10 * size for name, size in asdict(BASE).items()}), states=676)
"""There are no more codes of two letters."""
SMALL = Sizes(**{name: size // 50 for name, size in asdict(BASE).items()})
"""To be loaded from files."""
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Worlds:
    """`fed` says whether a world has histories and a feed too, or records and search texts."""

    folder: Path
    server: str

    def of(self, engine: str, sizes: Sizes, *, fed: bool) -> Settings:
        return (self._sqlite if engine == "sqlite" else self._postgresql)(sizes, fed)

    def _sqlite(self, sizes: Sizes, fed: bool) -> Settings:
        path = self.folder / f"{_name(sizes, fed)}.db"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_suffix(_UNFINISHED)
            made.unlink(missing_ok=True)
            _make(Settings(database_url=f"sqlite:///{made}"), sizes, fed)
            made.rename(path)
        return Settings(database_url=f"sqlite:///{path}")

    def _postgresql(self, sizes: Sizes, fed: bool) -> Settings:
        name = f"kb_bench_{_name(sizes, fed)}"
        settings = Settings(database_url=urlsplit(self.server)._replace(path=f"/{name}").geturl())
        with psycopg.connect(self.server, autocommit=True) as connection:
            known = "select 1 from pg_database where datname = %s"
            if connection.execute(known, [name]).fetchone():
                return settings
            connection.execute(SQL("create database {}").format(Identifier(name)))
        _copy(self._sqlite(sizes, fed), prepare(settings))
        return settings


def _name(sizes: Sizes, fed: bool) -> str:
    """Another one whenever a world would come out otherwise."""
    made = Path(world.__file__).read_bytes() + repr((sizes, fed)).encode()
    migration = str(database.newest_migration()).encode()
    return hashlib.sha256(made + migration).hexdigest()[:12]


def _make(settings: Settings, sizes: Sizes, fed: bool) -> None:
    engine = database.open_engine(prepare(settings))
    with engine.connect() as connection:
        # In KiB, for the one connection of the pool: nothing is to be written twice.
        connection.exec_driver_sql("pragma cache_size = -4000000")
    world.generate(engine, sizes)
    (world.derive_feed if fed else world.derive_search_texts)(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    engine.dispose()


def _copy(source: Settings, target: Settings) -> None:
    """All rows, in one transaction; references are checked at its end."""
    engine = database.open_reading_engine(source)
    with (
        database.read_transaction(engine) as reading,
        psycopg.connect(target.database_url) as writing,
    ):
        # Triggers number what is recorded by it: it is copied last.
        for name in sorted(Table.metadata.tables, key="head".__eq__):
            if name == "head":
                writing.execute("delete from head")
            # Triggers keep it.
            if name != "membership_tally":
                _copy_table(reading, writing, name)
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    engine.dispose()


def _copy_table(
    reading: Connection, writing: psycopg.Connection[tuple[object, ...]], name: str
) -> None:
    table = Table.metadata.tables[name]
    columns = SQL(", ").join(Identifier(column.name) for column in table.columns)
    into = SQL("copy {} ({}) from stdin").format(Identifier(name), columns)
    with (
        reading.execution_options(yield_per=1000).execute(select(table)) as rows,
        writing.cursor() as cursor,
        cursor.copy(into) as copy,
    ):
        for row in rows:
            copy.write_row(tuple(row))
