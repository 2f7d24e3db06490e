"""The end of a server, by which nobody loses a request who is connected, or is just connecting.

In: uvicorn's server, which runs, and the sockets that it listens on. Out: the sockets are closed;
whoever was connected by then has been answered, or had a moment in which to ask. The system refuses
all others before they can send anything, so that a balancer may ask another instance.
"""

import asyncio
import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from uvicorn.server import Server, ServerState

from kb.process.acceptor import accept_waiting

_NOTICE, _GLANCE = 1.0, 0.01
"""Seconds in which whoever is connected may send what is on its way, or see that the service is no
longer ready; and between two looks whether they are gone."""
_CLOSE = (b"connection", b"close")

_SO_ATTACH_FILTER = 26
_NO_SYN = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # Load the byte of the TCP header that has its flags.
        (0x45, 0, 1, 0x02),  # Is SYN among them?
        (0x06, 0, 0, 0),  # Then drop the segment,
        (0x06, 0, 0, 0xFFFF),  # else keep it.
    )
)
"""A filter in classic BPF, as Linux takes it for a socket."""


async def stop_listening(
    server: Server,
    listeners: Sequence[socket.socket],
    make_protocol: Callable[[], asyncio.Protocol],
) -> None:
    """Connections that idle are not closed at once: a request may be on its way on each."""
    await give_notice(server.server_state)
    queues = [listener.dup() for listener in listeners]
    for listening in server.servers:
        listening.close()
    for queue in queues:
        ignore_newcomers(queue)
    await asyncio.sleep(_GLANCE)  # Whoever was connecting before is connected by then.
    for queue in queues:
        await _accept_all(queue, make_protocol)
    await wait_for_end(server.server_state)


async def give_notice(state: ServerState) -> None:
    """Each answer ends its connection from now on; for a moment, or until nobody is connected."""
    state.default_headers = [*state.default_headers, _CLOSE]
    await wait_for_end(state)


def ignore_newcomers(listener: socket.socket) -> None:
    """Between the last that is accepted and the closing, the system would connect others.

    Their request to connect is dropped. They send it again a second later, to a closed port or to
    another that listens on it. Other systems than Linux have no such filter.
    """
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(_NO_SYN)
    count = len(_NO_SYN) // struct.calcsize("HBBI")
    program = struct.pack("HP", count, ctypes.addressof(code))
    with suppress(OSError):  # A sandbox may forbid it.
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


async def _accept_all(queue: socket.socket, make_protocol: Callable[[], asyncio.Protocol]) -> None:
    """Connections that the system has made already would be cut off with their requests."""
    loop = asyncio.get_running_loop()
    queue.setblocking(False)
    with queue:
        accepted = [connection for connection, _ in accept_waiting(queue, sys.maxsize)]
    for connection in accepted:
        await loop.connect_accepted_socket(make_protocol, connection)


async def wait_for_end(state: ServerState) -> None:
    """Until nobody is connected, or for a moment."""
    for _ in range(round(_NOTICE / _GLANCE)):
        if not state.connections:
            return
        await asyncio.sleep(_GLANCE)
