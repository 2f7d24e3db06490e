"""A way to a real server on which the answers end after so many bytes, as when a line breaks.

In: the address of the server, and how many bytes come through. Out: the address to ask instead.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from urllib.parse import urlsplit


@dataclass
class CutConnection:
    """`reached` is set at the end; there the asker is cut off, or left waiting if it `holds`."""

    address: str
    left: int
    holds: bool
    reached: Event = field(default_factory=Event)
    let_go: Event = field(default_factory=Event)


@contextmanager
def cut_connection(server: str, after: int, *, holds: bool = False) -> Iterator[CutConnection]:
    target = (str(urlsplit(server).hostname), urlsplit(server).port)

    class Way(BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(target) as there:
                _pass_on(self.request, there, connection)

    with ThreadingTCPServer(("127.0.0.1", 0), Way) as way:
        connection = CutConnection(f"http://127.0.0.1:{way.server_address[1]}", after, holds)
        Thread(target=way.serve_forever, daemon=True).start()
        try:
            yield connection
        finally:
            connection.let_go.set()
            way.shutdown()


def _pass_on(here: socket.socket, there: socket.socket, connection: CutConnection) -> None:
    while connection.left:
        for ready in select([here, there], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            if ready is here:
                there.sendall(data)
            else:
                here.sendall(data[: connection.left])
                connection.left -= len(data[: connection.left])
    connection.reached.set()
    if connection.holds:
        connection.let_go.wait()
