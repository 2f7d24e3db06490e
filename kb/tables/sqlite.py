"""Flat tables as one SQLite file, with keys, references and indexes.

In: an open read transaction, the tables, and an empty file. Out: the file filled: a table each, and
`feed`, one row with the form, and with the stream, revision and cursor that they belong to. Dates
are texts such as `2016-10-14`, truth is 0 or 1.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pysqlite3
from sqlalchemy import Connection

from kb.commit.feed import FeedState
from kb.errors import KBError
from kb.progress import Told
from kb.tables.flat_table import TABLES_FORM, FlatColumn, FlatTable, FlatType, read_told_rows

_TYPES = {FlatType.JSON: "text"}
_RULES = {"id": " primary key", "key": " not null unique"}
"""Of tables of records."""
_FEED = "create table feed (stream text, revision integer, cursor text, form text)"


def write_sqlite(
    connection: Connection,
    state: FeedState,
    tables: Sequence[FlatTable],
    told: Told,
    file: BinaryIO,
) -> int:
    """How many rows; raises KBError if the disk does not take them."""
    try:
        with closing(pysqlite3.connect(file.name)) as copy:
            # Nobody else sees the file before it is whole: it needs no journal.
            copy.execute("pragma journal_mode = off")
            copy.execute("pragma synchronous = off")
            copy.execute(_FEED)
            feed = {**state.place, "form": TABLES_FORM}
            copy.execute("insert into feed values (:stream, :revision, :cursor, :form)", feed)
            rows = sum(_copy(connection, table, told, copy) for table in tables)
            copy.commit()
    except pysqlite3.DatabaseError as error:
        folder = Path(file.name).parent
        raise KBError(f"cannot write {folder}: {error}", "name another folder") from None
    return rows


def _copy(
    connection: Connection, table: FlatTable, told: Told, copy: "pysqlite3.dbapi2.Connection"
) -> int:
    columns = ", ".join(_definitions(table))
    copy.execute(f"create table {table.name} ({columns})")
    values = ", ".join(map(_value, table.columns))
    rows = 0
    with closing(read_told_rows(connection, table, told)) as batches:
        for batch in batches:
            copy.executemany(f"insert into {table.name} values ({values})", batch)
            rows += len(batch)
    for column in table.columns:
        if column.refers is not None:
            index = f"{table.name}_{column.name}"
            copy.execute(f'create index {index} on {table.name} ("{column.name}")')
    return rows


def _definitions(table: FlatTable) -> Iterator[str]:
    is_of_records = table.identity == ("key",)
    for column in table.columns:
        rules = _RULES.get(column.name, "") if is_of_records else ""
        type_ = _TYPES.get(column.type, column.type.lower())
        refers = f" references {column.refers} (key)" if column.refers else ""
        yield f'"{column.name}" {type_}{rules}{refers}'
    if not is_of_records:
        yield f"primary key ({', '.join(table.identity)})"


def _value(column: FlatColumn) -> str:
    return "? = 'true'" if column.type is FlatType.BOOLEAN else "?"
