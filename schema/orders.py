"""Orders in the schema: what each list can be sorted by.

In: nothing. Out: the enums and inputs of `orderBy`, and for each value the key that the planner
sorts by. Texts sort by code point; unknown values come last in both directions.
"""

from enum import StrEnum

import strawberry

from kb.query.fields import SortKey
from schema.fields import describe_enum


def column_key(column: str, name: str = "") -> SortKey:
    """A column of text that every row has."""
    return SortKey(name or column, lambda row: row[column], lambda row: row[column])


def two_column_key(name: str, rising: str, falling: str) -> SortKey:
    """Two columns of the same value, each with the sentinel that puts an unknown value last."""
    return SortKey(name, lambda row: row[rising], lambda row: row[falling])


START = two_column_key("start", "start_order", "start_earliest")
_END = two_column_key("end", "end_latest", "end_order")


class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


class OrganisationOrderField(StrEnum):
    NAME = "NAME"
    FOUNDED = "FOUNDED"


class StateOrderField(StrEnum):
    NAME = "NAME"
    CODE = "CODE"


class MembershipOrderField(StrEnum):
    STATE = "STATE"
    ORGANISATION = "ORGANISATION"
    START = "START"
    END = "END"


class OfficialOrderField(StrEnum):
    NAME = "NAME"


class TermOrderField(StrEnum):
    OFFICIAL = "OFFICIAL"
    OFFICE = "OFFICE"
    START = "START"
    END = "END"


class SummitOrderField(StrEnum):
    HELD_ON = "HELD_ON"
    CITY = "CITY"


class EventOrderField(StrEnum):
    OCCURRED = "OCCURRED"
    TITLE = "TITLE"


class ArticleOrderField(StrEnum):
    DATED_ON = "DATED_ON"
    HEADLINE = "HEADLINE"


NAME = column_key("name")
HELD_ON = two_column_key("held_on", "held_order", "held_earliest")
DATED_ON = two_column_key("dated_on", "dated_order", "dated_earliest")
KEYS: dict[type[StrEnum], dict[str, SortKey]] = {
    OrganisationOrderField: {
        "NAME": NAME,
        "FOUNDED": two_column_key("founded", "founded_order", "founded_earliest"),
    },
    StateOrderField: {"NAME": NAME, "CODE": column_key("key")},
    MembershipOrderField: {
        "STATE": column_key("state_name", "state"),
        "ORGANISATION": column_key("organisation_name", "organisation"),
        "START": START,
        "END": _END,
    },
    OfficialOrderField: {"NAME": NAME},
    TermOrderField: {
        "OFFICIAL": column_key("holder_name", "official"),
        "OFFICE": column_key("office"),
        "START": START,
        "END": _END,
    },
    SummitOrderField: {
        "HELD_ON": HELD_ON,
        "CITY": two_column_key("city", "city_rising", "city_falling"),
    },
    EventOrderField: {"OCCURRED": START, "TITLE": column_key("title")},
    ArticleOrderField: {"DATED_ON": DATED_ON, "HEADLINE": column_key("headline")},
}

_WHAT = "By what, within what the orders before this one leave equal."
_WHICH = "Which way."
_ASC = OrderDirection.ASC
_ORDER = "One step of an order; unknown values come last both ways."
describe_enum(OrderDirection, "Which way to sort.", ASC="Smallest first.", DESC="Largest first.")
describe_enum(
    OrganisationOrderField,
    "What organisations can be sorted by.",
    NAME="The name.",
    FOUNDED="The earliest day on which it can have been founded.",
)
describe_enum(StateOrderField, "What states can be sorted by.", NAME="The name.", CODE="The code.")
describe_enum(
    MembershipOrderField,
    "What memberships can be sorted by.",
    STATE="The state's name.",
    ORGANISATION="The organisation's name.",
    START="The earliest start.",
    END="The latest end.",
)
describe_enum(OfficialOrderField, "What officials can be sorted by.", NAME="The name.")
describe_enum(
    TermOrderField,
    "What terms can be sorted by.",
    OFFICIAL="The official's name.",
    OFFICE="The office.",
    START="The earliest start.",
    END="The latest end.",
)
describe_enum(
    SummitOrderField,
    "What summits can be sorted by.",
    HELD_ON="The earliest day on which it can have been.",
    CITY="The city.",
)
describe_enum(
    EventOrderField,
    "What events can be sorted by.",
    OCCURRED="The earliest start.",
    TITLE="The title.",
)
describe_enum(
    ArticleOrderField,
    "What articles can be sorted by.",
    DATED_ON="The earliest day of the dateline.",
    HEADLINE="The headline.",
)


@strawberry.input(description=_ORDER)
class OrganisationOrder:
    field: OrganisationOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class StateOrder:
    field: StateOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class MembershipOrder:
    field: MembershipOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class OfficialOrder:
    field: OfficialOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class TermOrder:
    field: TermOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class SummitOrder:
    field: SummitOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class EventOrder:
    field: EventOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)


@strawberry.input(description=_ORDER)
class ArticleOrder:
    field: ArticleOrderField = strawberry.field(description=_WHAT)
    direction: OrderDirection | None = strawberry.field(default=_ASC, description=_WHICH)
