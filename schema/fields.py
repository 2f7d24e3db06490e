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

from kb.errors import RecordErased
from kb.query.fields import (
    SOURCE,
    Arguments,
    ColumnEquals,
    Condition,
    ConnectionSource,
    Expression,
    LeafSource,
    ListSource,
    PageFieldSource,
    Requirement,
    RowSet,
    RowSource,
    SameRowSource,
    Source,
)
from kb.query.filters import fold_key
from kb.query.sql import Row, Sql, literal, sql
from kb.records.types import type_of_table

# A field is assigned to a class attribute of any annotated type, so its own type is Any, as that of
# `strawberry.field` is.
Field = Any


@dataclass(frozen=True)
class Argument:
    """An argument of a field: its type, and what a reader in GraphiQL should know."""

    name: str
    type: object
    description: str
    default: object = strawberry.UNSET


FIRST_ARGUMENT = Argument(
    "first", int | None, "How many from the start; 20 if left out, at most 100."
)
AFTER_ARGUMENT = Argument("after", str | None, "Only what follows this cursor.")
_PAGE_ARGUMENTS = (
    FIRST_ARGUMENT,
    AFTER_ARGUMENT,
    Argument("last", int | None, "How many from the end, at most 100; not beside `first`."),
    Argument("before", str | None, "Only what precedes this cursor."),
)


def source_field(
    source: Source, description: str, *arguments: Argument, **metadata: object
) -> Field:
    """A field with this source."""
    field = strawberry.field(description=description, metadata={SOURCE: source, **metadata})
    if arguments:
        field.arguments = [
            StrawberryArgument(
                argument.name,
                None,
                StrawberryAnnotation(argument.type),
                description=argument.description,
                default=argument.default,
            )
            for argument in arguments
        ]
    return field


def column(name: str, description: str) -> Field:
    return source_field(LeafSource(lambda row, _: row[name]), description)


def computed(value: Expression, description: str, *arguments: Argument) -> Field:
    return source_field(LeafSource(value), description, *arguments)


def same_row(description: str, when: Callable[[Row], Sql] | None = None) -> Field:
    """An object that is read from the same row; null unless `when` holds."""
    return source_field(SameRowSource(when), description)


def page_field(description: str) -> Field:
    return source_field(PageFieldSource(), description)


def column_equals(child: str, parent: str = "id") -> Condition:
    """Rows whose column equals the column of the row at hand."""
    return ColumnEquals(child, parent)


def partial_date(name: str, description: str) -> Field:
    rows = RowSet("partial_date", column_equals("edtf", name), total=True)
    return source_field(RowSource(rows), description)


def reference(table: str, parent: str, description: str) -> Field:
    """The row that a column of the row at hand refers to, by its id."""
    requires = still_told(table, parent)
    source = RowSource(RowSet(table, column_equals("id", parent)), requires)
    return source_field(source, description)


def still_told(table: str, parent: str) -> Requirement:
    """That what a column refers to was not taken down since."""

    def holds(row: Row, _: object) -> Sql:
        text = "({} is null or exists (select 1 from {} x where x.id = {}) or {})"
        return sql(text, row[parent], Sql(table), row[parent], _not_known(row[parent]))

    return Requirement(holds, RecordErased.code, lambda *_: {}, past=True)


def _not_known(number: Sql) -> Sql:
    """That a record is there, and is missing as a view does not show it yet."""
    text = (
        "exists (select 1 from every_record r where r.id = {} and not exists (select 1"
        " from taken_down t where t.type = r.type and t.key = r.key and t.erased <> 'TEXT'))"
    )
    return sql(text, number)


def not_erased(named: Callable[[Arguments], Sql], rows: str = "record") -> Requirement:
    """That none of those named, by types and keys in SQL, is missing as it was taken down since."""
    same = "r.type = t.type and r.key = t.key" if rows == "record" else "r.key = t.key"

    def holds(_: Row, arguments: Arguments) -> Sql:
        text = (
            "not exists (select 1 from taken_down t where t.erased <> 'TEXT'"
            " and (t.type, t.key) in (values ('',''),{})"
            f" and not exists (select 1 from {rows} r where {same}))"
        )
        return sql(text, named(arguments))

    return Requirement(holds, RecordErased.code, lambda *_: {}, past=True)


def row_list(table: str, where: Condition, order: tuple[str, ...], description: str) -> Field:
    source = ListSource(RowSet(table, where), lambda row: tuple(row[name] for name in order))
    return source_field(source, description)


def many_to_many(table: str, link: str, description: str) -> Field:
    """Rows that an event refers to by a table of links, in the order of their positions."""
    return linked_records(table, link, table, description, owner="event")


def linked_records(
    table: str, link: str, member: str, description: str, *, owner: str | None = None
) -> Field:
    """The same of any owner, of the same table as a rule; `member` is what its links call them."""
    owner_column, link_column = f"{owner or table}_id", f"{member}_id"

    def derive(parent: Row, _: object) -> Sql:
        text = "select x.*, l.position from {} x join {} l on l.{} = x.id where l.{} = {}"
        return sql(text, Sql(table), Sql(link), Sql(link_column), Sql(owner_column), parent["id"])

    def holds(parent: Row, _: object) -> Sql:
        text = (
            "not exists (select 1 from {} l where l.{} = {}"
            " and not exists (select 1 from {} x where x.id = l.{}) and not {})"
        )
        hidden, names = _not_known(Sql(f"l.{link_column}")), (Sql(table), Sql(link_column))
        return sql(text, Sql(link), Sql(owner_column), parent["id"], *names, hidden)

    rows = RowSet(table, _all, derive, frozenset({"position"}))
    most = RowSet(link, column_equals(owner_column))
    requires = Requirement(holds, RecordErased.code, lambda *_: {}, past=True)
    listed = ListSource(rows, lambda row: (row["position"],), most=most, requires=requires)
    return source_field(listed, description)


def _all(*_: object) -> Sql:
    return Sql("true")


all_rows: Condition = _all


def connection(page: ConnectionSource, description: str, *arguments: Argument) -> Field:
    return source_field(page, description, *arguments, *_PAGE_ARGUMENTS)


def lookup(table: str, argument: str, description: str, argument_description: str) -> Field:
    """The row whose permanent key is the argument, in any case."""

    def where(row: Row, _: Row, arguments: Arguments) -> Sql:
        return sql("{} = {}", row["key"], fold_key(arguments, argument, table))

    def named(arguments: Arguments) -> Sql:
        type_name = literal(type_of_table(table).name)
        return sql("({},{})", type_name, fold_key(arguments, argument, table))

    source = RowSource(RowSet(table, where), not_erased(named, table))
    return source_field(source, description, Argument(argument, str, argument_description))


def node_id(row: Row, _: object) -> Sql:
    """`State:UZ`: the type and the permanent key."""
    if row.table == "record":
        return sql("{} || ':' || {}", row["type"], row["key"])
    return sql("{} || {}", literal(f"{type_of_table(row.table).name}:"), row["key"])


def revision(row: Row, _: object) -> Sql:
    if row.table == "record":
        return sql("cast({} as text)", row["revision"])
    return sql("(select cast(r.revision as text) from record r where r.id = {})", row["id"])


def is_record_disputed(row: Row, _: object) -> Sql:
    if row.table == "record":
        return row["disputed"]
    return sql("(select r.disputed from record r where r.id = {})", row["id"])


HEADLINES_ALONE = (
    "Of an article whose text is not ingested, or not shown to who asks (`Query.textShown`),"
    " headline and summary alone count."
)
"""What lists of who is named may lack."""


def text_shown(*_: object) -> Sql:
    """Whether texts are shown to who asks."""
    return Sql("(select a.shown from text_access a)")


def verification(row: Row, _: Arguments) -> Sql:
    """Whether words stand there is told to all, as it is what makes a citation worth anything: it
    tells no more of a text than the citation does."""
    text = (
        "case when {} then 'VERIFIED' when {} is null then 'NO_WORDS'"
        " when exists (select 1 from article_with_text w where w.article_id = {}) then 'DIFFERS'"
        " else 'NO_TEXT' end"
    )
    return sql(text, row["verified"], row["paragraph"], row["article_id"])


def describe_enum(
    values: type[Enum], description: str, *, name: str | None = None, **descriptions: str
) -> None:
    """Add an enum to the schema, with a description of each of its values.

    `name` is its name in the schema, if that is not the one of the class.
    """
    strawberry.enum(values, name=name, description=description)
    for value in vars(values)["__strawberry_definition__"].values:
        value.description = descriptions[value.name]
