"""Flat tables: the records of one type as rows of plain values, for whoever analyses them.

In: an open read transaction and a `FlatTable`, which `schema.flat` makes. Out: its rows, a batch at
a time, so that memory does not grow with their number; every value is text or a whole number, or
None. Texts of a type: a DATE is `2016-10-14`, a BOOLEAN `true` or `false`, a JSON value a list.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from kb.progress import Told, counted

TABLES_FORM = "kb-tables-1"
"""The name and version of what tables and columns there are: another if one is missed or changed,
the same if there are more."""
RowBatch = Sequence[Sequence[str | int | None]]
"""Some rows of a table, at least one, in the order of its columns."""
_ROWS = 10_000
"""Rows of one batch, and so of one row group of a Parquet file."""
_AS_IT_IS = {"no_parameters": True}
"""How a statement is executed: it has no parameters, and its `%` are what they are."""


class FlatType(StrEnum):
    TEXT = "TEXT"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """`refers` names the table whose `key` the values are; empty if they are `id`s of any."""

    name: str
    type: FlatType
    description: str = ""
    refers: str | None = None


@dataclass(frozen=True, slots=True)
class FlatTable:
    """`rows` is a query of all rows, without their `order`, on either engine.

    `identity` are the columns that tell rows apart; of records the key alone, beside an `id`.
    `filters` are what it can be narrowed by, each with what is compared. It has `conditions` if it
    is narrowed, and with `front` queries that stand for tables.
    """

    name: str
    columns: tuple[FlatColumn, ...]
    rows: str
    order: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    identity: tuple[str, ...] = ("key",)
    conditions: tuple[str, ...] = ()
    front: str = ""

    @property
    def statement(self) -> str:
        where = f" where {' and '.join(self.conditions)}" if self.conditions else ""
        return f"{self.front}{self.rows}{where} order by {self.order}"


def read_rows(connection: Connection, table: FlatTable) -> Generator[RowBatch, None, None]:
    """To be closed before the connection, by whoever may stop before the end."""
    options = {**_AS_IT_IS, "stream_results": True}
    with connection.exec_driver_sql(table.statement, execution_options=options) as result:
        yield from result.yield_per(_ROWS).partitions()


def read_told_rows(
    connection: Connection, table: FlatTable, told: Told
) -> Generator[RowBatch, None, None]:
    """The same for whoever waits for all of them: they are counted first."""
    counted_rows = f"select count(*) from ({table.statement}) t"
    total = connection.exec_driver_sql(counted_rows, execution_options=_AS_IT_IS).scalar_one()
    with closing(read_rows(connection, table)) as batches:
        yield from counted(told, table.name, batches, total)
