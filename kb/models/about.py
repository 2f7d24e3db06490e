"""What the knowledge base is about, as its curators put it."""

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import Table, derived, foreign_key, own_id


class About(Table, table=True):
    """There is one at most: pages and answers are headed by it."""

    __table_args__ = (Index(None, "organisation_id"),)
    id: int = own_id()
    key: str = Field(unique=True)
    title: str
    description: str | None
    licence: str | None
    contact: str | None
    organisation_id: int | None = Field(sa_column_args=[foreign_key("organisation.id")])
    offices: str = Field(sa_column_kwargs=derived("'[]'"))


class Example(Table, table=True):
    """A query that the explorer opens with."""

    about_id: int = Field(primary_key=True, sa_column_args=[foreign_key("about.id")])
    position: int = Field(primary_key=True)
    title: str
    query: str
