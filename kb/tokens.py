"""Tokens: who may read and write, told by a secret that only its bearer keeps.

In: an open transaction, and what a client sent. Out: the `Bearer`, or None. A token reads
`kb_ID_SECRET`: the first part finds its row, the second is compared with the hash that is stored,
in constant time. A secret of 256 random bits needs no slow hash. Rows stay: they are the log of who
made and revoked a token, and when.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update
from sqlmodel import col

from kb.database.prepared import fetch_rows
from kb.errors import TokenError
from kb.models import Table, Token
from kb.models.base import instant, now
from kb.normalisation import normalise
from kb.roles import Role

_TABLES = Table.metadata.tables
_SIGN = "kb"
_NOBODY = "0" * 64
"""Compared with where there is no such token, so that it takes as long."""
_DAYS = re.compile(r"([1-9]\d{0,4})d", re.ASCII)
USE_NOTED = timedelta(hours=1)
"""A use within this time of the last one that was noted is not noted."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is, and what for; `used_at` is the last use that was noted.

    For one whose token is not ours, `issuer` vouches.
    """

    id: str
    name: str
    role: Role
    used_at: str | None = None
    issuer: str | None = None


class StoredToken(NamedTuple):
    """What `LOOKUP` tells of a token; nothing of one that is not there."""

    name: str | None
    role: str | None
    sha256: str | None
    revoked_at: str | None
    expires_at: str | None
    used_at: str | None


LOOKUP = (
    f"select {', '.join(f'max({name})' for name in StoredToken._fields)} from token where id = ",
    "",
)
"""The pieces of a statement that always has one row; between them stands the id."""

_UNKNOWN = StoredToken(*[None] * len(StoredToken._fields))


def issue_token(
    connection: Connection,
    name: str,
    role: Role,
    *,
    by: str | None = None,
    expires_at: str | None = None,
) -> str:
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
        "made_by": by,
        "expires_at": expires_at,
    }
    connection.execute(insert(Token).values(row))
    return f"{_SIGN}_{token_id}_{secret}"


def read_expiry(text: str) -> str:
    """The instant that `2027-01-01`, its first, or `90d` from now stands for; raises TokenError."""
    try:
        if days := _DAYS.fullmatch(text):
            expiry = datetime.now(UTC) + timedelta(days=int(days[1]))
        else:
            expiry = datetime.combine(date.fromisoformat(text), time(), UTC)
    except (ValueError, OverflowError):
        raise TokenError(
            "this is no time at which a token could expire", "write a day as 2027-01-01, or 90d"
        ) from None
    if expiry <= datetime.now(UTC):
        raise TokenError("the token would have expired already", "write a day that is to come")
    return instant(expiry)


def read_tokens(connection: Connection) -> Sequence[Token]:
    """All tokens, revoked and expired ones too, oldest first; without their hashes."""
    table = _TABLES["token"]
    columns = [column for column in table.c if column.name != "sha256"]
    rows = connection.execute(select(*columns).order_by(table.c.made_at)).mappings()
    return [Token(**row, sha256="") for row in rows]


def revoke(connection: Connection, token_id: str, by: str | None = None) -> None:
    """Ends a token; raises TokenError if there is none of that id, or it is revoked already."""
    held = col(Token.id) == token_id, col(Token.revoked_at).is_(None)
    revoked = update(Token).where(*held).values(revoked_at=now(), revoked_by=by)
    if connection.execute(revoked).rowcount == 0:
        raise TokenError(
            f"no token `{token_id}` holds", "give the id of one that `kb token list` shows"
        )


def enrol(connection: Connection, bearer: Bearer) -> None:
    """Lists one for whom an issuer vouches, by a token that no secret opens, if it is not listed.

    So their requests are theirs, their last use is known, and they can be shut out.
    """
    if not bearer.issuer:
        return
    row = {"id": bearer.id, "name": bearer.name, "role": bearer.role.name, "sha256": ""}
    listed = select(col(Token.id)).where(col(Token.id) == bearer.id)
    if connection.execute(listed).first() is None:
        connection.execute(insert(Token).values(row | {"made_at": now(), "made_by": bearer.issuer}))


def confirm(connection: Connection, bearer: Bearer, token: str) -> Bearer | None:
    """Who bears the token, if it still holds; an issuer's does while its bearer is not revoked."""
    if not bearer.issuer:
        return find_bearer(connection, token)
    revoked = col(Token.id) == bearer.id, col(Token.revoked_at).is_not(None)
    shut_out = connection.execute(select(col(Token.id)).where(*revoked)).first()
    return None if shut_out else bearer


def note_use(connection: Connection, token_id: str) -> None:
    """That a token is used now, unless a use was noted lately."""
    lately = instant(datetime.now(UTC) - USE_NOTED)
    due = or_(col(Token.used_at).is_(None), col(Token.used_at) < lately)
    connection.execute(update(Token).where(col(Token.id) == token_id, due).values(used_at=now()))


def is_use_noted(bearer: Bearer) -> bool:
    """Whether a use was noted lately."""
    return bearer.used_at is not None and bearer.used_at >= instant(datetime.now(UTC) - USE_NOTED)


def find_bearer(connection: Connection, token: str) -> Bearer | None:
    """The bearer of a token; None if it is unknown, wrong or revoked, or has expired."""
    token_id, secret = split(token)
    rows = fetch_rows(connection, _STORED, own=token_id)
    return bearer_of(token_id, secret, StoredToken(*rows[0]) if rows else _UNKNOWN)


_STORED: Select[Any] = select(*(_TABLES["token"].c[name] for name in StoredToken._fields)).where(
    col(Token.id) == bindparam("own")
)


def split(token: str) -> tuple[str, str]:
    """The id of a token and its secret; empty ones of what is no token."""
    sign, token_id, secret = [*token.split("_", 2), "", ""][:3]
    return (token_id, secret) if sign == _SIGN else ("", "")


def bearer_of(token_id: str, secret: str, stored: StoredToken) -> Bearer | None:
    """None if the secret is wrong, or the token holds no longer."""
    same = hmac.compare_digest(stored.sha256 or _NOBODY, _digest(secret))
    if not same or stored.name is None or stored.role is None or stored.revoked_at:
        return None
    if stored.expires_at and stored.expires_at <= now():
        return None
    return Bearer(token_id, stored.name, Role[stored.role], stored.used_at)


def _is_utf8(text: str) -> bool:
    """Whether a text can be stored: one from a command line may hold bytes that are no UTF-8."""
    return text == text.encode(errors="ignore").decode()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
