"""A limit for the length of URLs, before a route is looked for.

In: ASGI calls. Out: the same calls, passed on; a URL that is too long is refused.
"""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.errors import LargeRequest
from kb.server.requests import check_url
from kb.telemetry.record import note_code


class LimitedUrl:
    """Refuses a URL that is too long, before a route is looked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http":
            try:
                check_url(scope["path"], scope["query_string"])
            except LargeRequest as error:
                note_code(error.code)
                answer = PlainTextResponse(f"{error}\n", error.status)
        await answer(scope, receive, send)
