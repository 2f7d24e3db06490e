"""What surrounds a value that is compiled: the row at hand, and where subqueries of it may stand.

In: rows, and what is made of them. Out: scopes, and clauses with columns that hold what is made
once. Pure: no connection.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from kb.query.fields import RowSet
from kb.query.sql import Row, Sql, join, sql


@dataclass(frozen=True)
class RowScope:
    """The row at hand, and what values of it can refer to.

    `lift` makes a subquery a column of the row, `share` a value that several types select, of which
    `shared` has those made. `page` gives the scalars of the row's page; `days` are of the views,
    `revisions` those as of which it is told; within these all is of the `past`.
    """

    row: Row
    depth: int
    lift: Callable[[Sql], Sql] = lambda subquery: subquery
    page: Callable[[str], Sql] | None = None
    share: Callable[[Sql], Sql] = lambda value: value
    shared: tuple[Sql, ...] = ()
    days: tuple[Sql, ...] = ()
    revisions: tuple[Sql, ...] = ()
    past: bool = False

    def inner(self, rows: RowSet, columns: "LiftedColumns") -> "RowScope":
        row = Row(f"t{self.depth + 1}", rows.table, rows.extra)
        shared = self.shared
        return RowScope(row, self.depth + 1, share=columns.add, shared=shared, past=self.past)


@dataclass
class LiftedColumns:
    """Values made columns of the rows under an alias, so that each is computed once."""

    alias: str
    names: dict[Sql, str] = field(default_factory=dict)

    def add(self, value: Sql) -> Sql:
        name = self.names.setdefault(value, f"c{len(self.names)}")
        return Sql(f"{self.alias}.{name}")

    def of(self, rows: Sql, most: int) -> Sql:
        """`from …` as it was, or with the columns, if there are any, behind LIMITs."""
        if not self.names:
            return rows
        named = [sql("{} as " + name, value) for value, name in self.names.items()]
        columns, limit = join(",", [Sql(f"{self.alias}.*"), *named]), Sql(f"limit {most}")
        # Only where both have a LIMIT will no engine fold the two.
        return sql("from (select {} {} {}) {} {}", columns, rows, limit, Sql(self.alias), limit)
