"""What an operation costs: how many rows it may make the database bring together.

In: a plan, and the schema for the lists without pages. Out: the plan's `Price`, worked out once; it
becomes a number, or a refusal, when the sizes of its pages are bound and the lengths of its lists
are known. Never less than the objects of the answer: each counts as a row, and one of many scalars
as several. Pure: no connection.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
)

from kb.errors import LimitError
from kb.query.conditions import within
from kb.query.fields import Arguments, ColumnEquals, ComparedSource, ListSource, MeasuredBy
from kb.query.grouping import YEAR
from kb.query.nodes import (
    CaseValue,
    ConnectionField,
    ConnectionValue,
    LeafValue,
    ListValue,
    MomentValue,
    ObjectValue,
    RowValue,
    SameRowValue,
    Value,
)
from kb.query.planner import table_of
from kb.query.selections import CompositeType, source_of
from kb.query.sql import HOLE, Param, Path, Row, Sql, json_object, sql

MOST_COST = 250_000
"""Rows of one answer: about half a second of SQLite's time, two at worst."""
UNKNOWN_LENGTH = 100
"""The length taken for a list that has not been measured yet."""

_SCALARS_A_ROW = 10
_COUNT_OF_A_LIST = 10
_GROUPING = 10 * _COUNT_OF_A_LIST
"""A list is read as a whole, and brought into an order; by years, spread over them besides."""


@dataclass(frozen=True, slots=True)
class Price:
    """Rows that always come, lists of rows, and choices, whose dearest alternatives count."""

    rows: int = 0
    lists: tuple["ListPrice", ...] = ()
    choices: tuple[tuple["Price", ...], ...] = ()


Size = int | str | Param
"""How many rows a list has: a number, that of a list by its name, or what a page asks for."""
Measure = Callable[[Size], int]


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list in the answer: its size, and the price of one of its rows."""

    path: Path
    size: Size
    row: Price


def check_price(price: Price, measure: Measure) -> int:
    """The cost in rows; raises LimitError, with the path of the list that brings most rows, if
    it is too much.
    """
    cost = total_cost(price, measure)
    if cost > MOST_COST:
        _, path = _dearest(price, measure, 1)
        what = f"the operation may bring {cost:,} rows, more than the {MOST_COST:,} allowed"
        raise LimitError(what, "ask for smaller pages, first of all here", path)
    return cost


def total_cost(price: Price, measure: Measure) -> int:
    return (
        price.rows
        + sum(measure(item.size) * total_cost(item.row, measure) for item in price.lists)
        + sum(max(total_cost(each, measure) for each in choice) for choice in price.choices)
    )


def sizes(price: Price) -> Iterator[Size]:
    """Of all its lists."""
    for list_price in price.lists:
        yield list_price.size
        yield from sizes(list_price.row)
    for choice in price.choices:
        for alternative in choice:
            yield from sizes(alternative)


def _dearest(price: Price, measure: Measure, times: int) -> tuple[int, Path]:
    """The list that brings most rows itself, without those of the lists in it."""
    candidates: list[tuple[int, Path]] = [(0, ())]
    for list_price in price.lists:
        rows = times * measure(list_price.size)
        candidates += [
            (rows * list_price.row.rows, list_price.path),
            _dearest(list_price.row, measure, rows),
        ]
    for choice in price.choices:
        candidates += [_dearest(alternative, measure, times) for alternative in choice]
    return max(candidates, key=lambda candidate: candidate[0])


def price_of(value: Value) -> Price:
    match value:
        case ObjectValue():
            return _object_price(value)
        case SameRowValue() | RowValue() | MomentValue():
            return price_of(value.value)
        case ListValue():
            return _list_price(value.arguments.path, value.size, value.value)
        case ConnectionValue():
            fields = (_connection_field_price(field, value) for field in value.fields.values())
            return _sum([Price(1 + _filters_price(value)), *fields])
        case CaseValue():
            cases = (*map(price_of, value.cases.values()), price_of(value.rest))
            return _sum([Price(choices=(cases,)), *map(price_of, value.shared)])
        case _:
            return Price()


def _object_price(value: ObjectValue) -> Price:
    prices = [price_of(field) for field in value.fields.values()]
    scalars = prices.count(Price())
    return _sum([Price(max(1, -(-scalars // _SCALARS_A_ROW))), *prices])


def _filters_price(connection: ConnectionValue) -> int:
    """Rows are held against each filter within the one of the connection."""
    return _COUNT_OF_A_LIST * sum(1 for _ in within(connection.arguments.inner("filter")))


def _connection_field_price(field: ConnectionField, connection: ConnectionValue) -> Price:
    if field.name == "totalCount" or isinstance(field.value, LeafValue):
        return Price(_COUNT_OF_A_LIST)
    if field.name == "count":
        return Price(_COUNT_OF_A_LIST)
    if field.grouping and field.value:
        rows = _GROUPING * (2 if YEAR in field.grouping.by else 1)
        size = field.grouping.size.params[0]
        return _sum([Price(rows), _list_price(field.grouping.path, size, field.value)])
    if field.name in ("edges", "nodes") and field.value:
        size = connection.window.size.params[0]
        return _list_price(connection.arguments.path, size, field.value)
    return price_of(field.value) if field.value else Price()


def _list_price(path: Path, size: Size, item: Value) -> Price:
    return Price(lists=(ListPrice(path, size, price_of(item)),))


def _sum(prices: Iterable[Price]) -> Price:
    summands = list(prices)
    return Price(
        sum(price.rows for price in summands),
        tuple(listed for price in summands for listed in price.lists),
        tuple(choice for price in summands for choice in price.choices),
    )


def lengths_statement(schema: GraphQLSchema) -> Sql:
    """The statement that measures the lists without pages.

    Its result is JSON: the longest of each, by type and field, and the revision that this holds
    for; or no text if the one bound value is that revision already.
    """
    longest = {
        f"{type_.name}.{name}": _longest(type_, source)
        for type_, name, source in unpaged_lists(schema)
    }
    revision = Sql("(select cast(max(h.revision) as text) from head h)")
    measured = json_object({"revision": revision, "longest": json_object(longest)})
    unchanged = sql("{} = cast({} as text)", revision, Sql(HOLE))
    return sql("select case when {} then '' else {} end", unchanged, measured)


def unpaged_lists(schema: GraphQLSchema) -> Iterator[tuple[CompositeType, str, ListSource]]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not (
            is_introspection_type(type_)
        ):
            for name, field in type_.fields.items():
                source = source_of(field)
                if isinstance(source, ComparedSource):
                    source = source.source
                if isinstance(source, ListSource) and not isinstance(source.most, str | int):
                    yield type_, name, source


def _longest(type_: CompositeType, source: ListSource) -> Sql:
    """The length of the longest list that any row of the type has."""
    if isinstance(source.most, MeasuredBy):
        return sql(_OR_NONE, source.most.query)
    rows = source.most or source.rows
    assert not isinstance(rows, str | int)
    if isinstance(rows.where, ColumnEquals) and not rows.derived:
        return sql(_OR_NONE, _lengths_by_column(rows.table, rows.where.column))
    outer, inner, no_arguments = Row("p", table_of(type_)), Row("t", rows.table), Arguments({}, ())
    table = sql("({})", rows.derived(outer, no_arguments)) if rows.derived else Sql(rows.table)
    condition = rows.where(inner, outer, no_arguments)
    length = sql("(select count(*) from {} t where {})", table, condition)
    return sql(_OR_NONE, sql("select {} as n from {} p", length, Sql(outer.table)))


def _lengths_by_column(table: str, column: str) -> Sql:
    """Of the rows alone: most records have none, and to look at each would take as long as there
    are records. Those of all types of owners are one list.
    """
    text = f"select count(*) as n from {table} where {column} is not null group by {column}"
    return Sql(text)


_OR_NONE = "coalesce((select cast(max(c.n) as text) from ({}) c),'0')"
