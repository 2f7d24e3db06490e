"""What a plan is made of: a tree of values, each with its source and what is selected of it.

In: nothing. Out: the types that the planner builds and the compiler reads. Pure: no connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from graphql import GraphQLOutputType, get_named_type, is_list_type, is_non_null_type

from kb.query import pagination
from kb.query.fields import (
    Arguments,
    ConnectionSource,
    LeafSource,
    ListSource,
    Requirement,
    RowSet,
    SameRowSource,
)
from kb.query.grouping import Grouping
from kb.query.moments import Moment


class JsonForm(StrEnum):
    """How a column's value becomes JSON."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"

    @classmethod
    def of(cls, field_type: GraphQLOutputType) -> "JsonForm":
        """That of a field of this type, which has no fields itself."""
        nullable_type = field_type.of_type if is_non_null_type(field_type) else field_type
        if is_list_type(nullable_type):
            return cls.JSON
        return _FORMS.get(get_named_type(field_type).name, cls.TEXT)


_FORMS = {"Int": JsonForm.NUMBER, "Float": JsonForm.NUMBER, "Boolean": JsonForm.BOOLEAN}


@dataclass(frozen=True, eq=False)
class Constant:
    json: str


@dataclass(frozen=True, eq=False)
class LeafValue:
    source: LeafSource
    arguments: Arguments
    form: JsonForm


@dataclass(frozen=True, eq=False)
class ObjectValue:
    fields: Mapping[str, "Value"]


@dataclass(frozen=True, eq=False)
class SameRowValue:
    source: SameRowSource
    value: "Value"


@dataclass(frozen=True, eq=False)
class RowValue:
    rows: RowSet
    arguments: Arguments
    value: "Value"
    nullable: bool
    requires: Requirement | None = None


@dataclass(frozen=True, eq=False)
class MomentValue:
    """What the value is at another moment than what is around it."""

    moment: Moment
    value: "Value"


Plan = ObjectValue | MomentValue
"""Of a whole answer."""


@dataclass(frozen=True, eq=False)
class ListValue:
    """A list without pages; `size` is the number of its rows, or its name if that is measured."""

    source: ListSource
    arguments: Arguments
    value: "Value"
    size: int | str


@dataclass(frozen=True, eq=False)
class ConnectionValue:
    """A connection; `fields` are those selected of it, by response key."""

    source: ConnectionSource
    arguments: Arguments
    window: pagination.Window
    fields: Mapping[str, "ConnectionField"]


@dataclass(frozen=True, eq=False)
class ConnectionField:
    """A selected field of a connection: its name, and what is selected of it or of each item.

    With `grouping`, its items are groups of the connection's rows.
    """

    name: str
    value: "Value | None"
    grouping: Grouping | None = None


@dataclass(frozen=True, eq=False)
class PageFieldValue:
    """A scalar that is worked out from the page around it, such as a cursor."""

    name: str


@dataclass(frozen=True, eq=False)
class SharedValue:
    """One of the shared values of the CaseValue around it, by its index among them."""

    place: int


@dataclass(frozen=True, eq=False)
class CaseValue:
    """A row of an abstract type: `cases` are the types that select other fields than the `rest`.

    Values that several of these select alike are `shared`, and stand in them as SharedValue.
    """

    shared: tuple["Value", ...]
    cases: Mapping[str, RowValue]
    rest: ObjectValue


Value = (
    Constant
    | LeafValue
    | ObjectValue
    | SameRowValue
    | RowValue
    | MomentValue
    | ListValue
    | ConnectionValue
    | PageFieldValue
    | SharedValue
    | CaseValue
)
