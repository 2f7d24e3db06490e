"""A plan made into one SQL statement whose result is the answer's JSON.

In: a plan. Out: `Sql` of one row: the JSON of `data`, its revision, cursor verdicts. Every object
is a text put together in the database. Rows of a page are limited first; then their children become
columns, behind a LIMIT that keeps the engine from folding the two; only then are lists made of
them, so that a child that is used twice is computed once. Every nested row stands in a `from` of
its own, because the engine adds up the depths of expressions that nest directly. Pure: no
connection.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from kb.errors import LimitError
from kb.models import Table
from kb.query.as_known import known_tables
from kb.query.conditions import conditions
from kb.query.cursor import encode_cursor
from kb.query.fields import Arguments, ListSource, Requirement, RowSet, as_scalar
from kb.query.grouping import COUNTED, CountedRows
from kb.query.nodes import (
    CaseValue,
    ConnectionField,
    ConnectionValue,
    Constant,
    JsonForm,
    LeafValue,
    ListValue,
    ObjectValue,
    PageFieldValue,
    RowValue,
    SameRowValue,
    SharedValue,
    Value,
    ViewValue,
)
from kb.query.pagination import order_name
from kb.query.refusals import refusal
from kb.query.sql import (
    HOLE,
    Param,
    Row,
    Sql,
    both,
    concat,
    in_front,
    join,
    json_object,
    literal,
    sql,
)

_ROOT = Row("root", "record")
_NO_LIMIT = 2**31 - 1
"""A LIMIT that limits nothing."""
_LONG_CONSTANT = 1_000
MOST_VIEWS = 5
"""How many views may stand within one another; each names all days of those around it."""


def compile_plan(plan: ObjectValue, verdicts: Sequence[Sql] = ()) -> Sql:
    """The statement; its columns hold the JSON of `data`, its revision, and the verdicts."""
    data, revision = _compile_value(plan, _Scope(_ROOT, 0)), Sql("(select h.revision from head h)")
    return sql("select {}", join(",", (data, revision, *verdicts)))


@dataclass(frozen=True)
class _Scope:
    """The row at hand, and what values of it can refer to.

    `lift` makes a subquery a column of the row, `share` a value that several types select, of which
    `shared` has those made. `page` gives the scalars of the row's page; `days` are of the views.
    """

    row: Row
    depth: int
    lift: Callable[[Sql], Sql] = lambda subquery: subquery
    page: Callable[[str], Sql] | None = None
    share: Callable[[Sql], Sql] = lambda value: value
    shared: tuple[Sql, ...] = ()
    days: tuple[Sql, ...] = ()

    def inner(self, rows: RowSet, columns: "_Columns") -> "_Scope":
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


def _compile_value(value: Value, scope: _Scope) -> Sql:
    match value:
        case Constant():
            return _compile_constant(value.json)
        case LeafValue():
            return _compile_leaf(value.source.value(scope.row, value.arguments), value.form)
        case ObjectValue():
            fields = value.fields.items()
            return json_object({key: _compile_value(field, scope) for key, field in fields})
        case SameRowValue():
            return _compile_same_row(value, scope)
        case RowValue():
            return scope.lift(_compile_row(value, scope))
        case ViewValue():
            return _compile_view(value, scope)
        case ListValue():
            return scope.lift(_compile_list(value, scope))
        case ConnectionValue():
            return scope.lift(_Connection(value, scope).compile())
        case PageFieldValue():
            assert scope.page is not None
            return scope.page(value.name)
        case SharedValue():
            return scope.shared[value.place]
        case CaseValue():
            return _compile_case(value, scope)


def _compile_view(value: ViewValue, scope: _Scope) -> Sql:
    days = (*scope.days, value.day)
    if len(days) > MOST_VIEWS:
        what = f"more than {MOST_VIEWS} views stand within one another"
        raise LimitError(what, "give the earliest day to one", value.day.params[0].path)
    inner = _compile_value(value.value, replace(scope, days=days))
    return sql("({})", in_front(known_tables(days), sql("select {}", inner)))


def _compile_constant(json: str) -> Sql:
    """Introspection can be longer than the rest of the statement: it is bound as a value."""
    if len(json) < _LONG_CONSTANT:
        return literal(json)
    return sql("cast({} as text)", Sql(HOLE, (Param(json, as_scalar, ()),)))


def _compile_leaf(column: Sql, form: JsonForm) -> Sql:
    match form:
        case JsonForm.TEXT:
            return sql("json_quote({})", column)
        case JsonForm.BOOLEAN:
            return sql(
                "case {} when true then 'true' when false then 'false' else 'null' end", column
            )
        case JsonForm.NUMBER | JsonForm.JSON:
            return sql("coalesce(cast({} as text),'null')", column)


def _compile_same_row(value: SameRowValue, scope: _Scope) -> Sql:
    inner = _compile_value(value.value, scope)
    if value.source.when is None:
        return inner
    return sql("case when {} then {} else 'null' end", value.source.when(scope.row), inner)


def _from_clause(rows: RowSet, outer: _Scope, inner: _Scope, arguments: Arguments) -> Sql:
    """`from … where …` of the wanted rows under the inner scope's alias."""
    table = Sql(rows.table)
    if rows.derived:
        table = sql("({})", rows.derived(outer.row, arguments))
    condition = rows.where(inner.row, outer.row, arguments)
    return sql("from {} {} where {}", table, Sql(inner.row.alias), condition)


def _compile_row(value: RowValue, scope: _Scope) -> Sql:
    columns = _Columns(f"t{scope.depth + 1}")
    inner = scope.inner(value.rows, columns)
    record = _compile_value(value.value, inner)
    rows = columns.of(_from_clause(value.rows, scope, inner, value.arguments), 1)
    record = sql("(select v from (select {} as v {}) v)", record, rows)
    record = sql("coalesce({},'null')", record) if value.nullable else record
    return _or_refusal(value.requires, record, value.arguments, scope)


def _compile_list(value: ListValue, scope: _Scope) -> Sql:
    rows = value.source.rows
    shared = _Columns(f"t{scope.depth + 1}")
    inner = scope.inner(rows, shared)
    item = _compile_value(value.value, inner)
    if value.source.gaps:
        item = sql("case when {} is null then 'null' else {} end", inner.row["id"], item)
    keys = value.source.order(inner.row)
    ordered = [_as_order_column(key, place) for place, key in enumerate(keys)]
    columns = join(",", [sql("{} as v", item), *ordered])
    listed = sql(
        "(select concat('[',string_agg(v,',' order by {}),']') from (select {} {}) v)",
        join(",", (Sql(f"o{n}") for n in range(len(keys)))),
        columns,
        shared.of(_from_clause(rows, scope, inner, value.arguments), _NO_LIMIT),
    )
    if value.source.present is not None:
        listed = sql(
            "case when {} then {} else 'null' end", value.source.present(scope.row), listed
        )
    return _or_refusal(value.source.requires, listed, value.arguments, scope)


def _or_refusal(
    requirement: Requirement | None, value: Sql, arguments: Arguments, scope: _Scope
) -> Sql:
    """The value, where what it requires holds of the row."""
    if requirement is None:
        return value
    return sql(
        "case when {} then {} else {} end",
        requirement.holds(scope.row, arguments),
        value,
        refusal(requirement.code, requirement.details(scope.row, arguments)),
    )


def _as_order_column(key: Sql, place: int) -> Sql:
    return sql(f"{{}} as o{place}", key)


def _compile_case(value: CaseValue, scope: _Scope) -> Sql:
    shared = tuple(scope.share(_compile_value(inner, scope)) for inner in value.shared)
    scope = replace(scope, shared=shared)
    rest = _compile_value(value.rest, scope)
    if not value.cases:
        return rest
    branches = [
        sql("when {} then {}", literal(name), _compile_row(case, scope))
        for name, case in value.cases.items()
    ]
    return sql("case {} {} else {} end", scope.row["type"], join(" ", branches), rest)


def _any_row(*_: object) -> Sql:
    return Sql("true")


@dataclass
class _Connection:
    """A connection; `columns` gathers what is lifted, `lists` what is aggregated, with aliases."""

    value: ConnectionValue
    outer: _Scope
    columns: dict[Sql, str] = field(default_factory=dict)
    lists: dict[Sql, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = self.value.source
        self.filter = self.value.arguments.inner("filter")
        self.depth = self.outer.depth + 1
        row = Row(f"t{self.depth}", source.rows.table, source.rows.extra)
        self.extra_columns = source.extra_columns(row, self.value.arguments)
        self.row = Row(row.alias, row.table, row.extra | self.extra_columns.keys())
        self.order = self.value.window.order
        self.keys = [sort.of(self.row) for sort in self.order]
        marks = [source.validity.mark(self.row)] if source.validity else []
        keys = [
            sql("cast({} as text)", key) if sort.key.number else key
            for sort, key in zip(self.order, self.keys, strict=True)
        ]
        self.cursor = encode_cursor(order_name(source, self.order), [*marks, *keys])

    def compile(self) -> Sql:
        fields = {key: self._compile_field(field) for key, field in self.value.fields.items()}
        select = sql("select {}", json_object(fields))
        if self.lists:
            select = sql("{} from ({}) {}", select, self._select_lists(), self._list_alias)
        return sql("({})", self._with_rows(select))

    def _with_rows(self, select: Sql) -> Sql:
        """Behind `with …`, rows that are themselves worked out: once, whatever reads them."""
        rows, validity = self.value.source.rows, self.value.source.validity
        if validity and validity.present and self.outer.days:
            return in_front(known_tables(()), select)
        if rows.derived is None:
            return select
        derived = rows.derived(self.outer.row, self.value.arguments)
        return sql("with {} as materialized ({}) {}", self._table, derived, select)

    @property
    def _table(self) -> Sql:
        rows = self.value.source.rows
        return Sql(f"h{self.depth}" if rows.derived else rows.table)

    @property
    def _list_alias(self) -> Sql:
        return Sql(f"q{self.depth}")

    def _compile_field(self, field: ConnectionField) -> Sql:
        match field.name:
            case "totalCount":
                return sql("(select count(*) {})", self._from_rows(self._list_condition()))
            case "pageInfo":
                assert field.value is not None
                scope = _Scope(self.row, self.depth, page=self._page_info)
                return _compile_value(field.value, scope)
            case "count":
                assert field.value is not None
                counted = self._counted_rows.count()
                rows = RowSet(self.row.table, _any_row, lambda *_: counted, COUNTED)
                value = RowValue(rows, self.value.arguments, field.value, nullable=False)
                return _compile_row(value, replace(self.outer, depth=self.depth))
            case "groups":
                return self._compile_groups(field)
            case "edges" | "nodes":
                assert field.value is not None
                scope = _Scope(self.row, self.depth, self._lift, self._edge_scalar)
                item = _compile_value(field.value, scope)
                listed = sql("string_agg({},',' order by {})", item, self._order_by())
                return concat([literal("["), self._list(listed), literal("]")])
            case _:
                assert field.value is not None
                # What is worked out from the whole list has the table of its rows for an alias.
                list_row = replace(self.row, alias=self._table.text)
                return _compile_value(field.value, replace(self.outer, row=list_row))

    def _compile_groups(self, field: ConnectionField) -> Sql:
        assert field.value is not None
        assert field.grouping is not None
        groups = self._counted_rows.groups(field.grouping)
        columns = field.grouping.source.columns | {"nth"}
        rows = RowSet(self.row.table, _any_row, lambda *_: groups, columns)
        source = ListSource(rows, lambda row: (row["nth"],))
        value = ListValue(source, self.value.arguments, field.value, "")
        return _compile_list(value, replace(self.outer, depth=self.depth))

    @property
    def _counted_rows(self) -> CountedRows:
        """Those of the whole list, in three values."""
        source = self.value.source
        possible = self._list_condition()
        sure = both(*conditions(source.tests, self.row, self.filter, certain=True))
        doubtful = both(*conditions(source.tests, self.row, self.filter)).text != sure.text
        every = possible == both() and not self.outer.days
        return CountedRows(self._table, self.row, possible, sure if doubtful else None, every)

    def _lift(self, subquery: Sql) -> Sql:
        name = self.columns.setdefault(subquery, f"c{len(self.columns)}")
        return Sql(f"{self.row.alias}.{name}")

    def _list(self, aggregate: Sql) -> Sql:
        name = self.lists.setdefault(aggregate, f"l{len(self.lists)}")
        return Sql(f"{self._list_alias.text}.{name}")

    def _edge_scalar(self, name: str) -> Sql:
        assert name == "cursor"
        return sql("json_quote({})", self.cursor)

    def _page_info(self, name: str) -> Sql:
        window = self.value.window
        match name:
            case "hasNextPage":
                outside = self._has_rows_beyond(window.before, later=False)
                return self._json_boolean(outside, self._is_cut(at_this_end=not window.last))
            case "hasPreviousPage":
                outside = self._has_rows_beyond(window.after, later=True)
                return self._json_boolean(outside, self._is_cut(at_this_end=window.last))
            case "startCursor":
                return self._edge_cursor(reverse=False)
            case _:
                return self._edge_cursor(reverse=True)

    def _json_boolean(self, *conditions: Sql) -> Sql:
        """Whether any of the conditions holds."""
        return sql("case when {} then 'true' else 'false' end", join(" or ", conditions))

    def _has_rows_beyond(self, keys: tuple[Sql, ...], *, later: bool) -> Sql:
        """Whether the list has rows that the cursor leaves out, its own row among them."""
        if not keys:
            return Sql("false")
        outside = sql("not ({})", self._beyond_cursor(keys, later=later))
        return sql("exists (select 1 {})", self._from_rows(both(self._list_condition(), outside)))

    def _is_cut(self, *, at_this_end: bool) -> Sql:
        """Whether the size of the page leaves rows out, if it is cut at this end at all."""
        if not at_this_end:
            return Sql("false")
        rows = self._from_rows(self._window_condition())
        return sql("exists (select 1 {} limit 1 offset {})", rows, self.value.window.size)

    def _edge_cursor(self, *, reverse: bool) -> Sql:
        place = sql("row_number() over (order by {})", self._order_by(reverse))
        name = self._lift(place)
        last = sql("max(case when {} = 1 then {} end)", name, self.cursor)
        return sql("json_quote({})", self._list(last))

    def _order_by(self, reverse: bool = False) -> Sql:
        return join(
            ",",
            [
                sql("{} desc", key) if sort.descending != reverse else key
                for sort, key in zip(self.order, self.keys, strict=True)
            ],
        )

    def _beyond_cursor(self, keys: tuple[Sql, ...], *, later: bool) -> Sql:
        """Rows strictly on one side of a cursor, in the order of the list."""
        signs = [">" if later != sort.descending else "<" for sort in self.order]
        if len(set(signs)) == 1:
            return sql(f"({{}}) {signs[0]} ({{}})", join(",", self.keys), join(",", keys))
        condition = Sql("false")
        for sign, column, key in reversed(list(zip(signs, self.keys, keys, strict=True))):
            # The first comparison is what an index can serve.
            text = f"({{}} {sign}= {{}} and ({{}} {sign} {{}} or {{}}))"
            condition = sql(text, column, key, column, key, condition)
        return condition

    def _list_condition(self) -> Sql:
        source = self.value.source
        condition = source.rows.where(self.row, self.outer.row, self.value.arguments)
        return both(condition, *conditions(source.tests, self.row, self.filter))

    def _window_condition(self) -> Sql:
        window, conditions = self.value.window, [self._list_condition()]
        if window.after:
            conditions.append(self._beyond_cursor(window.after, later=True))
        if window.before:
            conditions.append(self._beyond_cursor(window.before, later=False))
        return both(*conditions)

    def _from_rows(self, condition: Sql) -> Sql:
        return sql("from {} {} where {}", self._table, Sql(self.row.alias), condition)

    def _select_lists(self) -> Sql:
        """Limited rows, then their children behind a barrier, then the lists made of them."""
        alias, size = Sql(self.row.alias), self.value.window.size
        extra = self.extra_columns.items()
        lists = [sql("{} as " + name, aggregate) for aggregate, name in self.lists.items()]
        columns = [sql("{} as " + name, column) for column, name in self.columns.items()]
        limited = sql(
            "select {}{} {} order by {} limit {}",
            self._columns_read([*lists, *columns]),
            join("", (sql(f", {{}} as {name}", column) for name, column in extra)),
            self._from_rows(self._window_condition()),
            self._order_by(self.value.window.last),
            size,
        )
        if columns:
            lifted = join(",", [sql("{}.*", alias), *columns])
            limited = sql("select {} from ({}) {} limit {}", lifted, limited, alias, size)
        return sql("select {} from ({}) {}", join(",", lists), limited, alias)

    def _columns_read(self, parts: Sequence[Sql]) -> Sql:
        """The columns that the parts name: rows that carry less are sorted and passed on faster."""
        alias = self.row.alias
        named = {name for part in parts for name in re.findall(rf'\b{alias}\."(\w+)"', part.text)}
        columns = {*Table.metadata.tables[self.row.table].columns.keys(), *self.row.extra}
        read = sorted((named & columns) - self.extra_columns.keys()) or ["id"]
        return join(",", (self.row[name] for name in read))
