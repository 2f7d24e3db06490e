"""An `in` condition whose values are one bound parameter, a JSON array, on either engine.

In: a column and values, numbers or texts. Out: a condition whose SQL is the same for any number of
values, so that its statement is compiled once: SQLAlchemy's own `in_` binds each value by itself.
"""

import json
from collections.abc import Collection

from sqlalchemy import Boolean, Integer, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement

ArrayColumn = SQLCoreOperations[int] | SQLCoreOperations[str]


def in_array(column: ArrayColumn, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Whether the column has one of the values."""
    return _InArray(column, literal(json.dumps([*values]), String))


class _InArray(FunctionElement[bool]):
    """Its clauses are the column and the values, as a JSON array."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "_InArray":
        """Without `= 1` around it, which SQLAlchemy adds on SQLite and no index serves."""
        del against
        return self


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
