"""Organisations, states, and the memberships between them."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import (
    BEFORE_ALL,
    OptionalPeriodColumns,
    PeriodColumns,
    Table,
    day_columns,
    derived,
    falling_index,
    foreign_key,
    member_day,
    one_of,
    own_id,
    period_rules,
    span_indexes,
)


class MembershipStatus(StrEnum):
    MEMBER = "MEMBER"
    SUSPENDED = "SUSPENDED"
    OBSERVER = "OBSERVER"
    ASSOCIATE = "ASSOCIATE"


class Organisation(Table, table=True):
    __table_args__ = (
        *day_columns("founded"),
        *day_columns("dissolved"),
        Index(None, "name", "key"),
        Index(None, "predecessor_id"),
        Index(None, "parent_id"),
        Index(None, "founded_order", "key"),
        falling_index("ix_organisation_founded_falling", "founded_earliest"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    acronym: str | None
    aliases: str
    founded: str | None = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    dissolved: str | None = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    predecessor_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    parent_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    url: str | None
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))


class OrganisationPredecessor(Table, table=True):
    """What an organisation grew out of besides its `predecessor_id`."""

    __tablename__ = "organisation_predecessor"
    __table_args__ = (Index(None, "predecessor_id"),)
    organisation_id: int = Field(primary_key=True, sa_column_args=[foreign_key("organisation.id")])
    predecessor_id: int = Field(primary_key=True, sa_column_args=[foreign_key("organisation.id")])
    position: int
    predecessor_from: str = member_day()


class State(OptionalPeriodColumns, Table, table=True):
    """`key` is a code of ISO 3166-1 or 3166-3, or the data's own; the period is its existence."""

    __table_args__ = (*period_rules(), Index(None, "name", "key"))
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    official_name: str | None
    aliases: str
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))


class StatePredecessor(Table, table=True):
    __tablename__ = "state_predecessor"
    __table_args__ = (Index(None, "predecessor_id"),)
    state_id: int = Field(primary_key=True, sa_column_args=[foreign_key("state.id")])
    predecessor_id: int = Field(primary_key=True, sa_column_args=[foreign_key("state.id")])
    position: int
    predecessor_from: str = member_day()


_OF_GROUPS = (
    "status",
    "end_latest",
    "start_earliest",
    "start_latest",
    "end_earliest",
    "floor",
)
"""What filters and groups of memberships ask, besides whose they are."""


class Membership(PeriodColumns, Table, table=True):
    """A trigger refuses two whose certain spans overlap, for one state and organisation.

    The names are those of the records referred to, to be sorted by.
    """

    __table_args__ = (
        *period_rules(),
        one_of("status", MembershipStatus),
        *span_indexes("membership"),
        Index(None, "organisation_id", "start_latest", "key"),
        Index(None, "state_id", "start_latest", "key"),
        Index(None, "status", "start_latest", "key"),
        Index(None, "organisation_name", "key"),
        Index(None, "state_name", "key"),
        falling_index("ix_membership_state_name_falling", "state_name"),
        Index(None, "start_fork"),
        Index(None, "end_fork"),
        Index("ix_membership_as_of", "organisation_id", *_OF_GROUPS, "state_id"),
        Index("ix_membership_by_state", "state_id", "organisation_id", *_OF_GROUPS),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    organisation_id: int = Field(sa_column_args=[foreign_key("organisation.id")])
    state_id: int = Field(sa_column_args=[foreign_key("state.id")])
    status: str
    status_note: str | None
    organisation_name: str = Field(default="", sa_column_kwargs=derived("''"))
    state_name: str = Field(default="", sa_column_kwargs=derived("''"))
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))


class MembershipTally(Table, table=True):
    """How many memberships of a status have a value of what they are grouped by, kept by triggers.

    Of `YEAR` the value is four years: the first and last in which a membership can have held, then
    those in which it must have. What the numbers should be, the view `membership_group` tells.
    """

    __tablename__ = "membership_tally"
    grouped_by: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    count: int
