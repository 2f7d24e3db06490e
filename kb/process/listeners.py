"""The sockets that the service is reached by.

In: a host and a port. Out: sockets that are bound to all addresses of that host, which nobody else
can then take, and later listen; or an `AddressError`, which says why there are none.
"""

import errno
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kb.errors import AddressError

_BACKLOG = 2048
"""Connections that wait to be accepted."""
_VANISHED = 60_000
"""Milliseconds after which a client is gone that does not acknowledge what it was sent."""
_PORT = "name another in KB_PORT or by --port; 0 is any free one"
_HOST = "name another in KB_HOST or by --host"
_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_Address = tuple[str | int | bytes, ...]


@contextmanager
def bind(host: str, port: int) -> Iterator[list[socket.socket]]:
    """A bound socket for each address of the host, all on one port; raises AddressError."""
    listeners: list[socket.socket] = []
    try:
        _bind_all(listeners, host, port)
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def _bind_all(listeners: list[socket.socket], host: str, port: int) -> None:
    absent: OSError | None = None
    for family, address in _addresses(host, port):
        free = listeners[0].getsockname()[1] if listeners else port
        try:
            listeners.append(_bind_one(family, (address[0], free, *address[2:])))
        except OSError as error:
            # A machine may know a name by addresses that it does not have, such as those of IPv6.
            if error.errno not in _ABSENT:
                raise address_error(error, host, port) from None
            absent = error
    if absent and not listeners:
        raise address_error(absent, host, port)


def _addresses(host: str, port: int) -> Iterator[tuple[socket.AddressFamily, _Address]]:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise AddressError(f"the host {host} is not known", _HOST) from None
    yield from dict.fromkeys((family, address) for family, _, _, _, address in infos)


def _bind_one(family: socket.AddressFamily, address: _Address) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # What still ends of a service that was stopped does not keep the next one from starting.
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # All that it accepts have it, too.
        if sys.platform == "linux":
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _VANISHED)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def listen(listeners: Sequence[socket.socket], host: str) -> None:
    """Starts to accept connections; raises AddressError if another program has the port."""
    for listener in listeners:
        try:
            listener.listen(_BACKLOG)
        except OSError as error:
            raise address_error(error, host, listener.getsockname()[1]) from None


def address_error(error: OSError, host: str, port: int) -> AddressError:
    """Why a system does not let an address be served on."""
    match error.errno:
        case errno.EADDRINUSE:
            return AddressError(f"port {port} of {host} is taken by another program", _PORT)
        case errno.EACCES | errno.EPERM:
            return AddressError(f"port {port} is not for this user to serve on", _PORT)
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return AddressError(f"{host} is no address of this machine", _HOST)
        case _:
            what = f"port {port} of {host} cannot be served on"
            return AddressError(what, _PORT).with_note(error.strerror)


def url(host: str, listeners: Sequence[socket.socket]) -> str:
    """The URL under which a browser finds the service."""
    name = f"[{host.replace('%', '%25')}]" if ":" in host else host
    return f"http://{name}:{listeners[0].getsockname()[1]}"
