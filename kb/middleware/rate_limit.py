"""How many requests each client may send.

In: ASGI calls, after it is known who sends them. Out: the same calls, passed on; beyond its rate a
client is refused until it may come again. What tells only whether the service is well is for all.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.admission.rates import Rates
from kb.errors import KBError
from kb.middleware.authentication import OPEN
from kb.server.bearers import client_of
from kb.server.context import too_many_requests


class RateLimit:
    """By the bearer of a token, or by address; addresses of this machine have no limit."""

    def __init__(
        self, app: ASGIApp, rates: Rates, refuse: Callable[[HTTPConnection, KBError], Response]
    ) -> None:
        self._app, self._rates, self._refuse = app, rates, refuse

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # A WebSocket is counted by its operations.
        if scope["type"] == "http" and (client := client_of(scope)):
            is_open = scope["path"].startswith(OPEN)
            if not is_open and (seconds := self._rates.take(client)):
                refusal = self._refuse(HTTPConnection(scope), too_many_requests(seconds))
                return refusal(scope, receive, send)
        return self._app(scope, receive, send)
