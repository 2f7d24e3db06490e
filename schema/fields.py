"""How a field of a schema type says where its data comes from.

In: a description and a source. Out: a Strawberry field whose metadata the planner reads; Strawberry
itself never resolves one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from kb.query.fields import (
    SOURCE,
    Arguments,
    Condition,
    ConnectionSource,
    Expression,
    LeafSource,
    ListSource,
    PageFieldSource,
    RowSet,
    RowSource,
    SameRowSource,
    Source,
)
from kb.query.filters import fold_key
from kb.query.sql import Row, Sql, literal, sql
from kb.records.types import type_of_table

# A class attribute stands for a value of any annotated type, as `strawberry.field` has it.
Field = Any


@dataclass(frozen=True)
class Argument:
    """An argument of a field: its type, and what a reader in GraphiQL should know."""

    name: str
    kind: object
    description: str
    default: object = strawberry.UNSET


FIRST = Argument("first", int | None, "How many from the start; 20 if left out, at most 100.")
AFTER = Argument("after", str | None, "Only what follows this cursor.")
_PAGE = (
    FIRST,
    AFTER,
    Argument("last", int | None, "How many from the end, at most 100; not beside `first`."),
    Argument("before", str | None, "Only what precedes this cursor."),
)


def made(source: Source, description: str, *arguments: Argument, **metadata: object) -> Field:
    """The field of a source."""
    field = strawberry.field(description=description, metadata={SOURCE: source, **metadata})
    if arguments:
        field.arguments = [
            StrawberryArgument(
                argument.name,
                None,
                StrawberryAnnotation(argument.kind),
                description=argument.description,
                default=argument.default,
            )
            for argument in arguments
        ]
    return field


def column(name: str, description: str) -> Field:
    return made(LeafSource(lambda row, _: row[name]), description)


def computed(value: Expression, description: str, *arguments: Argument) -> Field:
    return made(LeafSource(value), description, *arguments)


def same(description: str, when: Callable[[Row], Sql] | None = None) -> Field:
    """An object of the same row; null unless `when` holds."""
    return made(SameRowSource(when), description)


def of_page(description: str) -> Field:
    return made(PageFieldSource(), description)


def matching(child: str, parent: str = "id") -> Condition:
    """Rows whose column equals the column of the row at hand."""
    return lambda row, outer, _: sql("{} = {}", row[child], outer[parent])


def partial_date(name: str, description: str) -> Field:
    return made(RowSource(RowSet("partial_date", matching("edtf", name))), description)


def one(table: str, parent: str, description: str) -> Field:
    """The row that a column of the row at hand refers to."""
    return made(RowSource(RowSet(table, matching("id", parent))), description)


def many(table: str, where: Condition, order: tuple[str, ...], description: str) -> Field:
    source = ListSource(RowSet(table, where), lambda row: tuple(row[name] for name in order))
    return made(source, description)


def linked(table: str, link: str, description: str) -> Field:
    """Rows that a table of links ties to the row at hand, in the order of their positions."""
    near = "event_id"

    def derive(parent: Row, _: object) -> Sql:
        far = f"{table}_id"
        text = "select x.*, l.position from {} x join {} l on l.{} = x.id where l.{} = {}"
        return sql(text, Sql(table), Sql(link), Sql(far), Sql(near), parent["id"])

    rows = RowSet(table, _all, derive, frozenset({"position"}))
    return made(ListSource(rows, lambda row: (row["position"],)), description)


def _all(*_: object) -> Sql:
    return Sql("true")


everything: Condition = _all


def connection(page: ConnectionSource, description: str, *arguments: Argument) -> Field:
    return made(page, description, *arguments, *_PAGE)


def looked_up(table: str, argument: str, description: str, of_argument: str) -> Field:
    """The row whose permanent key is the argument, in any case."""

    def where(row: Row, _: Row, given: Arguments) -> Sql:
        return sql("{} = {}", row["key"], fold_key(given, argument, table))

    return made(RowSource(RowSet(table, where)), description, Argument(argument, str, of_argument))


def node_id(row: Row, _: object) -> Sql:
    """`State:UZ`: the type and the permanent key."""
    if row.table == "record":
        return sql("{} || ':' || {}", row["type"], row["key"])
    return sql("{} || {}", literal(f"{type_of_table(row.table).name}:"), row["key"])


def revision(row: Row, _: object) -> Sql:
    if row.table == "record":
        return sql("cast({} as text)", row["revision"])
    return sql("(select cast(r.revision as text) from record r where r.id = {})", row["id"])


def described(values: type[Enum], description: str, **each: str) -> None:
    """Make an enum known to the schema, with a description for each of its values."""
    strawberry.enum(values, description=description)
    for value in vars(values)["__strawberry_definition__"].values:
        value.description = each[value.name]
