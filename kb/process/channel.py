"""Messages between the parent of a service's workers and each of them.

In: a word, numbers, and sockets that are handed over. Out: the same at the other end, whole and in
order. Neither end ever waits for the other one; that one of them has ended is seen by the other.
"""

import errno
import socket
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

MOST_AT_ONCE = 100
"""Numbers, or sockets, of one message."""
_NUMBER = struct.Struct("=Q")
_BYTES = 1 + MOST_AT_ONCE * _NUMBER.size
_NO_ROOM = (
    errno.EAGAIN,
    errno.ENOBUFS,
    errno.ETOOMANYREFS,
    errno.EPIPE,
    errno.ECONNRESET,
)


class Word(Enum):
    """What a message is about."""

    CONNECTIONS = b"C"
    """To a worker: connections, by number, that it is to serve."""
    END = b"E"
    """To a worker: it is to give notice to all that are connected."""
    LAST = b"L"
    """To a worker: nothing comes any more."""
    READY = b"R"
    """From a worker: it answers."""
    GONE = b"G"
    """From a worker: connections that have ended."""
    NOTICED = b"N"
    """From a worker: whoever is connected knows that the service ends."""
    TELL = b"T"
    """To a worker: it is to write its metrics to a socket."""
    SCRAPE = b"S"
    """To a worker: who asks for metrics, and whence those of the others come."""


class Message(NamedTuple):
    word: Word
    numbers: tuple[int, ...]
    sockets: tuple[socket.socket, ...]


class Channel:
    """One end."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(
        self, word: Word, numbers: Sequence[int] = (), sockets: Sequence[socket.socket] = ()
    ) -> bool:
        """Whether there was room for it; there is none at one that has ended."""
        data = word.value + b"".join(map(_NUMBER.pack, numbers))
        descriptors = array("i", [each.fileno() for each in sockets])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if sockets else []
        try:
            # `socket.send_fds` and `recv_fds` of Python 3.11 leave the flags out.
            self._socket.sendmsg([data], rights, socket.MSG_DONTWAIT)
        except OSError as error:
            if error.errno in _NO_ROOM:
                return False
            raise
        return True

    def receive(self, *, wait: bool = False) -> Message | None:
        """The next message; None if there is none yet. Raises EOFError if the other end is gone."""
        flags = 0 if wait else socket.MSG_DONTWAIT
        room = socket.CMSG_SPACE(MOST_AT_ONCE * array("i").itemsize)
        try:
            data, rights, *_ = self._socket.recvmsg(_BYTES, room, flags)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            raise EOFError from None
        if not data:
            raise EOFError
        numbers = tuple(number for (number,) in _NUMBER.iter_unpack(data[1:]))
        return Message(Word(data[:1]), numbers, tuple(_sockets(rights)))

    def end(self) -> None:
        """Wakes whoever waits for a message: there comes none any more."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def _sockets(rights: Iterable[tuple[int, int, bytes]]) -> Iterator[socket.socket]:
    for _, _, data in rights:
        for descriptor in array("i", data):
            yield socket.socket(fileno=descriptor)


def channel() -> tuple[Channel, Channel]:
    """Both ends of a new one."""
    first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Channel(first), Channel(second)
