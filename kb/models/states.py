"""Organisations, states, and the memberships between them."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import (
    BEFORE_ALL,
    PeriodColumns,
    Table,
    day_columns,
    derived,
    falling_index,
    foreign_key,
    one_of,
    own_id,
    period_rules,
    span_indexes,
)


class MembershipStatus(StrEnum):
    MEMBER = "MEMBER"
    SUSPENDED = "SUSPENDED"
    OBSERVER = "OBSERVER"


class Organisation(Table, table=True):
    __table_args__ = (
        *day_columns("founded"),
        Index(None, "name", "key"),
        Index(None, "predecessor_id"),
        Index(None, "founded_order", "key"),
        falling_index("ix_organisation_founded_falling", "founded_earliest"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    acronym: str | None
    aliases: str
    founded: str | None = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    predecessor_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))


class State(Table, table=True):
    """`key` is the ISO 3166-1 alpha-2 code."""

    __table_args__ = (Index(None, "name", "key"),)
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    official_name: str | None
    aliases: str


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
        Index("ix_membership_as_of", "organisation_id", "status", "end_latest", "start_earliest"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    organisation_id: int = Field(sa_column_args=[foreign_key("organisation.id")])
    state_id: int = Field(sa_column_args=[foreign_key("state.id")])
    status: str
    organisation_name: str = Field(default="", sa_column_kwargs=derived("''"))
    state_name: str = Field(default="", sa_column_kwargs=derived("''"))
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))
