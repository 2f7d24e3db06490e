"""Summits and who took part."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kb.models.base import (
    LAST_TEXT,
    Table,
    day_columns,
    derived,
    falling_index,
    foreign_key,
    member_day,
    one_of,
    own_id,
)


class SummitKind(StrEnum):
    SUMMIT = "SUMMIT"
    MEETING = "MEETING"


class Attendance(StrEnum):
    ATTENDED = "ATTENDED"
    ABSENT = "ABSENT"


class Summit(Table, table=True):
    """`city_rising` and `city_falling` are the city, or a text that is last in that direction."""

    __table_args__ = (
        *day_columns("held_on", required=True),
        one_of("kind", SummitKind),
        Index(None, "kind", "held_order", "key"),
        Index("ix_summit_held", "held_order", "key", "held_earliest", "held_latest"),
        falling_index("ix_summit_held_falling", "held_earliest", "held_latest"),
        Index(None, "city", "key"),
        Index(None, "city_rising", "key"),
        falling_index("ix_summit_city_falling", "city_falling"),
        Index(None, "held_fork"),
        Index(None, "organisation_id", "held_order", "key"),
        Index(None, "host_id", "held_order", "key"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    organisation_id: int = Field(sa_column_args=[foreign_key("organisation.id")])
    held_on: str = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    city: str | None
    city_rising: str = Field(sa_column_kwargs=derived(f"'{LAST_TEXT}'"))
    city_falling: str = Field(sa_column_kwargs=derived("''"))
    host_id: int | None = Field(sa_column_args=[foreign_key("state.id")])
    kind: str = Field(sa_column_kwargs=derived("'MEETING'"))
    participants_complete: bool = Field(sa_column_kwargs=derived("false"))


class Participation(Table, table=True):
    """One who came, or stayed away; `position` keeps the order of the file."""

    __table_args__ = (
        one_of("attendance", Attendance),
        CheckConstraint("official_id is not null or state_id is not null", name="someone"),
        Index(None, "official_id"),
        Index(None, "state_id"),
    )
    summit_id: int = Field(primary_key=True, sa_column_args=[foreign_key("summit.id")])
    position: int = Field(primary_key=True)
    official_id: int | None = Field(sa_column_args=[foreign_key("official.id")])
    state_id: int | None = Field(sa_column_args=[foreign_key("state.id")])
    attendance: str
    note: str | None
    official_from: str = member_day()
    state_from: str = member_day()
