"""uvicorn's HTTP protocol, which waits for no client longer than it may, nor takes more of it.

In: the bytes of a connection. Out: what uvicorn makes of them; or a refusal and the end of the
connection, where there is no room for it, where a head is too large, or where the client is late
with what it sends or reads. The parser puts a head together from its pieces, which takes longer
with each piece.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from kb.process.connections import Connections
from kb.process.deadlines import Overdue, Wait, drop
from kb.process.shedding import Shedding
from kb.server.requests import MOST_BYTES

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

MOST_HEAD, MOST_LINES = 64_000, 100
"""Bytes of a request's first line and headers, and how many headers."""
MOST_PIPELINED = 20
"""Requests of one connection that wait while another is answered."""
_PARTING = 1
"""Seconds in which a client may end what it sends and read why it is refused."""
_SEPARATORS = 4
"""Bytes of a line of the head beside its name and its value."""


def closing_answer(status: str, text: str, headers: str = "") -> bytes:
    """A whole answer, after which the connection ends."""
    plain = "content-type: text/plain; charset=utf-8\r\nconnection: close"
    return f"HTTP/1.1 {status}\r\n{headers}{plain}\r\n\r\n{text}\n".encode()


_LARGE = closing_answer(
    "431 Request Header Fields Too Large",
    f"the head of the request is longer than {MOST_HEAD} bytes, or has more than {MOST_LINES}"
    " headers; send a shorter one",
)
_LATE = closing_answer("408 Request Timeout", "the request did not come in time; send it again")
FULL = closing_answer(
    "503 Service Unavailable",
    "there are as many connections as there may be; try again in a moment",
    "retry-after: 1\r\n",
)


class ServerConfig(Config):
    """uvicorn's, with what the connections of one server share."""

    shedding: Shedding


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(server_state, Connections)
        assert isinstance(config, ServerConfig)
        self._shedding = config.shedding
        self._admitted: Connections | None = server_state
        self.place = ""
        """By what it is admitted: its address, unless it was given a number before."""
        self._wait = Wait()
        self._pending = 0
        """Bytes since the last whole head or part of a body."""
        self._unread_body = 0
        """Bytes of a body that came after the answer, which nobody reads."""
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn
        super().connection_made(transport)
        self._wait.head = self.loop.time()
        if not self.place:
            self.place = self.client[0] if self.client else ""
        if self._admitted and not self._admitted.admit(self.place):
            self._admitted, self._is_refused = None, True
            transport.write(FULL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._admitted:
            self._admitted.release(self.place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        wait = self._wait
        wait.heard = self.loop.time()
        if wait.head is None and wait.body is None:
            wait.head = wait.heard
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MOST_HEAD:
            self._refuse(_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._wait.head is None:
            self._wait.head = self._wait.heard

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) < MOST_LINES:
            super().on_header(name, value)
        else:
            self._refuse(_LARGE)

    def on_headers_complete(self) -> None:
        pending, self._pending = self._pending, 0
        # What came in one piece may have a body, too.
        if pending > MOST_HEAD and self._head_size() > MOST_HEAD:
            self._refuse(_LARGE)
        if self._is_refused:
            return
        self._wait.head, self._wait.body = None, self._wait.heard
        super().on_headers_complete()
        if len(self.pipeline) > MOST_PIPELINED:
            self._is_refused = True
            self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        start = super()._start_asgi_task
        if self._shedding.is_on:
            self._shedding.add(cycle, partial(start, cycle), cast(ASGIApp, app))
        else:
            start(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        if self._is_refused:
            return
        if self.cycle and self.cycle.response_complete:
            # What was refused by its length is taken for a while, so that the answer is read.
            self._unread_body += len(body)
            if self._unread_body > MOST_BYTES:
                self._part()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._wait.body, self._unread_body = None, 0
        if not self._is_refused:
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait.reader = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait.reader = None

    def check_deadlines(self, now: float) -> None:
        """Ends the connection if its client is late."""
        if self.transport.is_closing() and self._wait.reader is None:
            # What is still to be sent goes out, if the client takes it.
            self._wait.reader = now
        if self.flow.read_paused:
            self._wait.excuse(now)
        match self._wait.overdue(now):
            case Overdue.READING:
                drop(self.transport)
            case Overdue.HEAD if not self._wait.heard:
                self.transport.close()
            case Overdue.HEAD | Overdue.BODY:
                self._refuse(_LATE)

    def _refuse(self, answer: bytes) -> None:
        """Answers, unless another answer is on its way already, and ends the connection."""
        if self._is_refused or self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(answer)
        self._part()
        if self.cycle and not self.cycle.response_complete:
            # Whoever reads the rest of the request is told that nobody is there any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _may_answer(self) -> bool:
        """Whether no other answer is on its way, or has been given to the same request."""
        if self._wait.body is not None:
            return not self.cycle.response_started and not self.pipeline
        return not self.cycle or self.cycle.response_complete

    def _part(self) -> None:
        """Reads on for a moment: a client that still sends would miss the answer."""
        self._is_refused = True
        self.transport.write_eof()
        self.loop.call_later(_PARTING, self.transport.close)

    def _head_size(self) -> int:
        lines = sum(len(name) + len(value) + _SEPARATORS for name, value in self.headers)
        return len(self.url) + lines
