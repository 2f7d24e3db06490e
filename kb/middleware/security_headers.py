"""What every answer tells browsers to keep to.

In: ASGI calls. Out: the same calls, passed on; each answer has a Content-Security-Policy, its own
or one that lets nothing run, and says that its type is not to be guessed, nor its address told to
other sites.
"""

from collections.abc import Awaitable
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
_STRICT = [*_HEADERS, (_POLICY, b"default-src 'none'; frame-ancestors 'none'")]
"""For what is no page: nothing in it is to be loaded or run."""
_STARTS = {"http.response.start", "websocket.http.response.start"}


class SecurityHeaders:
    """Adds them to answers as they begin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, partial(_send_guarded, send))


def _send_guarded(send: Send, message: Message) -> Awaitable[None]:
    if message["type"] in _STARTS:
        headers = message["headers"]
        headers.extend(_HEADERS if _POLICY in dict(headers) else _STRICT)
    return send(message)
