"""What an engine is asked meanwhile, by the library or by the driver itself."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from kb.database.prepared import PreparedSelect, fetch_rows


def replace_everywhere(
    monkeypatch: pytest.MonkeyPatch, there: Callable[..., object], instead: Callable[..., object]
) -> None:
    """In place of a function, in every module of the package that has it."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("kb.") and getattr(module, there.__name__, None) is there:
            monkeypatch.setattr(module, there.__name__, instead)


@contextmanager
def noted_statements(engine: Engine) -> Iterator[list[str]]:
    """Their texts; those of many rows once."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    def fetch(connection: Connection, statement: PreparedSelect, **values: object) -> list[Any]:
        if connection.engine is engine:
            statements.append(str(statement.compile(dialect=connection.dialect)))
        return fetch_rows(connection, statement, **values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            replace_everywhere(patch, fetch_rows, fetch)
            yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
