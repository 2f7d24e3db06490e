"""Databases for tests: real files, set up as `kb serve` sets one up.

In: a folder. Out: a `Database` whose `ask` goes the way of every operation: parse, validate, plan,
one statement.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from graphql import GraphQLError
from sqlalchemy import Engine, text
from strawberry.types import ExecutionResult

from kb import database
from kb.config import Settings
from kb.ingest.load import Report, load
from schema.build import Context, build_schema, open_context


@dataclass(frozen=True)
class Database:
    engine: Engine
    reader: database.Reader
    context: Context
    loop: asyncio.Runner

    def load(self, *paths: Path, prune: bool = False, dry_run: bool = False) -> Report:
        return load(self.engine, paths, prune=prune, dry_run=dry_run)

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
        return [_told(error) for error in result.errors or ()]

    def _run(self, query: str, variables: dict[str, object]) -> ExecutionResult:
        result = self.loop.run(
            build_schema().execute(query, variable_values=variables, context_value=self.context)
        )
        assert isinstance(result, ExecutionResult)
        return result

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        with database.write(self.engine) as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def run(self, statement: str) -> None:
        with database.write(self.engine) as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Gathers what the reader runs meanwhile."""
        ran: list[str] = []
        self.reader.connection.set_trace_callback(ran.append)
        try:
            yield ran
        finally:
            self.reader.connection.set_trace_callback(None)


def _told(error: GraphQLError) -> tuple[str, object, object]:
    return error.message, error.path, (error.extensions or {}).get("code")


@contextmanager
def open_database(folder: Path, *seeds: Path) -> Iterator[Database]:
    """A migrated database in the folder, loaded with these seeds."""
    settings = Settings(database_url=f"sqlite:///{folder}/kb.db")
    engine = database.open_engine(settings)
    database.migrate(engine)
    if seeds:
        load(engine, seeds)
    reader = database.open_reader(settings)
    with asyncio.Runner() as loop:
        yield Database(engine, reader, open_context(reader), loop)
        loop.run(reader.close())
    engine.dispose()


@contextmanager
def shipped_seeds() -> Iterator[Path]:
    with as_file(files("seeds")) as folder:
        yield folder
