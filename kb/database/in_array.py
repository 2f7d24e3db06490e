"""Whether a column has one of many values, with all of them as one bound value on either engine.

In: a column and values, numbers or texts. Out: a condition whose text is the same for however many
there are, so that its statement is compiled once: SQLAlchemy's own `in_` binds each by itself.
"""

import json
from collections.abc import Collection

from sqlalchemy import Boolean, Integer, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement

Column = SQLCoreOperations[int] | SQLCoreOperations[str]


def among(column: Column, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    return _Among(column, literal(json.dumps([*values]), String))


class _Among(FunctionElement[bool]):
    """Its clauses are the column and the values, as a JSON array."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "_Among":
        """As it is: as a number that is compared with 1, it would be served by no index."""
        del against
        return self


@compiles(_Among, "sqlite")
def _on_sqlite(one: _Among, compiler: SQLCompiler, **more: object) -> str:
    column, values = (compiler.process(clause, **more) for clause in one.clauses)
    return f"{column} in (select value from json_each({values}))"


@compiles(_Among, "postgresql")
def _on_postgresql(one: _Among, compiler: SQLCompiler, **more: object) -> str:
    """As an array, which serves an index even under `or`."""
    column, values = (compiler.process(clause, **more) for clause in one.clauses)
    kind = "bigint" if isinstance(next(iter(one.clauses)).type, Integer) else "text"
    listed = f"select one::{kind} from json_array_elements_text(cast({values} as json)) one"
    return f"{column} = any(array({listed}))"
