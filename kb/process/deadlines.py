"""How long a connection may keep the server waiting.

In: what a connection waits for, and the loop's clock. Out: what is overdue, if anything is. All
connections are looked at once a second, which costs a request less than a timer of its own.
"""

import asyncio
import socket
import struct
from dataclasses import dataclass
from enum import Enum, auto

HEAD = 10.0
"""Seconds in which the head of a request must be whole, and the first one have begun."""
BODY, PART = 60.0, 10.0
"""Seconds in which a body must be whole, and in which some of it must come."""
UNREAD = 30.0
"""Seconds in which a client must take the most that is sent ahead of it."""


_AT_ONCE = struct.pack("ii", 1, 0)


class Overdue(Enum):
    """What a client is late with."""

    HEAD = auto()
    BODY = auto()
    READING = auto()


@dataclass(slots=True)
class Wait:
    """Since when one connection waits for what; None is not at all."""

    head: float | None = None
    body: float | None = None
    heard: float = 0.0
    """When anything came."""
    reader: float | None = None
    """The client takes nothing, and what is sent piles up."""

    def overdue(self, now: float) -> Overdue | None:
        if self.reader is not None and now - self.reader > UNREAD:
            return Overdue.READING
        if self.head is not None and now - self.head > HEAD:
            return Overdue.HEAD
        if self.body is not None and (now - self.body > BODY or now - self.heard > PART):
            return Overdue.BODY
        return None

    def excuse(self, now: float) -> None:
        """The client cannot send: it is the server that does not take more just now."""
        if self.head is not None:
            self.head = now
        if self.body is not None:
            self.body = self.heard = now


def drop(transport: asyncio.Transport) -> None:
    """Ends a connection with all that its client did not take, in the system's buffers too."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
