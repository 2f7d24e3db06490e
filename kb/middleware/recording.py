"""What each request was, and what became of it, told once it is over.

In: ASGI calls. Out: the same calls, passed on; whatever answers them notes what it knows in the
`RequestRecord`, which is reported at the end. The answer's head is made whole, since nothing else
sees all that is sent, and carries the request's id.
"""

from collections.abc import Awaitable
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.server.heads import complete_head, head_of
from kb.telemetry.record import ID_HEADER, Recorder, RequestRecord, enter

_SWITCHED, _REFUSED, _GONE = 101, 403, 499
"""The status of a WebSocket that was accepted, or was not, and of who left before an answer."""

_STARTS = {"http.response.start", "websocket.http.response.start"}
_BODIES = {"http.response.body", "websocket.http.response.body"}


class Recording:
    """The outermost: what others refuse or fail at is recorded, too."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self._app, self._recorder = app, recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        record = self._recorder.record(head_of(scope))
        enter(record)
        record.method, record.path = scope.get("method", "GET"), scope["path"]
        try:
            await self._app(scope, receive, partial(_send_noting, send, record))
        finally:
            if route := scope.get("route"):
                record.route = route.path
            if record.status == 0:
                record.status = _GONE if scope["type"] == "http" else _REFUSED
            record.end()


def _send_noting(send: Send, record: RequestRecord, message: Message) -> Awaitable[None]:
    kind = message["type"]
    if kind in _BODIES:
        record.sent += len(message.get("body", b""))
    elif kind in _STARTS:
        record.status, headers = message["status"], message["headers"]
        complete_head(headers, record.status)
        headers.append((ID_HEADER, record.id.encode()))
    elif kind == "websocket.accept":
        record.status = _SWITCHED
        message["headers"] = [*message.get("headers", ()), (ID_HEADER, record.id.encode())]
    return send(message)
