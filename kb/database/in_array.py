"""An `in` condition whose values are one bound parameter, a JSON array, on either engine.

In: a column and values, numbers or texts, or the name under which they are bound later. Out: a
condition whose SQL is the same for any number of values, so that its statement is compiled once:
SQLAlchemy's own `in_` binds each value by itself. To build a statement takes four times as long as
to run it: what every write asks is built once, with `in_bound`.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Boolean,
    Integer,
    Select,
    String,
    TypeDecorator,
    bindparam,
    literal,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement

ArrayColumn = SQLCoreOperations[int] | SQLCoreOperations[str]


def in_array(column: ArrayColumn, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Whether the column has one of the values."""
    return _InArray(column, literal(json.dumps([*values]), String))


def in_bound(column: ArrayColumn, name: str = "ids") -> ColumnElement[bool]:
    """Whether the column has one of the values that are bound under this name."""
    return _InArray(column, bindparam(name, type_=_JsonArray))


def look_up(query: Select[str] | Select[int], name: str) -> "Select[Any]":
    """Texts that are bound under this name, each with the one value that `query` selects for it, by
    the column `LOOKED_UP`; none where there is nothing.

    PostgreSQL looks for each by itself. A condition on a text and an array of others it may serve
    by the first alone, and compare all that has it with each of the array.
    """
    return select(LOOKED_UP, query.scalar_subquery()).select_from(
        _Texts(bindparam(name, type_=_JsonArray)).table_valued("value").alias("texts")
    )


LOOKED_UP: "ColumnElement[str]" = literal_column("texts.value", String)


class _JsonArray(TypeDecorator[Collection[object]]):
    """Values, bound as a JSON array."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Collection[object] | None, dialect: Dialect) -> str:
        del dialect
        return json.dumps([*(value or ())])


class _InArray(FunctionElement[bool]):
    """Its clauses are the column and the values, as a JSON array."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "_InArray":
        """Without `= 1` around it, which SQLAlchemy adds on SQLite and no index serves."""
        del against
        return self


class _Texts(FunctionElement[str]):
    """Those of a JSON array, as rows."""

    inherit_cache = True


@compiles(_Texts, "sqlite")
def _texts_on_sqlite(element: _Texts, compiler: SQLCompiler, **more: object) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Texts, "postgresql")
def _texts_on_postgresql(element: _Texts, compiler: SQLCompiler, **more: object) -> str:
    values = compiler.process(element.clauses, **more)
    return f"json_array_elements_text(cast({values} as json))"


@compiles(_InArray, "sqlite")
def _on_sqlite(element: _InArray, compiler: SQLCompiler, **more: object) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} in (select value from json_each({values}))"


@compiles(_InArray, "postgresql")
def _on_postgresql(element: _InArray, compiler: SQLCompiler, **more: object) -> str:
    """As an array, which serves an index even under `or`."""
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    sql_type = "bigint" if isinstance(next(iter(element.clauses)).type, Integer) else "text"
    listed = f"select one::{sql_type} from json_array_elements_text(cast({values} as json)) one"
    return f"{column} = any(array({listed}))"
