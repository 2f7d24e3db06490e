"""The change feed: one row a change; what each record is in it, and what each type amounts to."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from kb.models.base import Table, derived, one_of


class ChangeOp(StrEnum):
    UPSERT = "UPSERT"
    DELETE = "DELETE"


class Erased(StrEnum):
    """What was taken down: the text of an article, all that was recorded of a record, or what could
    be known of one by days."""

    TEXT = "TEXT"
    RECORD = "RECORD"
    KNOWLEDGE = "KNOWLEDGE"


class Change(Table, table=True):
    """One record after one commit, whose last revision is `commit_end` and whose hash is `chain`.

    `document` is the record as canonical JSON, none if it was removed; `at` an instant in UTC. Of a
    document of which the text or all was taken down since, the hashes of what it was are kept: of
    all of it, and of it without the text. Of one that was taken down whole they are all there is.
    """

    __table_args__ = (
        one_of("op", ChangeOp),
        Index(None, "type", "revision"),
        Index(None, "type", "key", "revision"),
        Index(None, "commit_end", "type", "revision"),
    )
    revision: int = Field(primary_key=True, sa_type=BigInteger)
    commit_end: int = Field(sa_type=BigInteger)
    chain: str
    op: str
    type: str
    key: str
    document: str | None
    at: str
    actor: str | None
    reason: str | None = None
    sha256: str | None = None
    textless_sha256: str | None = None


class Erasure(Table, table=True):
    """That this was taken down, which the change of this revision told.

    It was there from the revision `shown_from` until before `shown_to`: there is a row for each
    such time, and one of no time if none is known.
    """

    __table_args__ = (one_of("erased", Erased),)
    type: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    revision: int = Field(primary_key=True, sa_type=BigInteger)
    shown_from: int = Field(primary_key=True, sa_type=BigInteger)
    shown_to: int = Field(sa_type=BigInteger)
    erased: str = Field(default=Erased.TEXT.name, sa_column_kwargs=derived("'TEXT'"))


class Snapshot(Table, table=True):
    """A record as the feed last gave it: what a copy holds, with the SHA-256 of each document.

    `textless_sha256` is that of the document as those get it from whom texts are withheld.
    """

    type: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    document: str
    sha256: str
    textless_sha256: str = Field(default="", sa_column_kwargs=derived("''"))


class Tally(Table, table=True):
    """How many records of a type there are, and their digests added modulo 2^256, as hex.

    `textless_checksum` is the sum of the documents' digests without texts.
    """

    type: str = Field(primary_key=True)
    count: int
    checksum: str
    textless_checksum: str = Field(default="", sa_column_kwargs=derived("''"))
