"""Who sends a request: the bearer of its token, looked up where queries are read.

In: the header `Authorization`, with a token of ours or a JWT of the issuer that settings name.
Out: the `Bearer`, or `Unauthenticated` for a token that does not hold: nobody is taken for
anonymous who meant not to be. Answers of the database hold for a second, within which a token that
was revoked may still be taken. Use of a token is noted once an hour, by the one that writes and
beside the request: reading waits for no write, and fails with none.
"""

from dataclasses import replace

from cachetools import TTLCache
from starlette.types import Scope

from kb import tokens
from kb.admission.rates import network_of
from kb.database.read_pool import Reader
from kb.errors import Unauthenticated
from kb.oidc import Issuer, is_jwt
from kb.server.heads import head_of
from kb.server.mutations import Writer
from kb.tokens import Bearer, StoredToken

BOUND = 1.0
"""Seconds within which a token that is revoked, or has expired, is taken no longer."""
_MOST_KEPT = 1_000
_HELD = 3_600.0
"""Seconds within which a token that held is looked up however many others did not."""
AUTHORIZATION = b"authorization"
_SCOPE = "kb.bearer"


class Bearers:
    """Those of one database."""

    def __init__(self, reader: Reader, writer: Writer, issuer: Issuer | None = None) -> None:
        self._reader, self._writer, self._issuer = reader, writer, issuer
        self._found: TTLCache[str, Bearer] = TTLCache(_MOST_KEPT, BOUND)
        self._held: TTLCache[str, bool] = TTLCache(_MOST_KEPT, _HELD)
        self._noted: TTLCache[str, bool] = TTLCache(_MOST_KEPT, tokens.USE_NOTED.total_seconds())

    async def find(self, token: str) -> Bearer:
        """Raises Unauthenticated, and Unavailable where the database does not answer."""
        if bearer := self._found.get(token):
            return bearer
        if self._issuer and is_jwt(token):
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

    async def _find_vouched(self, issuer: Issuer, token: str) -> Bearer:
        bearer = await issuer.find(token)
        stored = await self._stored(bearer.id)
        if stored.revoked_at:
            what = "who sent the token is shut out"
            raise Unauthenticated(what, "ask whoever runs the service")
        return replace(bearer, used_at=stored.used_at)

    async def _stored(self, token_id: str) -> StoredToken:
        row = await self._reader.fetch(tokens.LOOKUP, (token_id,))
        return StoredToken(*(None if value is None else str(value) for value in row))

    def _note_use(self, bearer: Bearer) -> None:
        if bearer.id not in self._noted:
            self._noted[bearer.id] = True
            if not tokens.is_use_noted(bearer):
                self._writer.note_use(bearer)


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


def note_bearer(scope: Scope, bearer: Bearer, token: str) -> None:
    """Tells all that comes later who sends the request."""
    scope[_SCOPE] = bearer, token


def token_of(scope: Scope) -> str | None:
    """The token that a request carries; what it says by another scheme is for others.

    Raises Unauthenticated for who says it twice: a proxy could have taken the other one.
    """
    if AUTHORIZATION not in head_of(scope):
        return None
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == AUTHORIZATION]
    if len(values) > 1:
        raise Unauthenticated("the request has more than one `Authorization`", "send one")
    scheme, token = [*values[0].split(maxsplit=1), "", ""][:2]
    return token.strip() if scheme.lower() == "bearer" else None
