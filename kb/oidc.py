"""Bearers for whom another service vouches: JWTs of one issuer, by OpenID Connect.

In: a JWT, and what settings say of the issuer. Out: the `Bearer`, whose role a claim gives; or
Unauthenticated. Keys are fetched from where the issuer publishes them, once for all who wait: for
the first token, for one that names a key which is not known, though not within a minute of the last
time, and once an hour. While the issuer does not answer, those that are known hold.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt

from kb.errors import Unauthenticated, Unavailable
from kb.normalisation import normalise
from kb.roles import Role
from kb.tokens import Bearer

_ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
]
"""None whose key would be a secret that is shared: what the issuer publishes would be one."""
_REQUIRED = ["exp", "iss", "aud", "sub"]
_LEEWAY = 30
"""Seconds by which clocks may differ."""
COOLDOWN, _LIFETIME = 60.0, 3600.0
"""Seconds within which keys are not fetched again, and after which they are."""
PAUSE = 5.0
"""Seconds for which an issuer is left alone that did not tell its first keys."""
_PATIENCE, _MOST_BYTES = 5.0, 1_000_000
"""Seconds that the issuer has to answer, and how long its answer may be."""
_DISCOVERY = "/.well-known/openid-configuration"
_NAMES = ("name", "preferred_username", "email", "sub")
"""Claims by which a bearer is called; the first that is there."""
_MOST_NAME = 200
_AGAIN = "ask the issuer for another one"


@dataclass
class Issuer:
    """One issuer, and the keys that it is known to sign with."""

    url: str
    audience: str
    role_claim: str
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _fetched_at: float = -_LIFETIME
    _failed_at: float = -_LIFETIME
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @staticmethod
    def is_jwt(token: str) -> bool:
        """By its form: no token of ours has a dot."""
        return token.count(".") == 2

    async def find(self, token: str) -> Bearer:
        """Raises Unauthenticated, and Unavailable where no key could be fetched yet."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                await self._key(kid),
                algorithms=_ALGORITHMS,
                audience=self.audience,
                issuer=self.url,
                leeway=_LEEWAY,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("the token that was sent has expired", _AGAIN) from None
        except jwt.InvalidAudienceError:
            raise Unauthenticated("the token that was sent is for others", _AGAIN) from None
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated("the token that was sent does not hold", _AGAIN) from None
        return vouched_bearer(claims, self.url, self.role_claim)

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys or time.monotonic() - self._fetched_at > _LIFETIME:
            async with self._lock:
                await self._fetch_if_due(kid)
        if key := self._keys.get(kid):
            return key
        what = "the token that was sent names a key that its issuer does not publish"
        raise Unauthenticated(what, _AGAIN)

    async def _fetch_if_due(self, kid: str) -> None:
        age = time.monotonic() - self._fetched_at
        if age < COOLDOWN or (kid in self._keys and age <= _LIFETIME):
            return
        if not self._keys and time.monotonic() - self._failed_at < PAUSE:
            raise _keyless_error()
        self._fetched_at = time.monotonic()
        try:
            self._keys = await asyncio.to_thread(_fetch_keys, self.url)
        except (OSError, ValueError, jwt.PyJWTError):
            if not self._keys:
                self._fetched_at, self._failed_at = -_LIFETIME, time.monotonic()
                raise _keyless_error() from None


def _keyless_error() -> Unavailable:
    return Unavailable("the issuer of tokens does not tell its keys", "try again in a moment")


def vouched_bearer(claims: Mapping[str, object], issuer: str, role_claim: str) -> Bearer:
    """By claims that hold; raises Unauthenticated for one who has no role here."""
    role = _highest(claims.get(role_claim))
    if role is None:
        what = f"the claim `{role_claim}` of the token that was sent names none of our roles"
        raise Unauthenticated(what, f"let it be one of {', '.join(map(str.lower, Role))}")
    subject = sha256(f"{issuer}\n{claims['sub']}".encode()).hexdigest()[:16]
    names = (normalise(str(claims[name])) for name in _NAMES if claims.get(name))
    name = next(filter(None, names), subject)
    return Bearer(f"oidc-{subject}", name[:_MOST_NAME], role, issuer=issuer)


def _highest(claim: object) -> Role | None:
    named: Iterable[object] = claim if isinstance(claim, list) else [claim]
    # In small letters: some that are no letters of ours have capitals that are.
    words = {str(word).lower() for word in named}
    return max((role for role in Role if role.lower() in words), key=list(Role).index, default=None)


def _fetch_keys(issuer: str) -> dict[str, jwt.PyJWK]:
    """By their ids; raises OSError, ValueError and PyJWTError for whatever is no set of keys."""
    discovered = _fetch(issuer.rstrip("/") + _DISCOVERY)
    if discovered.get("issuer") != issuer:
        raise ValueError("it is another issuer")
    address = str(discovered.get("jwks_uri", ""))
    # By plain HTTP only from an issuer that is asked so, which is one of this machine.
    if not address.startswith(("https://", f"{issuer.partition(':')[0]}://")):
        raise ValueError("its keys could be anybody's")
    keys = jwt.PyJWKSet.from_dict(_fetch(address)).keys
    return {key.key_id: key for key in keys if key.key_id is not None}


class _Unmoved(HTTPRedirectHandler):
    """Follows nobody: what settings name by https could lead to plain HTTP, and so to anybody."""

    def redirect_request(self, *_: object) -> None:
        """None is an answer as it came, which is an error."""


_OPENER = build_opener(_Unmoved)


def _fetch(url: str) -> dict[str, object]:
    request = Request(url, headers={"Accept": "application/json"})
    with _OPENER.open(request, timeout=_PATIENCE) as answer:
        document = json.loads(answer.read(_MOST_BYTES))
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    return document
