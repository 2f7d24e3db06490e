"""Rows inserted and updated, many by one statement.

In: an open transaction, a table, and rows that all have the same columns. Out: nothing. To SQLite a
row is worth as much as a statement; PostgreSQL takes all of them at once, a column an array.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain

from sqlalchemy import Boolean, Connection, Date, Integer
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Table as SqlTable

from kb.database.dialects import dialect_of_engine
from kb.database.read_pool import Pieces

Row = Mapping[str, object]
_ROWS = 100
"""Rows that one statement of SQLite inserts."""


def insert(connection: Connection, table: SqlTable, rows: Sequence[Row]) -> None:
    """Many by one statement: after each SQLite's full-text index is written to its tables."""
    columns = tuple(rows[0]) if rows else ()
    values = [[*map(row.__getitem__, columns)] for row in rows]
    if len(rows) > 1 and _takes_arrays(connection):
        statement = _insert_arrays(table, columns)
        connection.exec_driver_sql(statement, _transpose(values))
        return
    join_pieces = dialect_of_engine(connection).join_pieces
    whole = len(rows) - len(rows) % _ROWS
    for start in range(0, whole, _ROWS):
        chunk = chain.from_iterable(values[start : start + _ROWS])
        connection.exec_driver_sql(
            join_pieces(_insert_pieces(table.name, columns, _ROWS)), tuple(chunk)
        )
    if remainder := [tuple(each) for each in values[whole:]]:
        connection.exec_driver_sql(join_pieces(_insert_pieces(table.name, columns, 1)), remainder)


def update(
    connection: Connection, table: SqlTable, rows: Sequence[Row], key: Sequence[str] = ("id",)
) -> None:
    """Write these columns of the rows that have these keys; each key is there once."""
    changed = tuple(name for name in (rows[0] if rows else ()) if name not in key)
    values = [[*map(row.__getitem__, (*changed, *key))] for row in rows]
    if len(rows) > 1 and _takes_arrays(connection):
        arrays = _transpose(values)
        statement = _update_arrays(table, changed, tuple(key))
        connection.exec_driver_sql(statement, (*arrays, arrays[len(changed)]))
    elif rows:
        join_pieces = dialect_of_engine(connection).join_pieces
        statement = join_pieces(_update_pieces(table.name, changed, tuple(key)))
        connection.exec_driver_sql(statement, [tuple(each) for each in values])


def _takes_arrays(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _transpose(rows: Sequence[Sequence[object]]) -> tuple[list[object], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


@lru_cache
def _insert_pieces(table: str, columns: tuple[str, ...], rows: int) -> Pieces:
    """The pieces of the statement, between which the values stand."""
    between = [*(", " for _ in columns[1:]), "), ("] * rows
    return Pieces((f"insert into {table} ({_listed(columns)}) values (", *between[:-1], ")"))


@lru_cache
def _update_pieces(table: str, changed: tuple[str, ...], key: tuple[str, ...]) -> Pieces:
    places = [f', "{name}" = ' for name in changed] + [f' and "{name}" = ' for name in key]
    places[0] = f'update {table} set "{changed[0]}" = '
    places[len(changed)] = f' where "{key[0]}" = '
    return Pieces((*places, ""))


@lru_cache
def _insert_arrays(table: SqlTable, columns: tuple[str, ...]) -> str:
    return f"insert into {table.name} ({_listed(columns)}) select * from {_arrays(table, columns)}"


@lru_cache
def _update_arrays(table: SqlTable, changed: tuple[str, ...], key: tuple[str, ...]) -> str:
    """The first key is looked for by itself as well: in whatever way the two are joined, no more of
    the table is read than that."""
    new = ", ".join(f'"{name}" = x."{name}"' for name in changed)
    same = " and ".join(f't."{name}" = x."{name}"' for name in key)
    arrays, columns = _arrays(table, (*changed, *key)), _listed((*changed, *key))
    looked = f't."{key[0]}" = any (%s::{_array_type(table.c[key[0]])})'
    return (
        f"update {table.name} t set {new} from {arrays} as x ({columns}) where {same} and {looked}"
    )


def _arrays(table: SqlTable, columns: tuple[str, ...]) -> str:
    return f"unnest({', '.join(f'%s::{_array_type(table.c[name])}' for name in columns)})"


def _array_type(column: "Column[object]") -> str:
    """A wide one: what does not fit the column is refused, not cut off."""
    types = {Integer: "bigint[]", Boolean: "boolean[]", Date: "date[]"}
    return next((name for each, name in types.items() if isinstance(column.type, each)), "text[]")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
