"""A plan made into one SQL statement whose result is the answer's JSON.

In: a plan. Out: `Sql` of one row: the JSON of `data`, its revision, cursor verdicts. Every object
is a text put together in the database. Rows of a page are limited first; then their children become
columns, behind a LIMIT that keeps the engine from folding the two; only then are lists made of
them, so that a child that is used twice is computed once. Every nested row stands in a `from` of
its own, because the engine adds up the depths of expressions that nest directly. Pure: no
connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.errors import LimitError
from kb.query.as_known import known_tables
from kb.query.conditions import conditions, fields_asked
from kb.query.fields import Arguments, ColumnEquals, ListSource, Requirement, RowSet, as_scalar
from kb.query.grouping import COUNTED, CountedRows, Grouping
from kb.query.moments import tell_known, tell_recorded
from kb.query.nodes import (
    CaseValue,
    ConnectionField,
    ConnectionValue,
    Constant,
    JsonForm,
    LeafValue,
    ListValue,
    MomentValue,
    ObjectValue,
    PageFieldValue,
    Plan,
    RowValue,
    SameRowValue,
    SharedValue,
    Value,
)
from kb.query.page_rows import PageRows
from kb.query.refusals import ERASED, refusal
from kb.query.scope import LiftedColumns, RowScope
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
"""How many views and revisions may stand within one another; each names all of those around it."""


def compile_plan(plan: Plan, verdicts: Sequence[Sql] = ()) -> Sql:
    """The statement; its columns hold the JSON of `data`, its revision, and the verdicts."""
    data, revision = (
        _compile_value(plan, RowScope(_ROOT, 0)),
        Sql("(select h.revision from head h)"),
    )
    return sql("select {}", join(",", (data, revision, *verdicts)))


def _compile_value(value: Value, scope: RowScope) -> Sql:
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
        case MomentValue():
            return scope.lift(_compile_moment(value, scope))
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


def _compile_moment(value: MomentValue, scope: RowScope) -> Sql:
    """A view of a day around what was recorded stands within, and reads that."""
    days, revisions = scope.days, scope.revisions
    if value.moment.is_revision:
        revisions = (*revisions, value.moment.value)
        _check_depth(revisions, "revisions", "revision")
    else:
        days = (*days, value.moment.value)
        _check_depth(days, "views", "day")
    # What is lifted would be read at the moment of what is around.
    inner = replace(scope, days=days, revisions=revisions, lift=lambda subquery: subquery)
    inner = replace(inner, past=bool(revisions) or scope.past)
    told = sql("select {}", _compile_value(value.value, inner))
    if not value.moment.is_revision:
        return tell_known(days, told)
    return tell_recorded(revisions, sql("select {}", tell_known(days, told)) if days else told)


def _check_depth(moments: Sequence[Sql], what: str, each: str) -> None:
    if len(moments) > MOST_VIEWS:
        message = f"more than {MOST_VIEWS} {what} stand within one another"
        raise LimitError(message, f"give the earliest {each} to one", moments[-1].params[0].path)


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


def _compile_same_row(value: SameRowValue, scope: RowScope) -> Sql:
    inner = _compile_value(value.value, scope)
    if value.source.when is None:
        return inner
    return sql("case when {} then {} else 'null' end", value.source.when(scope.row), inner)


def _from_clause(rows: RowSet, outer: RowScope, inner: RowScope, arguments: Arguments) -> Sql:
    """`from … where …` of the wanted rows under the inner scope's alias."""
    table = Sql(rows.table)
    if rows.derived:
        table = sql("({})", rows.derived(outer.row, arguments))
    condition = rows.where(inner.row, outer.row, arguments)
    return sql("from {} {} where {}", table, Sql(inner.row.alias), condition)


def _compile_row(value: RowValue, scope: RowScope) -> Sql:
    columns = LiftedColumns(f"t{scope.depth + 1}")
    inner = scope.inner(value.rows, columns)
    record = _compile_value(value.value, inner)
    if told := _told_without(value, inner.row, scope.row, record):
        return told
    rows = columns.of(_from_clause(value.rows, scope, inner, value.arguments), 1)
    record = sql("(select v from (select {} as v {}) v)", record, rows)
    if value.nullable or scope.past:
        record = sql("coalesce({},{})", record, literal("null") if value.nullable else ERASED)
    return _or_refusal(value.requires, record, value.arguments, scope)


def _told_without(value: RowValue, row: Row, outer: Row, record: Sql) -> Sql | None:
    """The object without its row, if all that is asked of that is what it is found by."""
    where = value.rows.where
    if not (value.rows.total and isinstance(where, ColumnEquals)) or value.requires:
        return None
    column, found_by = row[where.column], outer[where.outer]
    if record.text.count(f"{row.alias}.") > record.text.count(column.text):
        return None
    told = replace(record, text=record.text.replace(column.text, found_by.text))
    return sql("case when {} is not null then {} else 'null' end", found_by, told)


def _compile_list(value: ListValue, scope: RowScope) -> Sql:
    rows = value.source.rows
    shared = LiftedColumns(f"t{scope.depth + 1}")
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
    requirement: Requirement | None, value: Sql, arguments: Arguments, scope: RowScope
) -> Sql:
    """The value, where what it requires holds of the row."""
    if requirement is None or (requirement.past and not scope.past):
        return value
    value = _or_refusal(requirement.then, value, arguments, scope)
    return sql(
        "case when {} then {} else {} end",
        requirement.holds(scope.row, arguments),
        value,
        refusal(requirement.code, requirement.details(scope.row, arguments)),
    )


def _as_order_column(key: Sql, place: int) -> Sql:
    return sql(f"{{}} as o{place}", key)


def _compile_case(value: CaseValue, scope: RowScope) -> Sql:
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
    outer: RowScope
    columns: dict[Sql, str] = field(default_factory=dict)
    lists: dict[Sql, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.depth = self.outer.depth + 1
        self.rows = PageRows(self.value, self.outer.row, self.depth)

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
        how = Sql("not materialized" if rows.lazy else "materialized")
        cut = self.rows.cut_for(select)
        return sql("with {} as {} ({}){} {}", self.rows.table, how, derived, cut, select)

    @property
    def _list_alias(self) -> Sql:
        return Sql(f"q{self.depth}")

    def _compile_field(self, field: ConnectionField) -> Sql:
        match field.name:
            case "totalCount":
                return sql("(select count(*) {})", self.rows.from_rows(self.rows.in_list()))
            case "pageInfo":
                assert field.value is not None
                scope = RowScope(self.rows.row, self.depth, page=self._page_info)
                return _compile_value(field.value, scope)
            case "count":
                assert field.value is not None
                counted = self._counted_rows.count()
                rows = RowSet(self.rows.row.table, _any_row, lambda *_: counted, COUNTED)
                value = RowValue(rows, self.value.arguments, field.value, nullable=False)
                return _compile_row(value, replace(self.outer, depth=self.depth))
            case "groups":
                return self._compile_groups(field)
            case "edges" | "nodes":
                assert field.value is not None
                scope = RowScope(self.rows.row, self.depth, self._lift, self._edge_scalar)
                item = _compile_value(field.value, replace(scope, past=self.outer.past))
                listed = sql("string_agg({},',' order by {})", item, self.rows.order_by())
                return concat([literal("["), self._list(listed), literal("]")])
            case _:
                assert field.value is not None
                # What is worked out from the whole list has the table of its rows for an alias.
                list_row = replace(self.rows.row, alias=self.rows.table.text)
                return _compile_value(field.value, replace(self.outer, row=list_row))

    def _compile_groups(self, field: ConnectionField) -> Sql:
        assert field.value is not None
        assert field.grouping is not None
        rows_counted = replace(self._counted_rows, tallied=self._among_tallies(field.grouping))
        groups = rows_counted.groups(field.grouping)
        columns = field.grouping.source.columns | {"nth"}
        rows = RowSet(self.rows.row.table, _any_row, lambda *_: groups, columns)
        source = ListSource(rows, lambda row: (row["nth"],))
        value = ListValue(source, self.value.arguments, field.value, "")
        return _compile_list(value, replace(self.outer, depth=self.depth))

    @property
    def _counted_rows(self) -> CountedRows:
        """Those of the whole list, in three values."""
        return CountedRows(self.rows.table, self.rows.row, self.rows.in_list(), self.rows.certain())

    def _among_tallies(self, grouping: Grouping) -> Sql | None:
        """What tallies must meet to be those of the list's rows; nothing if they cannot tell."""
        source, tally, arguments = self.value.source, grouping.source.tally, self.value.arguments
        filtered = arguments.inner("filter")
        every = source.rows.where(self.rows.row, self.outer.row, arguments) == both()
        is_kept = grouping.source.is_kept(grouping.by, fields_asked(filtered))
        if tally is None or not is_kept or not every or self.outer.days or self.outer.revisions:
            return None
        return both(*conditions(source.tests, tally.row, filtered))

    def _lift(self, subquery: Sql) -> Sql:
        name = self.columns.setdefault(subquery, f"c{len(self.columns)}")
        return Sql(f"{self.rows.row.alias}.{name}")

    def _list(self, aggregate: Sql) -> Sql:
        name = self.lists.setdefault(aggregate, f"l{len(self.lists)}")
        return Sql(f"{self._list_alias.text}.{name}")

    def _edge_scalar(self, name: str) -> Sql:
        assert name == "cursor"
        return sql("json_quote({})", self.rows.cursor)

    def _page_info(self, name: str) -> Sql:
        match name:
            case "hasNextPage":
                return _json_boolean(self.rows.has_next())
            case "hasPreviousPage":
                return _json_boolean(self.rows.has_previous())
            case "startCursor":
                return self._edge_cursor(reverse=False)
            case _:
                return self._edge_cursor(reverse=True)

    def _edge_cursor(self, *, reverse: bool) -> Sql:
        place = sql("row_number() over (order by {})", self.rows.order_by(reverse))
        name = self._lift(place)
        last = sql("max(case when {} = 1 then {} end)", name, self.rows.cursor)
        return sql("json_quote({})", self._list(last))

    def _select_lists(self) -> Sql:
        """Limited rows, then their children behind a barrier, then the lists made of them."""
        alias = Sql(self.rows.row.alias)
        lists = [sql("{} as " + name, aggregate) for aggregate, name in self.lists.items()]
        columns = [sql("{} as " + name, column) for column, name in self.columns.items()]
        limited = self.rows.select_page([*lists, *columns])
        if columns:
            lifted, size = join(",", [sql("{}.*", alias), *columns]), self.value.window.size
            limited = sql("select {} from ({}) {} limit {}", lifted, limited, alias, size)
        return sql("select {} from ({}) {}", join(",", lists), limited, alias)


def _json_boolean(condition: Sql) -> Sql:
    return sql("case when {} then 'true' else 'false' end", condition)
