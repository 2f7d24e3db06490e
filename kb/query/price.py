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
from kb.query.fields import Arguments, Many
from kb.query.nodes import (
    CaseValue,
    ManyValue,
    ObjectValue,
    OneValue,
    PageValue,
    Part,
    SameValue,
    Value,
    ViewValue,
)
from kb.query.planner import table_of
from kb.query.selections import Kind, source_of
from kb.query.sql import HOLE, Param, Path, Row, Sql, json_object, sql

MOST_COST = 250_000
"""Rows of one answer: about half a second of SQLite's time, two at worst."""
UNKNOWN_LENGTH = 100
"""Of a list that has not been measured yet."""

_SCALARS_A_ROW = 10
_COUNT_OF_A_LIST = 10


@dataclass(frozen=True, slots=True)
class Price:
    """Rows that always come, lists of rows, and of each choice the dearest."""

    rows: int = 0
    lists: tuple["Listed", ...] = ()
    choices: tuple[tuple["Price", ...], ...] = ()


Size = int | str | Param
"""How many rows a list has: a number, that of a list by its name, or what a page asks for."""
Measure = Callable[[Size], int]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in the answer, and what each of its rows costs."""

    path: Path
    size: Size
    each: Price


def check(price: Price, measure: Measure) -> int:
    """The cost in rows; raises LimitError, with the path of the list that brings most rows, if
    it is too much.
    """
    cost = total(price, measure)
    if cost > MOST_COST:
        _, path = _dearest(price, measure, 1)
        what = f"the operation may bring {cost:,} rows, more than the {MOST_COST:,} allowed"
        raise LimitError(what, "ask for smaller pages, first of all here", path)
    return cost


def total(price: Price, measure: Measure) -> int:
    return (
        price.rows
        + sum(measure(one.size) * total(one.each, measure) for one in price.lists)
        + sum(max(total(one, measure) for one in choice) for choice in price.choices)
    )


def sizes(price: Price) -> Iterator[Size]:
    """Of all its lists."""
    for one in price.lists:
        yield one.size
        yield from sizes(one.each)
    for each in (one for choice in price.choices for one in choice):
        yield from sizes(each)


def _dearest(price: Price, measure: Measure, times: int) -> tuple[int, Path]:
    """The list that brings most rows itself, not by the lists in it."""
    found: list[tuple[int, Path]] = [(0, ())]
    for one in price.lists:
        rows = times * measure(one.size)
        found += [(rows * one.each.rows, one.path), _dearest(one.each, measure, rows)]
    for choice in price.choices:
        found += [_dearest(one, measure, times) for one in choice]
    return max(found, key=lambda each: each[0])


def price_of(value: Value) -> Price:
    match value:
        case ObjectValue():
            return _object(value)
        case SameValue() | OneValue() | ViewValue():
            return price_of(value.value)
        case ManyValue():
            return _list(value.arguments.path, value.size, value.value)
        case PageValue():
            return _sum([Price(1), *(_part(one, value) for one in value.parts.values())])
        case CaseValue():
            cases = (*(price_of(one) for one in value.cases.values()), price_of(value.rest))
            return _sum([Price(choices=(cases,)), *map(price_of, value.shared)])
        case _:
            return Price()


def _object(value: ObjectValue) -> Price:
    prices = [price_of(one) for one in value.fields.values()]
    scalars = prices.count(Price())
    return _sum([Price(max(1, -(-scalars // _SCALARS_A_ROW))), *prices])


def _part(part: Part, page: PageValue) -> Price:
    if part.name == "totalCount":
        return Price(_COUNT_OF_A_LIST)
    if part.name in ("edges", "nodes") and part.value:
        return _list(page.arguments.path, page.window.size.params[0], part.value)
    return price_of(part.value) if part.value else Price()


def _list(path: Path, size: Size, item: Value) -> Price:
    return Price(lists=(Listed(path, size, price_of(item)),))


def _sum(prices: Iterable[Price]) -> Price:
    every = list(prices)
    return Price(
        sum(one.rows for one in every),
        tuple(listed for one in every for listed in one.lists),
        tuple(choice for one in every for choice in one.choices),
    )


def lengths(schema: GraphQLSchema) -> Sql:
    """The statement that measures the lists without pages.

    Its result is JSON: the longest of each, by type and field, and the revision that this holds
    for; or no text if the one bound value is that revision already.
    """
    longest = {f"{kind.name}.{name}": _longest(kind, one) for kind, name, one in lists(schema)}
    revision = Sql("(select cast(max(h.revision) as text) from head h)")
    found = json_object({"revision": revision, "longest": json_object(longest)})
    same = sql("{} = cast({} as text)", revision, Sql(HOLE))
    return sql("select case when {} then '' else {} end", same, found)


def lists(schema: GraphQLSchema) -> Iterator[tuple[Kind, str, Many]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not (
            is_introspection_type(kind)
        ):
            for name, field in kind.fields.items():
                source = source_of(field)
                if isinstance(source, Many) and not isinstance(source.most, str):
                    yield kind, name, source


def _longest(kind: Kind, source: Many) -> Sql:
    """The length of the longest list that any row of the type has."""
    rows = source.most or source.rows
    assert not isinstance(rows, str)
    outer, inner, nothing = Row("p", table_of(kind)), Row("t", rows.table), Arguments({}, ())
    table = sql("({})", rows.derived(outer, nothing)) if rows.derived else Sql(rows.table)
    condition = rows.where(inner, outer, nothing)
    each = sql("(select count(*) from {} t where {})", table, condition)
    text = "coalesce((select cast(max(c.n) as text) from (select {} as n from {} p) c),'0')"
    return sql(text, each, Sql(outer.table))
