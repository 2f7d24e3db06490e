"""Events, what took part in them, and the organisations, states and officials concerned."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kb.models.base import (
    PeriodColumns,
    Table,
    derived,
    falling_index,
    foreign_key,
    member_day,
    one_of,
    own_id,
    period_indexes,
    period_rules,
)


class EventKind(StrEnum):
    AGREEMENT = "AGREEMENT"
    DECISION = "DECISION"
    APPOINTMENT = "APPOINTMENT"
    ARREST = "ARREST"
    CONFLICT = "CONFLICT"
    DEPLOYMENT = "DEPLOYMENT"
    LEGISLATION = "LEGISLATION"
    STATEMENT = "STATEMENT"
    VACANCY = "VACANCY"
    EXERCISE = "EXERCISE"
    TRIAL = "TRIAL"
    OTHER = "OTHER"


class Event(PeriodColumns, Table, table=True):
    """`office_key` is the office as `kb.folding` folds it, to be found by; empty without one."""

    __table_args__ = (
        *period_rules(),
        one_of("kind", EventKind),
        *period_indexes("event"),
        Index(None, "title", "key"),
        falling_index("ix_event_title_falling", "title"),
        Index(None, "kind", "start_order", "key"),
        Index(None, "span_fork"),
        Index(None, "summit_id", "start_order", "key"),
        Index(None, "kind", "office_key", "end_latest"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    kind: str
    title: str
    place: str | None
    office: str | None
    office_key: str = Field(default="", sa_column_kwargs=derived("''"))
    summit_id: int | None = Field(sa_column_args=[foreign_key("summit.id")])


class EventRole(StrEnum):
    ACTOR = "ACTOR"
    AFFECTED = "AFFECTED"
    BYSTANDER = "BYSTANDER"
    DENIED = "DENIED"


_NAMED = " + ".join(
    f"(case when {name} is null then 0 else 1 end)"
    for name in ("organisation_id", "state_id", "official_id")
)
"""How many records a party names."""


class Party(Table, table=True):
    """What took part in an event, and how; `position` keeps the order of the file."""

    __table_args__ = (
        one_of("role", EventRole),
        CheckConstraint(f"{_NAMED} = 1", name="single"),
        Index(None, "organisation_id", "role"),
        Index(None, "state_id", "role"),
        Index(None, "official_id", "role"),
        Index(None, "role"),
    )
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    position: int = Field(primary_key=True)
    organisation_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    state_id: int | None = Field(sa_column_args=[foreign_key("state.id")])
    official_id: int | None = Field(sa_column_args=[foreign_key("official.id")])
    role: str
    note: str | None
    organisation_from: str = member_day()
    state_from: str = member_day()
    official_from: str = member_day()


class EventOrganisation(Table, table=True):
    """One concerned, whatever its part, unless a source denies it: from parties, then the list."""

    __tablename__ = "event_organisation"
    __table_args__ = (Index(None, "organisation_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    organisation_id: int = Field(primary_key=True, sa_column_args=[foreign_key("organisation.id")])
    position: int
    organisation_from: str = member_day()


class EventState(Table, table=True):
    __tablename__ = "event_state"
    __table_args__ = (Index(None, "state_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    state_id: int = Field(primary_key=True, sa_column_args=[foreign_key("state.id")])
    position: int
    state_from: str = member_day()


class EventOfficial(Table, table=True):
    __tablename__ = "event_official"
    __table_args__ = (Index(None, "official_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    official_id: int = Field(primary_key=True, sa_column_args=[foreign_key("official.id")])
    position: int
    official_from: str = member_day()
