"""Answers that have permanent links: what was asked, as of which revision, and what proves it."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from kb.models.base import Table, one_of


class Withheld(StrEnum):
    """What was kept from whom something was told; each is told less than those before it."""

    NOTHING = "NOTHING"
    NAMES = "NAMES"
    TEXTS = "TEXTS"

    def covers(self, other: "Withheld") -> bool:
        """Whether all that this leaves is left by the other, too."""
        ranks = list(Withheld)
        return ranks.index(self) >= ranks.index(other)


class KeptAnswer(Table, table=True):
    """A question as of a revision, whose commit has the hash `chain`; the answer itself is not
    kept: it can be given again, and is the same if it has the hash `sha256`.

    `question` is the hash of document and variables, `schema_sha256` that of the schema in which it
    was asked; `withheld` is what was kept from whom it was told.
    """

    __tablename__ = "kept_answer"
    __table_args__ = (one_of("withheld", Withheld), Index(None, "question", "sha256"))
    id: str = Field(primary_key=True)
    document: str
    variables: str
    question: str
    revision: int = Field(sa_type=BigInteger)
    chain: str
    sha256: str
    schema_sha256: str
    withheld: str
    at: str
