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
"""Connections that one iteration accepts of one socket at most. Those for which there is no room are
closed two or three iterations later, and take of the files that are left for all else until then.
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
    loop = asyncio.get_running_loop()
    for _ in range(_AT_ONCE):
        try:
            connection, _ = queue.accept()
        except OSError:  # There is none left, or it is gone already.
            return
        task = loop.create_task(_connect(connection, make_protocol))
        # The loop itself keeps no task from being collected.
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _connect(connection: socket.socket, make_protocol: MakeProtocol) -> object:
    loop = asyncio.get_running_loop()
    return await loop.connect_accepted_socket(make_protocol, connection)
