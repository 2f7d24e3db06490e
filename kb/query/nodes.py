"""What a plan is made of: a tree of values, each with its source and what is selected of it.

In: nothing. Out: the types that the planner builds and the compiler reads. Pure: no connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.query import pagination
from kb.query.fields import Arguments, Leaf, Many, Page, Rows, Same
from kb.query.sql import Sql


class Form(StrEnum):
    """How a column's value becomes JSON."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"


@dataclass(frozen=True, eq=False)
class Constant:
    json: str


@dataclass(frozen=True, eq=False)
class LeafValue:
    source: Leaf
    arguments: Arguments
    form: Form


@dataclass(frozen=True, eq=False)
class ObjectValue:
    fields: Mapping[str, "Value"]


@dataclass(frozen=True, eq=False)
class SameValue:
    source: Same
    value: "Value"


@dataclass(frozen=True, eq=False)
class OneValue:
    rows: Rows
    arguments: Arguments
    value: "Value"
    nullable: bool


@dataclass(frozen=True, eq=False)
class ViewValue:
    """The roots as they could be known on a day."""

    day: Sql
    value: ObjectValue


@dataclass(frozen=True, eq=False)
class ManyValue:
    """A list without pages; `size` is how many rows it has, or the list's name if that varies."""

    source: Many
    arguments: Arguments
    value: "Value"
    size: int | str


@dataclass(frozen=True, eq=False)
class PageValue:
    """A connection; `parts` are its selected fields, `edges` of each of those that are edges."""

    source: Page
    arguments: Arguments
    window: pagination.Window
    parts: Mapping[str, "Part"]


@dataclass(frozen=True, eq=False)
class Part:
    """A selected field of a connection: its name, and its fields or those of one item."""

    name: str
    value: "Value | None"


@dataclass(frozen=True, eq=False)
class PageLeaf:
    """A scalar that only the page around it knows, such as a cursor."""

    name: str


@dataclass(frozen=True, eq=False)
class SharedValue:
    """One of the values that the types of a record share, by its place among them."""

    place: int


@dataclass(frozen=True, eq=False)
class CaseValue:
    """A record of any type: `cases` are those that select otherwise than the `rest`.

    What several of these select alike is `shared`, and stands in them as SharedValue.
    """

    shared: tuple["Value", ...]
    cases: Mapping[str, OneValue]
    rest: ObjectValue


Value = (
    Constant
    | LeafValue
    | ObjectValue
    | SameValue
    | OneValue
    | ViewValue
    | ManyValue
    | PageValue
    | PageLeaf
    | SharedValue
    | CaseValue
)
