"""Cross-origin resource sharing: what pages of other origins may ask, and read.

In: ASGI calls. Out: the same calls, passed on. Preflights are answered here, answers say who may
read them, and a WebSocket is refused to an origin that may not call.
"""

from collections.abc import Awaitable

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.origins import Origins
from kb.server.bearers import forbid_token
from kb.server.heads import head_of
from schema.adapter import is_cross_origin

_METHODS = ("GET", "HEAD", "POST")
_TOKEN = "Authorization"
_ALLOWED = (
    "Accept",
    "Apollo-Require-Preflight",
    "ApolloGraphQL-Client-Name",
    "ApolloGraphQL-Client-Version",
    "Baggage",
    "Cache-Control",
    "Content-Type",
    "GraphQL-Require-Preflight",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Traceparent",
    "Tracestate",
    "X-Apollo-Operation-Id",
    "X-Apollo-Operation-Name",
    "X-KB-Min-Revision",
    "X-Request-Id",
)
"""Headers that clients send."""
_EXPOSED = (
    "Content-Disposition",
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "X-KB-Form",
    "X-KB-Revision",
    "X-Request-Id",
)
"""Headers of answers that scripts may read, beside those that any may."""
_MOST_AGE = 7_200
"""Seconds for which a browser need not ask again; Chromium takes none for longer."""
_REFUSED = (
    "a page of this origin may not send this; the setting KB_CORS_ORIGINS says which origins may"
    " call, and which may send a token\n"
)


class _Sharing(CORSMiddleware):
    """Starlette's, which refuses in our words, and leaves `Vary` to what completes every head."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        return PlainTextResponse(_REFUSED, 403, self.preflight_headers)

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            headers.update(self.simple_headers)
            origin = request_headers["origin"]
            if not self.allow_all_origins and self.is_allowed_origin(origin):
                headers["Access-Control-Allow-Origin"] = origin
        await send(message)


class CrossOrigin:
    """Starlette's own middleware twice: for origins that are listed, and for all others.

    Whoever names no origin passes neither, which would take as long again as a kept answer.
    """

    def __init__(self, app: ASGIApp, origins: Origins, own_host: str = "") -> None:
        """Without a host of its own, the service takes that which a request names."""
        self._app, self._own_host = app, own_host
        self._listed = _Sharing(
            app,
            allow_methods=_METHODS,
            allow_headers=(*_ALLOWED, _TOKEN),
            allow_origin_regex="|".join(origins.listed) or None,
            expose_headers=_EXPOSED,
            max_age=_MOST_AGE,
        )
        self._others = _Sharing(
            app,
            ["*"] if origins.others_read else (),
            allow_methods=_METHODS,
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
            max_age=_MOST_AGE,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http":
            origin = head_of(scope).get(b"origin")
            if origin is None:
                return self._app(scope, receive, send)
            return self._sharing(origin.decode("latin-1"))(scope, receive, send)
        if scope["type"] == "websocket" and not self._admits(scope):
            return PlainTextResponse(_REFUSED, 403)(scope, receive, send)
        return self._app(scope, receive, send)

    def _sharing(self, origin: str) -> _Sharing:
        return self._listed if self._listed.is_allowed_origin(origin) else self._others

    def _admits(self, scope: Scope) -> bool:
        """Whether a page may open a WebSocket; browsers leave that to the service.

        One that may only read may not send a token by it either.
        """
        headers = Headers(scope=scope)
        if not is_cross_origin(headers, self._own_host or headers.get("host")):
            return True
        origin = headers["origin"]
        sharing = self._sharing(origin)
        if sharing is self._others:
            forbid_token(scope)
        return sharing.is_allowed_origin(origin)
