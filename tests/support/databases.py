"""Databases for tests, on both engines, set up as `kb serve` sets one up.

In: a `Place`, which makes databases of one engine. Out: a `Database` whose `ask` goes the way of
every operation: parse, validate, plan, one statement.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from graphql import GraphQLError
from sqlalchemy import Engine, text, update
from strawberry.types import ExecutionResult

from kb import database
from kb.config import Settings
from kb.database.read_pool import Reader, ReaderLoad, SourceState, SqlValue
from kb.files.file_sets import Terms
from kb.files.load import Manner, load
from kb.files.report import Report
from kb.files.seed_files import shipped_seeds as shipped_seeds
from kb.models.base import Head
from kb.server.context import Context
from kb.server.served_schema import open_context, served_schema
from kb.upgrade.upgrade import upgrade
from tests.support.kept import keep

_NUMBERS = count(1)
SHIPPED_SET = Terms("seeds")


class Place(Protocol):
    """Where databases of one engine are made."""

    def create(self, template: Settings | None = None) -> Settings:
        """A database of its own: a copy of the template, which nobody may have open, or empty."""
        ...

    def drop(self, settings: Settings) -> None:
        """What no test needs any more; nobody may have it open."""
        ...

    def keep(
        self, name: str, template: Settings | None, make: Callable[[Settings], object]
    ) -> Settings:
        """A copy of the template with what `make` adds, once for all who name it."""
        ...


@dataclass(frozen=True)
class SqlitePlace:
    folder: Path

    def create(self, template: Settings | None = None) -> Settings:
        path = self.folder / f"{next(_NUMBERS)}.db"
        if template:
            shutil.copy(template.database_name, path)
        return settings_of(path)

    def drop(self, settings: Settings) -> None:
        Path(settings.database_name).unlink(missing_ok=True)

    def keep(
        self, name: str, template: Settings | None, make: Callable[[Settings], object]
    ) -> Settings:
        def write(path: Path) -> None:
            if template:
                shutil.copy(template.database_name, path)
            make(settings_of(path))

        return settings_of(keep(f"{name}.db", write))


@dataclass(frozen=True)
class PostgresqlPlace:
    """Each worker has a server, and so templates, of its own."""

    server: str
    kept: dict[str, Settings] = field(default_factory=dict)

    def create(self, template: Settings | None = None) -> Settings:
        name, source = f"kb_{next(_NUMBERS)}", "template1"
        if template:
            source = urlsplit(template.database_url).path.removeprefix("/")
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name}".encode())
            # Of a template the server may hold a session that its client has left.
            connection.execute(_END_SESSIONS, (source,))
            # It may go by the log of the server instead, which writes all of it twice.
            made = f"create database {name} template {source} strategy file_copy"
            connection.execute(made.encode())
        return Settings(database_url=urlsplit(self.server)._replace(path=f"/{name}").geturl())

    def drop(self, settings: Settings) -> None:
        name = urlsplit(settings.database_url).path.removeprefix("/")
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)".encode())

    def keep(
        self, name: str, template: Settings | None, make: Callable[[Settings], object]
    ) -> Settings:
        if name not in self.kept:
            made = self.create(template)
            make(made)
            self.kept[name] = made
        return self.kept[name]


_END_SESSIONS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"


@dataclass
class Recorder:
    """A reader that remembers the statements that it ran."""

    reader: Reader
    statements: list[tuple[tuple[str, ...], Sequence[SqlValue]]] = field(default_factory=list)

    async def open(self) -> None:
        await self.reader.open()

    async def close(self) -> None:
        await self.reader.close()

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        self.statements.append((pieces, values))
        return await self.reader.fetch(pieces, values, cost)

    async def state(self) -> int | None:
        return await self.reader.state()

    @property
    def url(self) -> str:
        return self.reader.url

    @property
    def primary(self) -> Reader:
        return self

    def is_gone(self) -> bool:
        return self.reader.is_gone()

    def sources(self) -> Sequence[SourceState]:
        return self.reader.sources()

    def load(self) -> ReaderLoad:
        return self.reader.load()

    @property
    def is_refusing(self) -> bool:
        return self.reader.is_refusing

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        return self.reader.refuses(pieces, cost)

    def watch_commits(self) -> AsyncGenerator[None, None]:
        return self.reader.watch_commits()


# Tests fail faster without the text of all statements that it ran.
@dataclass(frozen=True, repr=False)
class Database:
    settings: Settings
    engine: Engine
    reader: Recorder
    context: Context
    loop: asyncio.Runner

    def load(self, *paths: Path, prune: bool = False, dry_run: bool = False) -> Report:
        """All as one set, that of the shipped seeds."""
        return load(self.engine, paths, terms=SHIPPED_SET, manner=Manner(prune, dry_run))

    def ask(self, query: str, **variables: object) -> dict[str, object]:
        """The data of an answer; an error of any kind fails the test."""
        result = self._run(query, variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return dict(result.data)

    def refused(self, query: str, **variables: object) -> list[tuple[str, object, object]]:
        """Message, path and code of every error; the answer has no data then."""
        result = self._run(query, variables)
        assert result.data is None
        return [_error_parts(error) for error in result.errors or ()]

    def answer(
        self, query: str, **variables: object
    ) -> tuple[dict[str, object] | None, list[tuple[str, object, object]]]:
        """The data, if there is any, and message, path and code of every error."""
        result = self._run(query, variables)
        data = None if result.data is None else dict(result.data)
        return data, [_error_parts(error) for error in result.errors or ()]

    def _run(self, query: str, variables: dict[str, object]) -> ExecutionResult:
        result = self.loop.run(
            served_schema().execute(query, variable_values=variables, context_value=self.context)
        )
        assert isinstance(result, ExecutionResult)
        return result

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def _error_parts(error: GraphQLError) -> tuple[str, object, object]:
    return error.message, error.path, (error.extensions or {}).get("code")


def prepare(settings: Settings, *seeds: Path) -> Settings:
    """A template: migrated, loaded, and closed. New files begin as copies of one, renamed."""
    is_copy = _copy_migrated(settings)
    engine = database.open_engine(settings)
    upgrade(engine)
    if is_copy:
        with database.write_transaction(engine) as connection:
            connection.execute(update(Head).values(stream=uuid4().hex))
    if seeds:
        load(engine, seeds)
    engine.dispose()
    return settings


def _copy_migrated(settings: Settings) -> bool:
    """To be migrated takes a new database as long as to be loaded; tells whether this is one."""
    is_new = (
        settings.database_url.startswith("sqlite") and not Path(settings.database_name).exists()
    )
    if is_new:
        shutil.copy(keep("migrated.db", _migrate), settings.database_name)
    return is_new


def _migrate(path: Path) -> None:
    engine = database.open_engine(settings_of(path))
    upgrade(engine)
    engine.dispose()


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    engine = database.open_engine(settings)
    reader = Recorder(database.open_reader(settings))
    with asyncio.Runner() as loop:
        loop.run(reader.open())
        context = open_context(settings, reader)
        loop.run(context.executor.lengths.measure(reader))
        yield Database(settings, engine, reader, context, loop)
        context.writer.close()
        loop.run(reader.close())
    engine.dispose()


@contextmanager
def open_copy(place: Place, template: Settings) -> Iterator[Database]:
    """A copy for one test, which is gone after it."""
    settings = place.create(template)
    with open_database(settings) as opened:
        yield opened
    place.drop(settings)


SHIPPED = [
    ("About", 1),
    ("Article", 10),
    ("Citation", 370),
    ("Event", 33),
    ("Membership", 18),
    ("Official", 8),
    ("Organisation", 6),
    ("Publication", 2),
    ("Scheme", 4),
    ("State", 13),
    ("Summit", 4),
    ("Term", 8),
]
"""How many records of each type the shipped seeds have."""
SHIPPED_RECORDS = sum(count for _, count in SHIPPED)


def settings_of(path: Path) -> Settings:
    """Of a database in this file."""
    return Settings(database_url=f"sqlite:///{path}")
