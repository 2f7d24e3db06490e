"""An issuer of JWTs by OpenID Connect, on a port of this machine: its keys change when told to.

In: nothing. Out: its URL, tokens that it signs, and how often its keys were asked for.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from jwt.algorithms import ECAlgorithm

AUDIENCE = "kb"
_MOVED = "/moved"


@dataclass
class LocalIssuer:
    """`published` are the ids of the keys that it tells of."""

    url: str = ""
    answers: bool = True
    moved: bool = False
    """Whether it leads from each path to another one, as `http` would from `https`."""
    asked: int = 0
    """How often its keys were asked for."""
    reached: int = 0
    """How often anything was."""
    keys: dict[str, EllipticCurvePrivateKey] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)

    def make_key(self, kid: str, *, publish: bool = True) -> None:
        self.keys[kid] = generate_private_key(SECP256R1())
        if publish:
            self.published.append(kid)

    def token(self, kid: str = "first", **claims: object) -> str:
        """One that holds for a minute, for a curator, unless claims say otherwise."""
        own: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "name": "Ada Lovelace",
            "roles": ["curator"],
            "exp": int(time.time()) + 60,
        }
        given = {name: claim for name, claim in {**own, **claims}.items() if claim is not None}
        return jwt.encode(given, self.keys[kid], "ES256", headers={"kid": kid})

    def document(self, path: str) -> object:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.asked += 1
        return {"keys": [self._public(kid) for kid in self.published]}

    def _public(self, kid: str) -> dict[str, object]:
        key = ECAlgorithm.to_jwk(self.keys[kid].public_key(), as_dict=True)
        return {**key, "kid": kid, "alg": "ES256", "use": "sig"}


@contextmanager
def issuing() -> Iterator[LocalIssuer]:
    """With one key, called `first`."""
    issuer = LocalIssuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.reached += 1
            path = self.path.removeprefix(_MOVED)
            if issuer.moved and path == self.path:
                self.send_response(302)
                self.send_header("Location", f"{issuer.url}{_MOVED}{path}")
                self.end_headers()
                return
            self.send_response(200 if issuer.answers else 500)
            self.end_headers()
            self.wfile.write(json.dumps(issuer.document(path)).encode())

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        issuer.make_key("first")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
