"""The processes of a service's workers, as their parent has them.

In: numbers of workers to be forked, and what is learnt of them. Out: a `Worker` for each that runs,
with the connections that it has; when to fork another one for one that died; and the signals that
end all of them.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from selectors import EVENT_READ, BaseSelector

from kb.process.channel import MOST_AT_ONCE, Channel, Word, channel

_LOGGER = logging.getLogger("kb")
SIGNALS = {signal.SIGINT, signal.SIGTERM}
_SOON, _LATEST = 0.1, 30.0
"""Seconds until one is forked for another that died soon; twice as long each time, up to this."""
_PARTING, _GLANCE = 1.0, 0.001
"""Seconds in which one whose channel has ended must be gone, and between two looks."""
_LONG = 10.0
"""Seconds after which a death is no early one."""


class Forked(BaseException):
    """Raised in a new worker, so that all that its parent has open is closed there.

    Signals are blocked until the worker has decided what to do with them.
    """

    def __init__(self, number: int, orders: Channel, metrics: Channel) -> None:
        super().__init__(number)
        self.number, self.orders, self.metrics = number, orders, metrics


@dataclass(eq=False)
class Worker:
    """One that runs."""

    number: int
    process: int
    orders: Channel
    metrics: Channel
    begun: float = field(default_factory=time.monotonic)
    is_ready: bool = False
    is_told: bool = False
    """That the service ends."""
    has_noticed: bool = False
    """That whoever is connected to it knows that, too."""
    has_last: bool = False
    """That it knows that nobody comes any more."""
    connections: dict[int, str] = field(default_factory=dict)
    """Addresses of what it serves, by number."""
    given: int = 0
    """How many connections it was ever given."""
    unsent: list[tuple[int, socket.socket]] = field(default_factory=list)
    """Connections that are its own, and for which its channel has had no room yet."""

    def take(self, number: int, address: str, connection: socket.socket) -> None:
        self.connections[number] = address
        self.given += 1
        self.unsent.append((number, connection))

    def hand_over(self) -> bool:
        """Whether nothing is left to be sent."""
        while batch := self.unsent[:MOST_AT_ONCE]:
            numbers, connections = zip(*batch, strict=True)
            if not self.orders.send(Word.CONNECTIONS, numbers, connections):
                return False
            del self.unsent[:MOST_AT_ONCE]
            for connection in connections:
                connection.close()
        return True

    def send_last(self) -> bool:
        """Whether it has been told that nobody comes any more, behind all who came."""
        return self.hand_over() and self.orders.send(Word.LAST)

    def close(self) -> None:
        """The parent's side of it."""
        self.orders.close()
        self.metrics.close()
        for _, connection in self.unsent:
            connection.close()

    def wait(self) -> int:
        """Its exit code, once its channel has ended; of a signal, that is negative."""
        until = time.monotonic() + _PARTING
        while True:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > until:
                self.kill()
            time.sleep(_GLANCE)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)


def fork_worker(number: int) -> Worker:
    """A new worker; raises Forked in itself. Only where no thread runs beside this one."""
    orders, given_orders = channel()
    metrics, given_metrics = channel()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    process = os.fork()
    if not process:
        orders.close()
        metrics.close()
        # The parent sees its end with that of the process, whatever is collected before.
        os.dup(given_orders.fileno())
        raise Forked(number, given_orders, given_metrics)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    given_orders.close()
    given_metrics.close()
    return Worker(number, process, orders, metrics)


class Pauses:
    """How long it takes until another worker is forked in the place of one that died."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}

    def after(self, worker: Worker, code: int) -> float:
        early = time.monotonic() - worker.begun < _LONG
        last = self._seconds.get(worker.number, 0.0)
        seconds = min(_LATEST, max(_SOON, 2 * last)) if early else 0.0
        self._seconds[worker.number] = seconds
        what = "worker %d ended %s; another one takes its place in %.1f s"
        _LOGGER.error(what, worker.number, _how(code), seconds)
        return seconds


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


@contextmanager
def noting_signals(selector: BaseSelector, noted: list[int]) -> Iterator[None]:
    """Those that end the service are noted, and wake the selector."""
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    woken.setblocking(False)
    handlers = {
        each: signal.signal(each, lambda number, _: noted.append(number)) for each in SIGNALS
    }
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    selector.register(woken, EVENT_READ, lambda: woken.recv(100))
    with woken, waking:
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in handlers.items():
                signal.signal(number, handler)
