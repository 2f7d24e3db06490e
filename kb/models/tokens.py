"""Who may read and write: tokens by their hashes, and what each was answered to requests."""

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field

from kb.models.base import Table, one_of
from kb.roles import Role


class Token(Table, table=True):
    """`sha256` is that of the secret part, which nobody keeps; what ends in `_at` are instants in
    UTC, and `used_at` is the last use that was noted.
    """

    __table_args__ = (one_of("role", Role),)
    id: str = Field(primary_key=True)
    name: str
    role: str
    sha256: str
    made_at: str
    revoked_at: str | None = None
    made_by: str | None = None
    revoked_by: str | None = None
    expires_at: str | None = None
    used_at: str | None = None


class Request(Table, table=True):
    """What was done for a request with a key of its own: to which record, up to which revision.

    `sha256` is that of what was asked.
    """

    token_id: str = Field(primary_key=True, sa_column_args=[ForeignKey("token.id")])
    key: str = Field(primary_key=True)
    sha256: str
    record_type: str
    record_key: str
    revision: int = Field(sa_type=BigInteger)
    at: str = Field(index=True)
