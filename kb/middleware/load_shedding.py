"""What is refused while more is asked than can be answered, before anything of it is read.

In: ASGI calls. Out: the same calls, passed on, or a refusal as such a client reads it: made once
and kept, as a crowd may be refused at once. What tells only whether the service is well is for all.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.errors import KBError, Overloaded
from kb.middleware.authentication import OPEN
from kb.server.heads import head_of
from kb.server.load_shedding import REFUSED, Pressure, overloaded
from kb.telemetry.record import note_code

_MOST_KEPT = 1_000_000
"""Bytes of refusals that are kept."""


class LoadShedding:
    """For requests; operations of WebSockets are looked at one by one, where they are read."""

    def __init__(
        self,
        app: ASGIApp,
        pressure: Pressure,
        refuse: Callable[[HTTPConnection, KBError], Response],
    ) -> None:
        self._app, self._pressure, self._refuse = app, pressure, refuse
        self._kept: WeightedCache[tuple[str, bytes], Response] = WeightedCache(_MOST_KEPT)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and not scope["path"].startswith(OPEN):
            try:
                if REFUSED in scope:
                    raise overloaded()
                self._pressure.check()
            except Overloaded as error:
                return self._answer(error, scope, send)
        return self._app(scope, receive, send)

    async def _answer(self, error: KBError, scope: Scope, send: Send) -> None:
        note_code(error.code)
        response = self._refusal(error, scope)
        # A copy: others add headers to what they pass on.
        headers = [*response.raw_headers]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, error: KBError, scope: Scope) -> Response:
        """By the path and `Accept`, which are all that it depends on."""
        key = scope["path"], head_of(scope).get(b"accept", b"")
        response = self._kept.find(key)
        if response is None:
            response = self._refuse(HTTPConnection(scope), error)
            weight = ENTRY_OVERHEAD + len(key[0]) + len(key[1]) + len(response.body)
            self._kept.keep(key, response, weight)
        return response
