"""Rows in another shape: joined with those of other tables, unpivoted, put together as spells.

In: the rows of a table, and what its mapping says of their shape. Out: the rows as records are made
of them. What has to be looked up or sorted is kept on disk, so that memory does not grow.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from kb.errors import Fault
from kb.imports.mapping import Join, Spells, TableMap, Unpivot
from kb.imports.rows import SourceRow
from kb.records.form_errors import quote_shortened

_LONGEST_YEAR = 9
"""Digits of what is looked at as a year."""
_TABLES = (
    'create table joined ("table" text, name text, value text, number int, cells text,'
    ' primary key ("table", name, value)) without rowid',
    "create table spells (shared text, year int, number int, cells text)",
)
Rows = Iterator[SourceRow | Fault]


class RowStore:
    """Rows that are kept on disk, in a database for them alone."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows
        for statement in _TABLES:
            rows.execute(statement)

    def keep_joined(self, table: str, columns: set[str], file: str, rows: Rows) -> Rows:
        """The rows as they are, kept to be looked up by these columns; two of one value are not."""
        for row in rows:
            yield row
            if isinstance(row, Fault):
                continue
            for column in columns:
                values = (table, column, row.cells.get(column, ""), row.number, _text(row.cells))
                statement = "insert or ignore into joined values (?, ?, ?, ?, ?)"
                if not self._rows.execute(statement, values).rowcount:
                    what = f"column `{column}`: another row has {quote_shortened(values[2])} too"
                    yield Fault(file, row.number, what, "leave one of them out")

    def join(self, file: str, joins: Mapping[str, Join], rows: Rows) -> Rows:
        for row in rows:
            if isinstance(row, Fault):
                yield row
                continue
            cells = dict(row.cells)
            for name, join in joins.items():
                value = cells.get(join.by, "")
                joined = self._find(join, value)
                if value and joined is None:
                    what = f"column `{join.by}`: no row of `{join.table}` has the `{join.to}`"
                    remedy = "correct the cell, or add the row"
                    yield Fault(file, row.number, f"{what} {quote_shortened(value)}", remedy)
                cells |= {f"{name}.{column}": cell for column, cell in (joined or {}).items()}
            yield SourceRow(row.number, cells)

    def _find(self, join: Join, value: str) -> dict[str, str] | None:
        query = 'select cells from joined where ("table", name, value) = (?, ?, ?)'
        for (text,) in self._rows.execute(query, (join.table, join.to, value)):
            cells: dict[str, str] = json.loads(text)
            return cells
        return None

    def put_together(self, file: str, spells: Spells, rows: Rows) -> Rows:
        """Rows of years as rows of spells."""
        self._rows.execute("delete from spells")
        for row in rows:
            if isinstance(row, Fault):
                yield row
            elif (year := row.cells.get(spells.year, "")).isdecimal() and len(
                year
            ) <= _LONGEST_YEAR:
                shared = [row.cells.get(column, "") for column in spells.by]
                values = (json.dumps(shared), int(year), row.number, _text(row.cells))
                self._rows.execute("insert into spells values (?, ?, ?, ?)", values)
            else:
                what = f"column `{spells.year}`: {quote_shortened(year)} is no year"
                yield Fault(file, row.number, what, "write it in digits")
        yield from self._spells(file, spells)

    def _spells(self, file: str, spells: Spells) -> Rows:
        query = "select max(year) from spells"
        ((newest,),) = self._rows.execute(query)
        ordered = self._rows.execute("select * from spells order by shared, year, number")
        for _, years in groupby(ordered, key=lambda row: row[0]):
            spell: _Spell | None = None
            for _, year, number, text in years:
                if spell and year == spell.last:
                    what = f"column `{spells.year}`: row {spell.number} has this year too"
                    yield Fault(file, number, what, "leave one of them out")
                elif spell and year == spell.last + 1:
                    spell = spell._replace(last=year)
                else:
                    if spell:
                        yield spell.row(spells, newest)
                    spell = _Spell(number, year, year, text)
            if spell:
                yield spell.row(spells, newest)


class _Spell(NamedTuple):
    """Following years; the number and cells are those of the first."""

    number: int
    first: int
    last: int
    text: str

    def row(self, spells: Spells, newest: int) -> SourceRow:
        cells: dict[str, str] = json.loads(self.text)
        shared = {column: cells.get(column, "") for column in spells.by}
        end = ".." if self.last == newest else _year(self.last)
        bounds = {"first": _year(self.first), "last": _year(self.last), "end": end}
        return SourceRow(self.number, shared | bounds)


def _year(year: int) -> str:
    return f"{year:04d}"


def _text(cells: Mapping[str, str]) -> str:
    return json.dumps(cells, ensure_ascii=False)


def unpivot(columns: Unpivot, rows: Rows) -> Rows:
    for row in rows:
        if isinstance(row, Fault):
            yield row
            continue
        kept = {name: row.cells.get(name, "") for name in columns.keep}
        for name, value in row.cells.items():
            if name not in kept and value:
                yield SourceRow(row.number, {**kept, columns.name: name, columns.value: value})


def reshape(store: RowStore, file: str, table: TableMap, rows: Rows) -> Rows:
    """Joined, unpivoted, put together, in this order."""
    if table.join:
        rows = store.join(file, table.join, rows)
    if table.unpivot:
        rows = unpivot(table.unpivot, rows)
    if table.spells:
        rows = store.put_together(file, table.spells, rows)
    return rows


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) <= _LONGEST_YEAR
