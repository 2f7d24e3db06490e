"""uvicorn's HTTP protocol with a limit for the head of a request.

In: the bytes of a connection. Out: what uvicorn makes of them; or the status 431 and the end of the
connection, once too many bytes came that were neither a whole head nor a part of a body. The parser
puts a head together from its pieces, which takes longer with each piece.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64_000
"""Bytes of a request's first line and headers."""
_PARTING = 1
"""Seconds in which a client may end what it sends and read why it is refused."""
_REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n"
    b"the head of the request is longer than %d bytes; send a shorter one\n" % MOST_HEAD
)


class Protocol(HttpToolsProtocol):
    """One connection."""

    _pending = 0
    """Bytes since the last whole head or part of a body."""
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MOST_HEAD:
            self._refuse()

    def on_headers_complete(self) -> None:
        pending, self._pending = self._pending, 0
        # What came in one piece may have a body, too.
        if pending > MOST_HEAD and self._head_size() > MOST_HEAD:
            self._refuse()
        else:
            super().on_headers_complete()

    def _refuse(self) -> None:
        """Sends 431 and reads on for a moment: a client that still sends would miss the answer."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        self.transport.write(_REFUSED)
        self.transport.write_eof()
        self.loop.call_later(_PARTING, self.transport.close)

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        if not self._is_refused:
            super().on_body(body)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
