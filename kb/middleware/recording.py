"""What each request was, and what became of it, told once it is over.

In: ASGI calls. Out: the same calls, passed on; whatever answers them notes what it knows in the
`RequestRecord`, which is reported at the end. The answer's head is made whole, since nothing else
sees all that is sent, and carries the request's id: that which came in `X-Request-Id`, the trace's
of `traceparent`, or one that is made here.
"""

import re
from collections.abc import Awaitable, Mapping
from functools import partial
from itertools import count
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.server.heads import complete_head, head_of
from kb.telemetry.record import RecordSink, RequestRecord, begin

_ID_HEADER, _TRACE_HEADER = b"x-request-id", b"traceparent"
_FIRST = 10_000_000
"""Of the numbers in ids: all are of one length, without being formatted."""
_ID = re.compile(rb"[\w.:+/=@-]{1,128}", re.ASCII)
_TRACE = re.compile(rb"(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}")
"""By W3C Trace Context."""
_SWITCHED, _REFUSED, _GONE = 101, 403, 499
"""The status of a WebSocket that was accepted, or was not, and of who left before an answer."""

_STARTS = {"http.response.start", "websocket.http.response.start"}
_BODIES = {"http.response.body", "websocket.http.response.body"}


class Recording:
    """The outermost: what others refuse or fail at is recorded, too."""

    def __init__(self, app: ASGIApp, report: RecordSink) -> None:
        self._app, self._report = app, report
        # Unlike those of other processes; to be guessed does no harm.
        self._prefix, self._numbers = token_hex(8), count(_FIRST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        id_ = _sent_id(head_of(scope)) or f"{self._prefix}{next(self._numbers)}"
        record = begin(id_, self._report)
        record.method, record.path = scope.get("method", "GET"), scope["path"]
        try:
            await self._app(scope, receive, partial(_send_noting, send, record))
        finally:
            if route := scope.get("route"):
                record.route = route.path
            if record.status == 0:
                record.status = _GONE if scope["type"] == "http" else _REFUSED
            record.end()


def _sent_id(headers: Mapping[bytes, bytes]) -> str | None:
    if _ID_HEADER in headers and _ID.fullmatch(headers[_ID_HEADER]):
        return headers[_ID_HEADER].decode()
    if _TRACE_HEADER in headers and (match := _TRACE.fullmatch(headers[_TRACE_HEADER])):
        return match[1].decode()
    return None


def _send_noting(send: Send, record: RequestRecord, message: Message) -> Awaitable[None]:
    kind = message["type"]
    if kind in _BODIES:
        record.sent += len(message.get("body", b""))
    elif kind in _STARTS:
        record.status, headers = message["status"], message["headers"]
        complete_head(headers)
        headers.append((_ID_HEADER, record.id.encode()))
    elif kind == "websocket.accept":
        record.status = _SWITCHED
        message["headers"] = [*message.get("headers", ()), (_ID_HEADER, record.id.encode())]
    return send(message)
