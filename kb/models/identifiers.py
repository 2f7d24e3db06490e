"""What records are called elsewhere: schemes, and the identifiers that records have in them."""

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import Table, foreign_key, own_id


class Scheme(Table, table=True):
    """A list of codes or addresses that others keep.

    `pattern` is what every code of it matches, `template` the address of one on the web. What is
    `telling` is made of words, which may say what no article did.
    """

    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    pattern: str | None
    template: str | None
    telling: bool


class Identifier(Table, table=True):
    """One of a record, whatever its type; `position` keeps the order of the file."""

    __table_args__ = (Index(None, "scheme_id", "value"),)
    record_id: int = Field(primary_key=True, sa_column_args=[foreign_key("record.id")])
    position: int = Field(primary_key=True)
    scheme_id: int = Field(sa_column_args=[foreign_key("scheme.id")])
    value: str
