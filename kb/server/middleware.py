"""What requests pass before Starlette's router, and after any middleware added to the application.

In: ASGI calls. Out: the same calls, passed on; but one path over HTTP goes to its endpoint at once,
and a URL that is too long is refused.
"""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.errors import LargeRequest
from kb.server.requests import check_url


class DirectRoute:
    """One path over HTTP, without the router: that takes half as long as a whole kept answer.

    Nor does it pass Starlette's handlers of exceptions, which stand before the router: the endpoint
    answers its errors itself.
    """

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app, self._path, self._endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        direct = scope["type"] == "http" and scope["path"] == self._path
        await (self._endpoint if direct else self._app)(scope, receive, send)


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
                answer = PlainTextResponse(f"{error}\n", error.status)
        await answer(scope, receive, send)
