"""Disagreements between sources, the values asserted, and by which citations."""

from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from kb.models.base import Table, derived, foreign_key, one_of


class DisagreementKind(StrEnum):
    CONFLICT = "CONFLICT"
    REFINEMENT = "REFINEMENT"


class Disagreement(Table, table=True):
    """Of one field of a record, or of all of it, as a reader could know it.

    It holds from the day `known_from` until before `known_to`, as text with sentinels; what is not
    superseded has `infinity`. `key` is `Type:key` and, after a `#`, the field.
    """

    __table_args__ = (
        one_of("kind", DisagreementKind),
        Index(None, "subject_id", "known_to"),
        Index(None, "known_to", "key"),
        Index(None, "kind", "subject_id"),
    )
    id: int = Field(primary_key=True)
    key: str
    subject_id: int = Field(sa_column_args=[foreign_key("record.id")])
    field: str | None
    kind: str
    recorded: str | None
    known_from: str
    known_to: str


class Assertion(Table, table=True):
    """One of the values, and as people read it; `position` gives their order."""

    disagreement_id: int = Field(primary_key=True, sa_column_args=[foreign_key("disagreement.id")])
    position: int = Field(primary_key=True)
    value: str
    text: str = Field(sa_column_kwargs=derived("''"))


class AssertionCitation(Table, table=True):
    """A citation that asserts the value."""

    __tablename__ = "assertion_citation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["disagreement_id", "position"],
            ["assertion.disagreement_id", "assertion.position"],
            name="fk_assertion_citation_assertion",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(None, "citation_id"),
    )
    disagreement_id: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    citation_id: int = Field(primary_key=True, sa_column_args=[foreign_key("citation.id")])
