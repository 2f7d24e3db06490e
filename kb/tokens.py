"""Tokens: who may write, told by a secret that only its bearer keeps.

In: an open transaction, and what a client sent. Out: the `Bearer`, or None. A token reads
`kb_ID_SECRET`: the first part finds its row, the second is compared with the hash that is stored,
in constant time. A secret of 256 random bits needs no slow hash.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from kb.errors import TokenError
from kb.models import Role, Table, Token
from kb.models.base import now
from kb.normalisation import normalise

_TABLES = Table.metadata.tables
_SIGN = "kb"
_NOBODY = "0" * 64
"""Compared with where there is no such token, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is, and what for."""

    id: str
    name: str
    role: Role


def issue_token(connection: Connection, name: str, role: Role) -> str:
    """A new token, of which only the hash is stored; raises TokenError for an empty name."""
    name = normalise(name)
    if not name or not _is_utf8(name):
        raise TokenError("nobody has such a name", "write who bears the token")
    token_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = {
        "id": token_id,
        "name": name,
        "role": role.name,
        "sha256": _digest(secret),
        "made_at": now(),
    }
    connection.execute(insert(Token).values(row))
    return f"{_SIGN}_{token_id}_{secret}"


def read_tokens(connection: Connection) -> Sequence[Token]:
    """All tokens, revoked ones too, oldest first; without their hashes."""
    columns = (col(Token.id), col(Token.name), col(Token.role), col(Token.made_at))
    query = select(*columns, col(Token.revoked_at)).order_by(col(Token.made_at))
    return [Token(**row, sha256="") for row in connection.execute(query).mappings()]


def revoke(connection: Connection, token_id: str) -> None:
    """Ends a token; raises TokenError if there is none of that id, or it is revoked already."""
    held = col(Token.id) == token_id, col(Token.revoked_at).is_(None)
    revoked = update(Token).where(*held).values(revoked_at=now())
    if connection.execute(revoked).rowcount == 0:
        raise TokenError(
            f"no token `{token_id}` holds", "give the id of one that `kb token list` shows"
        )


def find_bearer(connection: Connection, token: str) -> Bearer | None:
    """The bearer of a token; None if it is unknown, wrong or revoked."""
    sign, token_id, secret = [*token.split("_", 2), "", ""][:3]
    row = (
        connection.execute(select(_TABLES["token"]).where(col(Token.id) == token_id))
        .mappings()
        .first()
    )
    same = hmac.compare_digest(row["sha256"] if row else _NOBODY, _digest(secret))
    if row is None or sign != _SIGN or not same or row["revoked_at"]:
        return None
    return Bearer(token_id, row["name"], Role[row["role"]])


def _is_utf8(text: str) -> bool:
    """Whether a text can be stored: one from a command line may hold bytes that are no UTF-8."""
    return text == text.encode(errors="ignore").decode()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
