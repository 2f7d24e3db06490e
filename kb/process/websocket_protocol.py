"""uvicorn's WebSocket protocol, which a client can neither flood nor leave unread.

In: the bytes of a connection, from its handshake on. Out: what uvicorn makes of them, and the end
of a connection whose handshake is none, whose client sends too many frames, or reads too little of
what it is sent.
"""

import asyncio

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from kb.process.connections import Connections
from kb.process.deadlines import Overdue, Wait, drop
from kb.process.http_protocol import HttpProtocol, closing_answer

MOST_FRAMES = 500
"""Frames of a second: whole messages, parts of one, and signs of life."""
_PIECE = 8_192
"""Bytes that are read before the frames in them are counted."""
_PARTING = 1
"""Seconds in which a client may end what it sends and read why it is refused."""
_MOST_UNREAD = 1_000_000
"""Bytes that may wait for the client to read them."""
_NO_HANDSHAKE = closing_answer(
    "400 Bad Request",
    "a WebSocket begins with a GET without a body, whose lines have at most 8,000 bytes",
)


class WebSocketProtocol(WebSocketsSansIOProtocol):
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
        self._state = server_state
        self._wait = Wait()
        self._second, self._frames = 0.0, 0
        self._is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # It was admitted as one that speaks HTTP.
        spoken = self.transport.get_protocol()
        assert isinstance(spoken, HttpProtocol)
        self._place = spoken.place

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.release(self._place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if not self._is_over():
                super().data_received(data[start : start + _PIECE])
        # uvicorn would wait for another one, which nothing reads any more.
        if self.conn.handshake_exc and not self.handshake_initiated and not self._is_over():
            self._part(_NO_HANDSHAKE)

    def handle_text(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._is_counted():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_pong(event)

    def _is_counted(self) -> bool:
        """Whether the frame is within what may come; the connection ends with one that is not."""
        if self._is_over():
            return False
        now = self.loop.time()
        if now - self._second >= 1:
            self._second, self._frames = now, 0
        self._frames += 1
        if self._frames > MOST_FRAMES:
            reason = f"more than {MOST_FRAMES} frames came within a second; send fewer"
            self.conn.fail(CloseCode.POLICY_VIOLATION, reason)
            self.handle_parser_exception()
        elif self.transport.get_write_buffer_size() > _MOST_UNREAD:
            drop(self.transport)
        return not self._is_over()

    def _is_over(self) -> bool:
        """Nothing more is read; after a close of ours alone the client's answer to it is."""
        return self._is_refused or self.transport.is_closing()

    def handle_parser_exception(self) -> None:
        """What came is no frame, or one too many."""
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_sent = True
        self._part(b"".join(self.conn.data_to_send()))

    def _part(self, last: bytes) -> None:
        """Reads on for a moment: a client that still sends would miss why it is refused."""
        self._is_refused = True
        self.transport.write(last)
        # Who has read the reason waits for this end of the connection.
        self.transport.write_eof()
        self.close_timer = self.loop.call_later(_PARTING, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait.reader = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait.reader = None

    def check_deadlines(self, now: float) -> None:
        """Ends the connection if its client does not read."""
        if self.transport.is_closing() and self._wait.reader is None:
            self._wait.reader = now
        if self._wait.overdue(now) is Overdue.READING:
            drop(self.transport)
