"""Who sends each request, before anything of it is answered.

In: ASGI calls. Out: the same calls, passed on with the bearer of their token; one whose token does
not hold is refused, and one without a token where reading takes one. A WebSocket may still send its
token in its first message, and is asked for it then. What has no token costs no more than a look at
its headers.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from kb.errors import KBError, TooManyRequests, TooSlow, Unauthenticated, Unavailable
from kb.server.bearers import AUTHORIZATION, Bearers, token_of, token_wanted
from kb.server.heads import head_of

OPEN = ("/livez", "/readyz", "/assets/")
"""What is answered to all, whatever they send: it tells nothing of the data."""
_DENIAL = "websocket.http.response"


class Authentication:
    """Tells bearers of tokens from others; `closed` says that all reading takes a token."""

    def __init__(
        self,
        app: ASGIApp,
        bearers: Bearers,
        closed: bool,
        refuse: Callable[[HTTPConnection, KBError], Response],
    ) -> None:
        self._app, self._bearers, self._closed, self._refuse = app, bearers, closed, refuse

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        way = self._pass_on if self._is_asked(scope) else self._app
        return way(scope, receive, send)

    def _is_asked(self, scope: Scope) -> bool:
        """Whether it matters who sends it."""
        if scope["type"] == "lifespan" or scope["path"].startswith(OPEN):
            return False
        return self._closed or AUTHORIZATION in head_of(scope)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._authenticate(scope)
        except (TooManyRequests, TooSlow, Unauthenticated, Unavailable) as error:
            await self._answer(error, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> None:
        if (token := token_of(scope)) is not None:
            await self._bearers.admit(scope, token)
        elif self._closed and scope["type"] == "http":
            raise token_wanted()

    async def _answer(self, error: KBError, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            await self._refuse(request, error)(scope, receive, send)
            return
        socket = WebSocket(scope, receive, send)
        if _DENIAL in scope.get("extensions", {}):
            await socket.send_denial_response(self._refuse(socket, error))
        else:
            await socket.close()
