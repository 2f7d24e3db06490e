"""Events, and the organisations, states and officials that they concern."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import (
    PeriodColumns,
    Table,
    derived,
    foreign_key,
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


class EventOrganisation(Table, table=True):
    __tablename__ = "event_organisation"
    __table_args__ = (Index(None, "organisation_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    organisation_id: int = Field(primary_key=True, sa_column_args=[foreign_key("organisation.id")])
    position: int


class EventState(Table, table=True):
    __tablename__ = "event_state"
    __table_args__ = (Index(None, "state_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    state_id: int = Field(primary_key=True, sa_column_args=[foreign_key("state.id")])
    position: int


class EventOfficial(Table, table=True):
    __tablename__ = "event_official"
    __table_args__ = (Index(None, "official_id"),)
    event_id: int = Field(primary_key=True, sa_column_args=[foreign_key("event.id")])
    official_id: int = Field(primary_key=True, sa_column_args=[foreign_key("official.id")])
    position: int
