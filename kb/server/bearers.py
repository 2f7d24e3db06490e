"""Who sends a request: the bearer of its token, looked up where queries are read.

In: `Authorization`, as a header or in the first message of a WebSocket, where browsers can send no
header; with a token of ours or a JWT of the issuer that settings name.
Out: the `Bearer`, or `Unauthenticated` for a token that does not hold: nobody is taken for
anonymous who meant not to be. Answers of the database hold for a second, within which a token that
was revoked may still be taken. Use of a token is noted once an hour, by the one that writes and
beside the request: reading waits for no write, and fails with none.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cachetools import TTLCache
from starlette.types import Scope

from kb import tokens
from kb.admission.rates import Rates, household_of, network_of
from kb.admission.shared_counts import RateTable
from kb.database.read_pool import Reader, fetch_newest
from kb.errors import TooManyRequests, Unauthenticated
from kb.server.heads import head_of
from kb.server.mutations import Writer
from kb.tokens import Bearer, StoredToken

if TYPE_CHECKING:
    # Its cryptography takes long to import, and few services need it.
    from kb.oidc import Issuer

_LOGGER = logging.getLogger("kb")
FAILURES_A_SECOND, MOST_FAILURES = 1, 300
"""Tokens that do not hold of one address: in the long run, and at once."""
BOUND = 1.0
"""Seconds within which a token that is revoked, or has expired, is taken no longer."""
_MOST_KEPT = 1_000
_HELD = 3_600.0
"""Seconds within which a token that held is looked up however many others did not."""
AUTHORIZATION, _NAME = b"authorization", "authorization"
_SCOPE, _FORBIDDEN = "kb.bearer", "kb.no_token"


class Bearers:
    """Those of one database."""

    def __init__(
        self,
        reader: Reader,
        writer: Writer,
        issuer: "Issuer | None" = None,
        failures: RateTable | None = None,
    ) -> None:
        """`failures` is what workers count in together."""
        self._reader, self._writer, self._issuer = reader, writer, issuer
        self._found: TTLCache[str, Bearer] = TTLCache(_MOST_KEPT, BOUND)
        self._held: TTLCache[str, bool] = TTLCache(_MOST_KEPT, _HELD)
        self._noted: TTLCache[str, bool] = TTLCache(_MOST_KEPT, tokens.USE_NOTED.total_seconds())
        self._failures = Rates(FAILURES_A_SECOND, MOST_FAILURES, failures)

    async def admit(self, scope: Scope, token: str) -> None:
        """Finds the bearer of a token that came with this call, and notes it there.

        Of who sends too many tokens that do not hold, only those that held lately are read: raises
        TooManyRequests for others.
        """
        address = scope["client"][0] if scope["client"] else ""
        client = household_of(address)
        if (seconds := self._failures.wait(client)) and not self.has_held(token):
            what = "too many tokens were sent that do not hold"
            raise TooManyRequests(what, seconds)
        try:
            note_bearer(scope, await self.find(token), token)
        except Unauthenticated:
            self._failures.take(client)
            _LOGGER.warning("a token that does not hold was sent from %s", address)
            raise

    async def find(self, token: str) -> Bearer:
        """Raises Unauthenticated, and Unavailable where the database does not answer."""
        if bearer := self._found.get(token):
            return bearer
        if self._issuer and self._issuer.is_jwt(token):
            bearer = await self._find_vouched(self._issuer, token)
        else:
            bearer = await self._find_own(token)
        self._found[token] = bearer
        self._held[token] = True
        self._note_use(bearer)
        return bearer

    def has_held(self, token: str) -> bool:
        """Whether a token held when it was last sent, lately."""
        return token in self._held

    async def _find_own(self, token: str) -> Bearer:
        token_id, secret = tokens.split(token)
        bearer = tokens.bearer_of(token_id, secret, await self._stored(token_id))
        if bearer is None:
            what = "the token that was sent is unknown, revoked or has expired"
            raise Unauthenticated(what, "send another one; `kb token create` makes it")
        return bearer

    async def _find_vouched(self, issuer: "Issuer", token: str) -> Bearer:
        bearer = await issuer.find(token)
        stored = await self._stored(bearer.id)
        if stored.revoked_at:
            what = "who sent the token is shut out"
            raise Unauthenticated(what, "ask whoever runs the service")
        return replace(bearer, used_at=stored.used_at)

    async def _stored(self, token_id: str) -> StoredToken:
        row = await fetch_newest(self._reader, tokens.LOOKUP, (token_id,))
        return StoredToken(*(None if value is None else str(value) for value in row))

    def _note_use(self, bearer: Bearer) -> None:
        if bearer.id not in self._noted:
            self._noted[bearer.id] = True
            if not tokens.is_use_noted(bearer):
                self._writer.note_use(bearer)


def token_wanted(what: str = "reading takes a token here") -> Unauthenticated:
    """The refusal of who sends no token where one is taken."""
    return Unauthenticated(what, "send one as `Authorization: Bearer …`")


def bearer_and_token(scope: Scope) -> tuple[Bearer | None, str | None]:
    """Whom a request was found to come from; nobody, and no token, of one that carries none."""
    bearer, token = scope.get(_SCOPE, (None, None))
    return bearer, token


def client_of(scope: Scope) -> str:
    """Whose requests are counted together: a bearer's, or an address's; nobody's if it is empty.

    Nothing is counted of this machine's own addresses: proxies have them.
    """
    if _SCOPE in scope:
        bearer: Bearer = scope[_SCOPE][0]
        return f"token {bearer.id}"
    return network_of(scope["client"][0]) if scope["client"] else ""


def forbid_token(scope: Scope) -> None:
    """Tells who reads the first message of a WebSocket that it may hold no token."""
    scope[_FORBIDDEN] = True


def may_send_token(scope: Scope) -> bool:
    return _FORBIDDEN not in scope


def note_bearer(scope: Scope, bearer: Bearer, token: str) -> None:
    """Tells all that comes later who sends the request."""
    scope[_SCOPE] = bearer, token


def token_of(scope: Scope) -> str | None:
    """The token that a request carries; what it says by another scheme is for others.

    Raises Unauthenticated for who says it twice: a proxy could have taken the other one.
    """
    if AUTHORIZATION not in head_of(scope):
        return None
    head = scope["headers"]
    return _only_token([value.decode("latin-1") for name, value in head if name == AUTHORIZATION])


def token_of_payload(payload: Mapping[str, object]) -> str | None:
    """The same of the first message of a WebSocket; raises Unauthenticated for what is none."""
    values = [value for name, value in payload.items() if name.lower() == _NAME]
    said = [value for value in values if value is not None]
    for value in said:
        # Headers can hold nothing else, and no database is asked for it.
        if not (isinstance(value, str) and value.isascii() and value.isprintable()):
            what = f"`{_NAME.title()}` is no header's text"
            raise Unauthenticated(what, "send `Bearer …`")
    return _only_token([str(value) for value in said])


def _only_token(values: Sequence[str]) -> str | None:
    if len(values) > 1:
        raise Unauthenticated("the request has more than one `Authorization`", "send one")
    scheme, token = [*"".join(values).split(maxsplit=1), "", ""][:2]
    return token.strip() if scheme.lower() == "bearer" else None
