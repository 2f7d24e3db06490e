"""Refusals for a crowd: made once, and sent to all who are answered alike.

In: an error, and the scope of a request that it refuses. Out: its refusal, as ASGI sends it, by all
that it depends on: the path, `Accept`, and what the error says.
"""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope, Send

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.errors import Overloaded
from kb.server.heads import head_of
from kb.telemetry.record import note_code

_MOST_KEPT = 1_000_000
"""Bytes of refusals that are kept."""
Refuse = Callable[[HTTPConnection, Overloaded], Response]


class KeptRefusals:
    """Of one place that refuses, by one way to make them."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._kept: WeightedCache[tuple[str, bytes, str], Response] = WeightedCache(_MOST_KEPT)

    async def send(self, error: Overloaded, scope: Scope, send: Send) -> None:
        note_code(error.code)
        response = self._find(error, scope)
        # A copy: others add headers to what they pass on.
        headers = [*response.raw_headers]
        status = response.status_code
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})

    def _find(self, error: Overloaded, scope: Scope) -> Response:
        key = scope["path"], head_of(scope).get(b"accept", b""), error.message
        response = self._kept.find(key)
        if response is None:
            response = self._refuse(HTTPConnection(scope), error)
            weight = ENTRY_OVERHEAD + sum(map(len, (*key, response.body)))
            self._kept.keep(key, response, weight)
        return response
