"""Connections accepted as they come, however busy the event loop is.

In: sockets that listen. Out: connections, all that wait at each iteration of the loop. libuv
accepts one at each: where iterations are long, newcomers would wait in the system's queue for
seconds, where nothing can refuse them.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

_AT_ONCE = 25
"""Connections that one iteration accepts of one socket at most. Those for which there is no room
are closed two or three iterations later, and take of the files that are left for all else until
then.
"""

MakeProtocol = Callable[[], asyncio.Protocol]


@contextmanager
def accepting(listeners: Sequence[socket.socket], make_protocol: MakeProtocol) -> Iterator[None]:
    """Within this context, beside the loop's own server of the same sockets."""
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[object]]()
    with ExitStack() as stack:
        for listener in listeners:
            queue = stack.enter_context(listener.dup())
            queue.setblocking(False)
            loop.add_reader(queue, partial(_accept_waiting, queue, make_protocol, tasks))
            stack.callback(loop.remove_reader, queue)
        yield


def _accept_waiting(
    queue: socket.socket, make_protocol: MakeProtocol, tasks: set[asyncio.Task[object]]
) -> None:
    for connection, _ in accept_waiting(queue, _AT_ONCE):
        connect_soon(connection, make_protocol, tasks)


def accept_waiting(queue: socket.socket, most: int) -> Iterator[tuple[socket.socket, str]]:
    """What waits there, with its address; the socket never blocks."""
    for _ in range(most):
        try:
            connection, address = queue.accept()
        except OSError:  # There is none left, or it is gone already.
            return
        yield connection, address[0]


def connect_soon(
    connection: socket.socket, make_protocol: MakeProtocol, tasks: set[asyncio.Task[object]]
) -> asyncio.Task[object]:
    task = asyncio.get_running_loop().create_task(_connect(connection, make_protocol))
    # The loop itself keeps no task from being collected.
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def _connect(connection: socket.socket, make_protocol: MakeProtocol) -> object:
    loop = asyncio.get_running_loop()
    return await loop.connect_accepted_socket(make_protocol, connection)
