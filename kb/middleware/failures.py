"""Failures that nobody foresaw, answered in the service's own words.

In: ASGI calls. Out: the same calls, passed on; where an error comes back instead of an answer, 500
is sent, and the error goes on to the server, which logs it. Starlette's own would wrap every
answer, to see whether it has begun: the request's record knows.
"""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.server.error_codes import FAILED, ErrorCode
from kb.telemetry.record import current


class Failures:
    """Within what adds headers to answers, so that these have them too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception:
            record = current()
            if scope["type"] == "http":
                record.code = ErrorCode.INTERNAL
                if not record.status:
                    await PlainTextResponse(f"{FAILED}\n", 500)(scope, receive, send)
            raise
