"""The rows of a connection in SQL: those of its whole list, and those of a page of it.

In: a planned connection, and the row around it. Out: conditions and statements of its rows, in
order, and the text of each row's cursor. Pure: no connection to a database.
"""

import re
from collections.abc import Sequence

from kb.models import Table
from kb.query.conditions import conditions
from kb.query.cursor import encode_cursor
from kb.query.nodes import ConnectionValue
from kb.query.pagination import order_name
from kb.query.sql import Row, Sql, both, join, sql


class PageRows:
    """Of one connection; `row` stands for each of its rows in all that is made of them."""

    def __init__(self, value: ConnectionValue, outer: Row, depth: int) -> None:
        source = value.source
        self._source, self._arguments, self._outer = source, value.arguments, outer
        self._window, self._filter = value.window, value.arguments.inner("filter")
        row = Row(f"t{depth}", source.rows.table, source.rows.extra)
        self._extra_columns = source.extra_columns(row, value.arguments)
        self.row = Row(row.alias, row.table, row.extra | self._extra_columns.keys())
        self.table = Sql(f"h{depth}" if source.rows.derived else source.rows.table)
        self._cut = Sql(f"p{depth}") if source.rows.lazy else None
        self._keys = [sort.of(self.row) for sort in self._window.order]
        self.cursor = self._encode_cursor()

    def _encode_cursor(self) -> Sql:
        source, order = self._source, self._window.order
        marks = [source.validity.mark(self.row)] if source.validity else []
        keys = [
            sql("cast({} as text)", key) if sort.key.number else key
            for sort, key in zip(order, self._keys, strict=True)
        ]
        return encode_cursor(order_name(source, order), [*marks, *keys])

    def certain(self) -> Sql | None:
        """What a row passes that is surely in the list; None if all are."""
        tests = self._source.tests
        sure = both(*conditions(tests, self.row, self._filter, certain=True))
        return sure if both(*conditions(tests, self.row, self._filter)).text != sure.text else None

    def in_list(self) -> Sql:
        condition = self._source.rows.where(self.row, self._outer, self._arguments)
        return both(condition, *conditions(self._source.tests, self.row, self._filter))

    def _on_page(self) -> Sql:
        """Between the cursors."""
        between = [self.in_list()]
        if self._window.after:
            between.append(self._beyond_cursor(self._window.after, later=True))
        if self._window.before:
            between.append(self._beyond_cursor(self._window.before, later=False))
        return both(*between)

    def _beyond_cursor(self, keys: tuple[Sql, ...], *, later: bool) -> Sql:
        """Rows strictly on one side of a cursor, in the order of the list."""
        signs = [">" if later != sort.descending else "<" for sort in self._window.order]
        if len(set(signs)) == 1:
            return sql(f"({{}}) {signs[0]} ({{}})", join(",", self._keys), join(",", keys))
        condition = Sql("false")
        for sign, column, key in reversed(list(zip(signs, self._keys, keys, strict=True))):
            # The first comparison is what an index can serve.
            text = f"({{}} {sign}= {{}} and ({{}} {sign} {{}} or {{}}))"
            condition = sql(text, column, key, column, key, condition)
        return condition

    def order_by(self, reverse: bool = False) -> Sql:
        return join(
            ",",
            [
                sql("{} desc", key) if sort.descending != reverse else key
                for sort, key in zip(self._window.order, self._keys, strict=True)
            ],
        )

    def from_rows(self, condition: Sql) -> Sql:
        return sql("from {} {} where {}", self.table, Sql(self.row.alias), condition)

    def has_next(self) -> Sql:
        outside = self._has_rows_beyond(self._window.before, later=False)
        return join(" or ", (outside, self._is_cut(at_this_end=not self._window.last)))

    def has_previous(self) -> Sql:
        outside = self._has_rows_beyond(self._window.after, later=True)
        return join(" or ", (outside, self._is_cut(at_this_end=self._window.last)))

    def _has_rows_beyond(self, keys: tuple[Sql, ...], *, later: bool) -> Sql:
        """Whether the list has rows that the cursor leaves out, its own row among them."""
        if not keys:
            return Sql("false")
        outside = sql("not ({})", self._beyond_cursor(keys, later=later))
        return sql("exists (select 1 {})", self.from_rows(both(self.in_list(), outside)))

    def _is_cut(self, *, at_this_end: bool) -> Sql:
        """Whether the size of the page leaves rows out, if it is cut at this end at all."""
        if not at_this_end:
            return Sql("false")
        return sql("exists (select 1 {} limit 1 offset {})", self._from_page(), self._window.size)

    def _from_page(self) -> Sql:
        if self._cut:
            return sql("from {} {}", self._cut, Sql(self.row.alias))
        return self.from_rows(self._on_page())

    def cut_for(self, select: Sql) -> Sql:
        """Behind `with …`, if the statement reads it: the page and one more row, which both the
        page and what asks for more are read from, as to work rows out twice takes twice as long."""
        if not (self._cut and f"{self._cut.text} {self.row.alias}" in select.text):
            return Sql("")
        return sql(
            ", {} as materialized (select {} {} order by {} limit 1+{})",
            self._cut,
            self._columns_read([select]),
            self.from_rows(self._on_page()),
            self.order_by(self._window.last),
            self._window.size,
        )

    def select_page(self, parts: Sequence[Sql]) -> Sql:
        """The rows of the page, with the columns that the parts name."""
        extra = self._extra_columns.items()
        return sql(
            "select {}{} {} order by {} limit {}",
            self._columns_read(parts),
            join("", (sql(f", {{}} as {name}", column) for name, column in extra)),
            self._from_page(),
            self.order_by(self._window.last),
            self._window.size,
        )

    def _columns_read(self, parts: Sequence[Sql]) -> Sql:
        """The columns that the parts name: rows that carry less are sorted and passed on faster."""
        alias = self.row.alias
        named = {name for part in parts for name in re.findall(rf'\b{alias}\."(\w+)"', part.text)}
        columns = {*Table.metadata.tables[self.row.table].columns.keys(), *self.row.extra}
        read = sorted((named & columns) - self._extra_columns.keys()) or ["id"]
        return join(",", (self.row[name] for name in read))
