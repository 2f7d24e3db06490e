"""Who sends each request, before anything of it is answered.

In: ASGI calls. Out: the same calls, passed on with the bearer of their token; one whose token does
not hold is refused, and one without a token where reading takes one. What has no token costs no
more than a look at its headers.
"""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from kb.admission.rates import Rates, household_of
from kb.errors import KBError, TooManyRequests, TooSlow, Unauthenticated, Unavailable
from kb.server.bearers import AUTHORIZATION, Bearers, note_bearer, token_of
from kb.server.heads import head_of
from kb.tokens import Bearer

_LOGGER = logging.getLogger("kb")
OPEN = ("/livez", "/readyz", "/assets/")
"""What is answered to all, whatever they send: it tells nothing of the data."""
FAILURES_A_SECOND, MOST_FAILURES = 1, 300
"""Tokens that do not hold of one address: in the long run, and at once."""
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
        self._failures = Rates(FAILURES_A_SECOND, MOST_FAILURES)

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
            note_bearer(scope, await self._find(scope, token), token)
        elif self._closed:
            what = "reading takes a token here"
            raise Unauthenticated(what, "send one as `Authorization: Bearer …`")

    async def _find(self, scope: Scope, token: str) -> Bearer:
        """Of who sends too many tokens that do not hold, only those that held lately are read."""
        address = scope["client"][0] if scope["client"] else ""
        client = household_of(address)
        if (seconds := self._failures.wait(client)) and not self._bearers.has_held(token):
            what = "too many tokens were sent that do not hold"
            raise TooManyRequests(what, seconds)
        try:
            return await self._bearers.find(token)
        except Unauthenticated:
            self._failures.take(client)
            _LOGGER.warning("a token that does not hold was sent from %s", address)
            raise

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
