"""Requests while more is asked than can be answered: taken up by turns, or refused at once.

In: requests whose heads are read. Out: those for which there is time, given to the application one
after the other; the others are refused. A refusal is sent as the application sent it before to such
a request, without a task of its own: there may be nine of them to an answer.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from kb.app import App
from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.errors import Overloaded
from kb.server.heads import Header, head_of
from kb.server.large_operations import LargeOperation
from kb.server.load_shedding import REFUSED
from kb.telemetry.record import ID_HEADER, current

_CLOSE: Header = (b"connection", b"close")
_MOST_KEPT = 1_000_000
"""Bytes of refusals that are kept."""
_METHODS = {"GET", "HEAD", "POST"}
_DECISIVE = (b"host", b"accept", b"origin")
"""Headers of a request that its refusal depends on."""

_Key = tuple[bool, *tuple[str | bytes | None, ...]]
"""Whether it is of a large operation, and all else that the refusal depends on."""


class _Request(NamedTuple):
    cycle: RequestResponseCycle
    start: Callable[[ASGIApp], object]
    """Has an application answer it."""
    app: ASGIApp


class _Refusal(NamedTuple):
    """All of it but date and id, and the path and route under which it is recorded."""

    status: int
    lines: bytes
    body: bytes
    path: str
    route: str


class Shedding:
    """Of one server."""

    def __init__(self, app: App) -> None:
        self._pressure, self._recorder = app.context.pressure, app.recorder
        self._large = app.large_operations
        self._kept: WeightedCache[_Key, _Refusal] = WeightedCache(_MOST_KEPT)
        self._waiting, self._turn = deque[_Request](), deque[_Request]()
        self._stretch = self._pressure.begin_stretch()

    @property
    def is_on(self) -> bool:
        """Whether requests are to wait for their turns."""
        return self._pressure.is_refusing or self._large.are_refused

    def add(
        self, cycle: RequestResponseCycle, start: Callable[[ASGIApp], object], app: ASGIApp
    ) -> None:
        if not self._waiting and not self._turn:
            asyncio.get_running_loop().call_soon(self._go_on)
        self._waiting.append(_Request(cycle, start, app))

    def _go_on(self) -> None:
        """Takes up the next of those that came together, or refuses all that are left of them.

        What was taken up runs on the loop before this is called again.
        """
        if not self._turn:
            self._waiting, self._turn = self._turn, self._waiting
            self._stretch = self._pressure.begin_stretch()
        while self._turn:
            request = self._turn.popleft()
            if self._pressure.is_too_long(self._stretch):
                self._refuse(request, None)
            elif large := self._find_large(request.cycle):
                self._refuse(request, large)
            else:
                request.start(request.app)
                break
        if self._turn or self._waiting:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _find_large(self, cycle: RequestResponseCycle) -> LargeOperation | None:
        """The operation that is refused, of a request which has come whole."""
        if cycle.more_body or not self._large.are_refused:
            return None
        return self._large.find_refused(cast(Scope, cycle.scope), bytes(cycle.body))

    def _refuse(self, request: _Request, large: LargeOperation | None) -> None:
        cycle = request.cycle
        scope = cast(Scope, cycle.scope)
        key = _key(scope, large)
        if large is None:
            scope[REFUSED] = True
        if key is None or cycle.flow.write_paused or _CLOSE in cycle.default_headers:
            request.start(request.app)
        elif (refusal := self._kept.find(key)) is None:
            request.start(self._keeping(key, request.app))
        elif large and self._large.is_too_often(scope):
            request.start(request.app)
        else:
            self._send(refusal, cycle, scope, large)

    def _send(
        self,
        refusal: _Refusal,
        cycle: RequestResponseCycle,
        scope: Scope,
        large: LargeOperation | None,
    ) -> None:
        """As uvicorn sends what an application answers."""
        record = self._recorder.record(head_of(scope))
        record.method, record.path, record.route = scope["method"], refusal.path, refusal.route
        if large:
            record.operation, record.price = large
        record.status, record.sent = refusal.status, len(refusal.body)
        record.code = Overloaded.code
        if not cycle.disconnected:
            date = b"".join(map(_line, cycle.default_headers))
            end = b"\r\n" if cycle.keep_alive else _line(_CLOSE) + b"\r\n"
            lines = refusal.lines + _line((ID_HEADER, record.id.encode()))
            parts = STATUS_LINE[refusal.status], date, lines, end, refusal.body
            cycle.transport.write(b"".join(parts))
            cycle.response_started = cycle.response_complete = True
            if not cycle.keep_alive:
                cycle.transport.close()
            cycle.on_response()
        record.end()

    def _keeping(self, key: _Key, app: ASGIApp) -> ASGIApp:
        """The application, whose refusal is kept, as it was sent."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            sent = list[Message]()

            def send_keeping(message: Message) -> Awaitable[None]:
                sent.append(message)
                return send(message)

            await app(scope, receive, send_keeping)
            record = current()
            # Who waits for the database has got to its operation.
            if record.code == Overloaded.code and bool(record.operation) == key[0]:
                self._keep(key, *sent)

        return answer

    def _keep(self, key: _Key, start: Message, body: Message) -> None:
        headers = [header for header in start["headers"] if header[0] != ID_HEADER]
        lines, record = b"".join(map(_line, headers)), current()
        refusal = _Refusal(start["status"], lines, body["body"], record.path, record.route)
        weight = sum(map(len, (lines, refusal.body, record.path, *filter(None, key[1:]))))
        self._kept.keep(key, refusal, weight + 2 * ENTRY_OVERHEAD)


def _key(scope: Scope, large: LargeOperation | None) -> _Key | None:
    """All that a refusal depends on; None of what is odd, and may get another answer."""
    head = head_of(scope)
    if len(head) < len(scope["headers"]) or scope["method"] not in _METHODS:
        return None
    line = scope["method"], scope["http_version"], scope["path"]
    return bool(large), *line, *map(head.get, _DECISIVE)


def _line(header: Header) -> bytes:
    return b"%b: %b\r\n" % header
