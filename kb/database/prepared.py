"""Statements that every write asks, run by the driver itself.

In: a connection in a transaction, a statement of the library that is built once, and its values by
name. Out: its rows, whose columns are attributes. The library compiles the statement, once for each
engine; its own way of running one takes three times as long as the engine does to answer.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Dialect, Select

PreparedSelect = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
_Process = Callable[[Any], Any]
"""Between a value and what the driver makes of it."""
_make_row_type: Callable[..., Any] = namedtuple


class _Prepared(NamedTuple):
    """A text, its parameters in their order, what they are where nobody gives them, and what
    values and columns pass through."""

    text: str
    names: Sequence[str]
    fixed: Mapping[str, object]
    bound: Mapping[str, _Process]
    read: Mapping[int, _Process]
    make_row: Callable[[Sequence[object]], Any]


_PREPARED: dict[tuple[PreparedSelect, str], _Prepared] = {}


def fetch_rows(connection: Connection, statement: PreparedSelect, **values: object) -> list[Any]:
    """All rows."""
    dialect = connection.dialect
    key = statement, dialect.name
    prepared = _PREPARED.get(key) or _PREPARED.setdefault(key, _prepare(statement, dialect))
    params = {**prepared.fixed, **values}
    for name, process in prepared.bound.items():
        params[name] = process(params[name])
    listed = [params[name] for name in prepared.names] if dialect.positional else params
    try:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(prepared.text, listed)
            rows = cursor.fetchall()
    except dialect.loaded_dbapi.Error:
        # Asked by the library, it fails again, and that sees what the connection is still worth.
        return [*connection.execute(statement, values)]
    if prepared.read:
        rows = [_read(row, prepared.read) for row in rows]
    return [*map(prepared.make_row, rows)]


def fetch_values(connection: Connection, statement: PreparedSelect, **values: object) -> list[Any]:
    """The first column of all rows."""
    return [row[0] for row in fetch_rows(connection, statement, **values)]


def _read(row: Sequence[object], processes: Mapping[int, _Process]) -> list[object]:
    values = [*row]
    for place, process in processes.items():
        values[place] = process(values[place])
    return values


def _prepare(statement: PreparedSelect, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    assert not compiled.post_compile_params, "an `in` of the library is another text each time"
    columns = [*statement.selected_columns]
    bound = {
        name: process
        for name, param in compiled.binds.items()
        if (process := param.type.dialect_impl(dialect).bind_processor(dialect))
    }
    read = {
        place: process
        for place, column in enumerate(columns)
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
    }
    names = compiled.positiontup or ()
    row = _make_row_type("Row", [column.key for column in columns], rename=True)
    return _Prepared(compiled.string, names, compiled.params, bound, read, row._make)
