"""Orders in the schema: what each list can be sorted by.

In: nothing. Out: for each type its `Order`: the enum and the input of `orderBy`, and for each value
the key that the planner sorts by. Texts sort by code point; unknown values come last in both
directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import strawberry

from kb.query.fields import SortKey
from schema.fields import describe_enum


class SortField(NamedTuple):
    """A value of an enum of orders: the key, and its description."""

    key: SortKey
    description: str


@dataclass(frozen=True)
class Order:
    """`fields` and `step` are the types of GraphQL, `keys` are by the names of the fields."""

    fields: type[StrEnum]
    step: type
    keys: Mapping[str, SortKey]


class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


describe_enum(OrderDirection, "Which way to sort.", ASC="Smallest first.", DESC="Largest first.")


def column_key(column: str, name: str = "") -> SortKey:
    """A column of text that every row has."""
    return SortKey(name or column, lambda row: row[column], lambda row: row[column])


def two_column_key(name: str, rising: str, falling: str) -> SortKey:
    """Two columns of the same value, each with the sentinel that puts an unknown value last."""
    return SortKey(name, lambda row: row[rising], lambda row: row[falling])


def date_key(column: str) -> SortKey:
    """The earliest day of a partial date."""
    stem = column.removesuffix("_on")
    return two_column_key(column, f"{stem}_order", f"{stem}_earliest")


NAME = column_key("name")
START = two_column_key("start", "start_order", "start_earliest")
LATEST_START = two_column_key("latest_start", "start_latest", "start_latest_order")
HELD_ON, DATED_ON = date_key("held_on"), date_key("dated_on")
_END = two_column_key("end", "end_latest", "end_order")
_BY_START = SortField(START, "The earliest day on which it can have begun.")
_BY_LATEST_START = SortField(
    LATEST_START,
    "The latest day on which it can have begun: the order of time where starts are only bounded.",
)
_BY_END = SortField(_END, "The latest end.")
_BY_NAME = SortField(NAME, "The name.")


def _order(type_name: str, plural: str, **fields: SortField) -> Order:
    # mypy wants to read the name; the members are those of this call.
    values: type[StrEnum] = StrEnum(  # type: ignore[misc]
        f"{type_name}OrderField", {name: name for name in fields}
    )
    descriptions = {name: field.description for name, field in fields.items()}
    describe_enum(values, f"What {plural} can be sorted by.", **descriptions)
    keys = {name: field.key for name, field in fields.items()}
    return Order(values, _order_input(f"{type_name}Order", values), keys)


def _order_input(name: str, values: type[StrEnum]) -> type:
    by = strawberry.field(
        description="By what, within what the orders before this one leave equal."
    )
    way = strawberry.field(default=OrderDirection.ASC, description="Which way.")
    annotations = {"field": values, "direction": OrderDirection | None}
    step = type(name, (), {"__annotations__": annotations, "field": by, "direction": way})
    description = "One step of an order; unknown values come last both ways."
    return strawberry.input(step, description=description)


ORGANISATION_ORDER = _order(
    "Organisation",
    "organisations",
    NAME=_BY_NAME,
    FOUNDED=SortField(date_key("founded"), "The earliest day on which it can have been founded."),
)
STATE_ORDER = _order(
    "State", "states", NAME=_BY_NAME, CODE=SortField(column_key("key"), "The code.")
)
MEMBERSHIP_ORDER = _order(
    "Membership",
    "memberships",
    STATE=SortField(column_key("state_name", "state"), "The state's name."),
    ORGANISATION=SortField(
        column_key("organisation_name", "organisation"), "The organisation's name."
    ),
    START=_BY_START,
    LATEST_START=_BY_LATEST_START,
    END=_BY_END,
)
OFFICIAL_ORDER = _order("Official", "officials", NAME=_BY_NAME)
TERM_ORDER = _order(
    "Term",
    "terms",
    OFFICIAL=SortField(column_key("holder_name", "official"), "The official's name."),
    OFFICE=SortField(column_key("office"), "The office."),
    START=_BY_START,
    LATEST_START=_BY_LATEST_START,
    END=_BY_END,
)
SUMMIT_ORDER = _order(
    "Summit",
    "summits",
    HELD_ON=SortField(HELD_ON, "The earliest day on which it can have been."),
    CITY=SortField(two_column_key("city", "city_rising", "city_falling"), "The city."),
)
EVENT_ORDER = _order(
    "Event",
    "events",
    OCCURRED=_BY_START,
    TITLE=SortField(column_key("title"), "The title."),
)
ARTICLE_ORDER = _order(
    "Article",
    "articles",
    DATED_ON=SortField(DATED_ON, "The earliest day of the dateline."),
    HEADLINE=SortField(column_key("headline"), "The headline."),
)
