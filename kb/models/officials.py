"""Officials and their terms of office, of an organisation or of a state."""

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kb.models.base import (
    BEFORE_ALL,
    PeriodColumns,
    Table,
    day_columns,
    derived,
    falling_index,
    foreign_key,
    own_id,
    period_rules,
    span_indexes,
)


class Official(Table, table=True):
    __table_args__ = (Index(None, "name", "key"), Index(None, "nationality_id"))
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    aliases: str
    nationality_id: int | None = Field(sa_column_args=[foreign_key("state.id")])


class Term(PeriodColumns, Table, table=True):
    """A trigger refuses two whose certain spans overlap, for one official and office.

    `holder_name` is that of the official, to be sorted by; `office_key` is the office as
    `kb.folding` folds it, to be found by.
    """

    __table_args__ = (
        *period_rules(),
        *day_columns("planned_end"),
        CheckConstraint("(organisation_id is null) <> (state_id is null)", name="one_body"),
        *span_indexes("term"),
        Index(None, "official_id", "start_latest", "key"),
        Index(None, "organisation_id", "start_latest", "key"),
        Index(None, "state_id", "start_latest", "key"),
        Index(None, "office", "key"),
        falling_index("ix_term_office_falling", "office"),
        Index(None, "holder_name", "key"),
        Index("ix_term_organisation_office", "organisation_id", "office_key", "end_latest"),
        Index("ix_term_state_office", "state_id", "office_key", "end_latest"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    official_id: int = Field(sa_column_args=[foreign_key("official.id")])
    office: str
    office_key: str = Field(sa_column_kwargs=derived("''"))
    organisation_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    state_id: int | None = Field(sa_column_args=[foreign_key("state.id")])
    capacity: str | None
    planned_end: str | None = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    end_reason: str | None
    holder_name: str = Field(default="", sa_column_kwargs=derived("''"))
    floor: str = Field(default=BEFORE_ALL, sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))
