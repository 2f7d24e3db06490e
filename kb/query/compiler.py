"""A plan made into one SQL statement whose result is the answer's JSON.

In: a plan. Out: `Sql` of one row and column. Every object is a text put together in the database;
rows of a page are limited first, then their children are added as columns behind a LIMIT that keeps
the engine from folding the two, and only then made into lists, so that a child that is used twice
is computed once. Every nested row stands in a `from` of its own, because the engine adds up the
depths of expressions that nest directly. Pure: no connection.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from kb.errors import LimitError
from kb.models import Table
from kb.query import cursor, filters
from kb.query import pagination as page
from kb.query.as_known import known_on
from kb.query.fields import Arguments, Rows, as_scalar
from kb.query.nodes import (
    CaseValue,
    Constant,
    Form,
    LeafValue,
    ManyValue,
    ObjectValue,
    OneValue,
    PageLeaf,
    PageValue,
    Part,
    SameValue,
    SharedValue,
    Value,
    ViewValue,
)
from kb.query.sql import HOLE, Param, Row, Sql, both, concat, join, json_object, literal, sql

_ROOT = Row("root", "record")
_ALL = 2**31 - 1
"""A LIMIT that limits nothing."""
_LONG = 1_000
MOST_VIEWS = 5
"""How many views may stand within one another; each names all days of those around it."""


def compile_plan(plan: ObjectValue, verdicts: Sequence[Sql] = ()) -> Sql:
    """The statement; its columns hold the JSON of `data`, its revision, and the verdicts."""
    data, revision = _value(plan, _Scope(_ROOT, 0)), Sql("(select h.revision from head h)")
    return sql("select {}", join(",", (data, revision, *verdicts)))


@dataclass(frozen=True)
class _Scope:
    """The row at hand; `lift` names a subquery as a column of it, `page` its page's scalars.

    `share` does the same for what the types of a record share, which `shared` names. `days` are
    those of the views around it.
    """

    row: Row
    depth: int
    lift: Callable[[Sql], Sql] = lambda subquery: subquery
    page: Callable[[str], Sql] | None = None
    share: Callable[[Sql], Sql] = lambda value: value
    shared: tuple[Sql, ...] = ()
    days: tuple[Sql, ...] = ()

    def inner(self, rows: Rows, columns: "_Columns") -> "_Scope":
        row = Row(f"t{self.depth + 1}", rows.table, rows.extra)
        return _Scope(row, self.depth + 1, share=columns.add, shared=self.shared)


@dataclass
class _Columns:
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


def _value(value: Value, scope: _Scope) -> Sql:
    match value:
        case Constant():
            return _constant(value.json)
        case LeafValue():
            return _leaf(value.source.value(scope.row, value.arguments), value.form)
        case ObjectValue():
            return json_object({key: _value(one, scope) for key, one in value.fields.items()})
        case SameValue():
            return _same(value, scope)
        case OneValue():
            return scope.lift(_one(value, scope))
        case ViewValue():
            return _view(value, scope)
        case ManyValue():
            return scope.lift(_many(value, scope))
        case PageValue():
            return scope.lift(_Page(value, scope).compile())
        case PageLeaf():
            assert scope.page is not None
            return scope.page(value.name)
        case SharedValue():
            return scope.shared[value.place]
        case CaseValue():
            return _case(value, scope)


def _view(value: ViewValue, scope: _Scope) -> Sql:
    days = (*scope.days, value.day)
    if len(days) > MOST_VIEWS:
        what = f"more than {MOST_VIEWS} views stand within one another"
        raise LimitError(what, "give the earliest day to one", value.day.params[0].path)
    inner = _value(value.value, replace(scope, days=days))
    return sql("({} select {})", known_on(days), inner)


def _constant(json: str) -> Sql:
    """What is known of the schema can be longer than the rest of the statement: that is bound."""
    if len(json) < _LONG:
        return literal(json)
    return sql("cast({} as text)", Sql(HOLE, (Param(json, as_scalar, ()),)))


def _leaf(column: Sql, form: Form) -> Sql:
    match form:
        case Form.TEXT:
            return sql("json_quote({})", column)
        case Form.BOOLEAN:
            return sql(
                "case {} when true then 'true' when false then 'false' else 'null' end", column
            )
        case Form.NUMBER | Form.JSON:
            return sql("coalesce(cast({} as text),'null')", column)


def _same(value: SameValue, scope: _Scope) -> Sql:
    inner = _value(value.value, scope)
    if value.source.when is None:
        return inner
    return sql("case when {} then {} else 'null' end", value.source.when(scope.row), inner)


def _from(rows: Rows, outer: _Scope, inner: _Scope, arguments: Arguments) -> Sql:
    """`from … where …` of the wanted rows under the inner scope's alias."""
    table = Sql(rows.table)
    if rows.derived:
        table = sql("({})", rows.derived(outer.row, arguments))
    condition = rows.where(inner.row, outer.row, arguments)
    return sql("from {} {} where {}", table, Sql(inner.row.alias), condition)


def _one(value: OneValue, scope: _Scope) -> Sql:
    columns = _Columns(f"t{scope.depth + 1}")
    inner = scope.inner(value.rows, columns)
    found = _value(value.value, inner)
    rows = columns.of(_from(value.rows, scope, inner, value.arguments), 1)
    found = sql("(select v from (select {} as v {}) v)", found, rows)
    return sql("coalesce({},'null')", found) if value.nullable else found


def _many(value: ManyValue, scope: _Scope) -> Sql:
    rows = value.source.rows
    shared = _Columns(f"t{scope.depth + 1}")
    inner = scope.inner(rows, shared)
    item = _value(value.value, inner)
    if value.source.gaps:
        item = sql("case when {} is null then 'null' else {} end", inner.row["id"], item)
    keys = value.source.order(inner.row)
    columns = join(",", [sql("{} as v", item), *(_named(key, n) for n, key in enumerate(keys))])
    listed = sql(
        "(select concat('[',string_agg(v,',' order by {}),']') from (select {} {}) v)",
        join(",", (Sql(f"o{n}") for n in range(len(keys)))),
        columns,
        shared.of(_from(rows, scope, inner, value.arguments), _ALL),
    )
    if value.source.present is None:
        return listed
    return sql("case when {} then {} else 'null' end", value.source.present(scope.row), listed)


def _named(key: Sql, place: int) -> Sql:
    return sql(f"{{}} as o{place}", key)


def _case(value: CaseValue, scope: _Scope) -> Sql:
    shared = tuple(scope.share(_value(one, scope)) for one in value.shared)
    scope = replace(scope, shared=shared)
    rest = _value(value.rest, scope)
    if not value.cases:
        return rest
    branches = [
        sql("when {} then {}", literal(name), _one(one, scope)) for name, one in value.cases.items()
    ]
    return sql("case {} {} else {} end", scope.row["type"], join(" ", branches), rest)


@dataclass
class _Page:
    """One connection; `columns` gathers what is lifted, `lists` what is made of the rows."""

    value: PageValue
    outer: _Scope
    columns: dict[Sql, str] = field(default_factory=dict)
    lists: dict[Sql, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = self.value.source
        self.filter = self.value.arguments.inner("filter")
        self.depth = self.outer.depth + 1
        bare = Row(f"t{self.depth}", source.rows.table, source.rows.extra)
        self.added = source.added(bare, self.value.arguments)
        self.row = Row(bare.alias, bare.table, bare.extra | self.added.keys())
        self.order = self.value.window.order
        self.keys = [sort.of(self.row) for sort in self.order]
        marked = [source.history.mark(self.row)] if source.history else []
        keys = [
            sql("cast({} as text)", key) if sort.key.number else key
            for sort, key in zip(self.order, self.keys, strict=True)
        ]
        self.cursor = cursor.make(page.order_name(source, self.order), [*marked, *keys])

    def compile(self) -> Sql:
        parts = {key: self._part(part) for key, part in self.value.parts.items()}
        found = sql("select {}", json_object(parts))
        if self.lists:
            found = sql("{} from ({}) {}", found, self._listed(), self._list_alias)
        return sql("({}{})", self._derived(), found)

    def _derived(self) -> Sql:
        """`with …` for rows that are themselves worked out: once, whatever reads them."""
        rows, history = self.value.source.rows, self.value.source.history
        if history and history.present and self.outer.days:
            return sql("{} ", known_on(()))
        if rows.derived is None:
            return Sql("")
        derived = rows.derived(self.outer.row, self.value.arguments)
        return sql("with {} as materialized ({}) ", self._table, derived)

    @property
    def _table(self) -> Sql:
        rows = self.value.source.rows
        return Sql(f"h{self.depth}" if rows.derived else rows.table)

    @property
    def _list_alias(self) -> Sql:
        return Sql(f"q{self.depth}")

    def _part(self, part: Part) -> Sql:
        match part.name:
            case "totalCount":
                return sql("(select count(*) {})", self._rows(self._base()))
            case "pageInfo":
                assert part.value is not None
                return _value(part.value, _Scope(self.row, self.depth, page=self._info))
            case "edges" | "nodes":
                assert part.value is not None
                scope = _Scope(self.row, self.depth, self._lift, self._edge)
                item = _value(part.value, scope)
                listed = sql("string_agg({},',' order by {})", item, self._order())
                return concat([literal("["), self._list(listed), literal("]")])
            case _:
                assert part.value is not None
                return _value(part.value, self.outer)

    def _lift(self, subquery: Sql) -> Sql:
        name = self.columns.setdefault(subquery, f"c{len(self.columns)}")
        return Sql(f"{self.row.alias}.{name}")

    def _list(self, aggregate: Sql) -> Sql:
        name = self.lists.setdefault(aggregate, f"l{len(self.lists)}")
        return Sql(f"{self._list_alias.text}.{name}")

    def _edge(self, name: str) -> Sql:
        assert name == "cursor"
        return sql("json_quote({})", self.cursor)

    def _info(self, name: str) -> Sql:
        window = self.value.window
        match name:
            case "hasNextPage":
                return self._truth(self._beyond(window.before, False), self._cut(not window.last))
            case "hasPreviousPage":
                return self._truth(self._beyond(window.after, True), self._cut(window.last))
            case "startCursor":
                return self._end_cursor(reverse=False)
            case _:
                return self._end_cursor(reverse=True)

    def _truth(self, *ways: Sql) -> Sql:
        return sql("case when {} then 'true' else 'false' end", join(" or ", ways))

    def _beyond(self, keys: tuple[Sql, ...], later: bool) -> Sql:
        """Whether rows stand on the far side of a cursor, its own row among them."""
        if not keys:
            return Sql("false")
        far = sql("not ({})", self._compare(keys, later=later))
        return sql("exists (select 1 {})", self._rows(both(self._base(), far)))

    def _cut(self, here: bool) -> Sql:
        """Whether the size of the page leaves rows out on this side."""
        if not here:
            return Sql("false")
        rows = self._rows(self._window())
        return sql("exists (select 1 {} limit 1 offset {})", rows, self.value.window.size)

    def _end_cursor(self, *, reverse: bool) -> Sql:
        place = sql("row_number() over (order by {})", self._order(reverse))
        name = self._lift(place)
        last = sql("max(case when {} = 1 then {} end)", name, self.cursor)
        return sql("json_quote({})", self._list(last))

    def _order(self, reverse: bool = False) -> Sql:
        return join(
            ",",
            [
                sql("{} desc", key) if sort.descending != reverse else key
                for sort, key in zip(self.order, self.keys, strict=True)
            ],
        )

    def _compare(self, keys: tuple[Sql, ...], *, later: bool) -> Sql:
        """Rows strictly on one side of a cursor, in the order of the list."""
        signs = [">" if later != sort.descending else "<" for sort in self.order]
        if len(set(signs)) == 1:
            return sql(f"({{}}) {signs[0]} ({{}})", join(",", self.keys), join(",", keys))
        condition = Sql("false")
        for sign, mine, theirs in reversed(list(zip(signs, self.keys, keys, strict=True))):
            # The first comparison is what an index can serve.
            text = f"({{}} {sign}= {{}} and ({{}} {sign} {{}} or {{}}))"
            condition = sql(text, mine, theirs, mine, theirs, condition)
        return condition

    def _base(self) -> Sql:
        source = self.value.source
        own = source.rows.where(self.row, self.outer.row, self.value.arguments)
        return both(own, *filters.passes(source.tests, self.row, self.filter))

    def _window(self) -> Sql:
        window, conditions = self.value.window, [self._base()]
        if window.after:
            conditions.append(self._compare(window.after, later=True))
        if window.before:
            conditions.append(self._compare(window.before, later=False))
        return both(*conditions)

    def _rows(self, condition: Sql) -> Sql:
        return sql("from {} {} where {}", self._table, Sql(self.row.alias), condition)

    def _listed(self) -> Sql:
        """Limited rows, then their children behind a barrier, then the lists made of them."""
        alias, size = Sql(self.row.alias), self.value.window.size
        added = join("", (sql(f", {{}} as {name}", one) for name, one in self.added.items()))
        lists = [sql("{} as " + name, one) for one, name in self.lists.items()]
        columns = [sql("{} as " + name, column) for column, name in self.columns.items()]
        limited = sql(
            "select {}{} {} order by {} limit {}",
            self._own_columns([*lists, *columns]),
            added,
            self._rows(self._window()),
            self._order(self.value.window.last),
            size,
        )
        if columns:
            lifted = join(",", [sql("{}.*", alias), *columns])
            limited = sql("select {} from ({}) {} limit {}", lifted, limited, alias, size)
        return sql("select {} from ({}) {}", join(",", lists), limited, alias)

    def _own_columns(self, parts: Sequence[Sql]) -> Sql:
        """Those that the parts name: rows that carry less are sorted and passed on faster."""
        alias = self.row.alias
        named = {name for part in parts for name in re.findall(rf'\b{alias}\."(\w+)"', part.text)}
        own = {*Table.metadata.tables[self.row.table].columns.keys(), *self.row.extra}
        kept = sorted((named & own) - self.added.keys()) or ["id"]
        return join(",", (self.row[name] for name in kept))
