"""The parent of a service's workers: it accepts connections, and each goes to who has the fewest.

In: sockets that listen, and how many workers there are to be. Out: workers that answer, another one
in the place of each that dies, until a signal. It reads nothing that clients send, and starts no
thread, so that it can fork at any time.
"""

import logging
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count

from kb.admission.shared_counts import SharedCounts
from kb.process.acceptor import accept_waiting
from kb.process.channel import Word
from kb.process.connections import Connections, most_connections
from kb.process.graceful_shutdown import ignore_newcomers
from kb.process.http_protocol import FULL
from kb.process.metrics_relay import pass_scrape_on
from kb.process.worker_processes import Pauses, Worker, fork_worker, noting_signals

_AT_ONCE = 500
"""Connections that are accepted of one socket before anything else is looked at."""
_GLANCE, _TICK = 0.01, 1.0
"""Seconds between two looks: while the service ends, and otherwise."""


class Parent:
    """Of the workers of one service."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        scraped: Sequence[socket.socket],
        most: int,
        shared: SharedCounts,
        log: logging.Handler,
        ready: Callable[[], object],
    ) -> None:
        """`scraped` are sockets where metrics are asked for; `ready` is called once all answer."""
        self._listeners, self._scraped = [*listeners], [*scraped]
        for listener in (*listeners, *scraped):
            # To wait there would be to wait for a newcomer, whatever else happens.
            listener.setblocking(False)
        self._most, self._shared, self._log, self._ready = most, shared, log, ready
        self._connections = Connections(most_connections())
        self._workers: dict[int, Worker] = {}
        self._due: dict[int, float] = {0: 0.0}
        """When which workers are to be forked. The first one is alone: its faults are told once."""
        self._pauses, self._numbers = Pauses(), count()
        self._is_started = self._is_accepting = self._is_last = False
        self._signals: list[int] = []
        self._code = 0

    def run(self) -> int:
        """Until a signal, and all workers have ended: its number.

        Raises SystemExit if a worker ends before all have answered, and Forked in each of them.
        """
        with (
            selectors.DefaultSelector() as self._selector,
            noting_signals(self._selector, self._signals),
        ):
            try:
                while not self._is_over():
                    self._look()
            finally:
                for worker in self._workers.values():
                    worker.close()
        if self._code:
            raise SystemExit(self._code)
        return self._signals[0]

    def _is_over(self) -> bool:
        is_ending = self._code or self._signals
        return bool(is_ending) and not self._workers

    def _look(self) -> None:
        for key, _ in self._selector.select(self._seconds()):
            key.data()
        self._log.flush()
        if self._code or self._signals:
            self._end()
        else:
            self._fork_due()
            self._accept_if_possible()

    def _seconds(self) -> float:
        if self._code or self._signals:
            return _GLANCE
        until = min(self._due.values(), default=time.monotonic() + _TICK)
        return min(_TICK, max(0.0, until - time.monotonic()))

    def _fork_due(self) -> None:
        now = time.monotonic()
        for number in [number for number, when in self._due.items() if when <= now]:
            worker = fork_worker(number)
            del self._due[number]
            self._workers[number] = worker
            attend = partial(self._attend, worker)
            self._selector.register(worker.orders, selectors.EVENT_READ, attend)

    def _attend(self, worker: Worker) -> None:
        """What a worker says, and what it is still to be sent."""
        try:
            while message := worker.orders.receive():
                match message.word:
                    case Word.READY:
                        self._note_ready(worker)
                    case Word.GONE:
                        self._release(worker, message.numbers)
                    case Word.NOTICED:
                        worker.has_noticed = True
        except EOFError:
            self._bury(worker)
        else:
            self._hand_over(worker)

    def _release(self, worker: Worker, numbers: Sequence[int]) -> None:
        for number in numbers:
            if (address := worker.connections.pop(number, None)) is not None:
                self._connections.release(address)

    def _note_ready(self, worker: Worker) -> None:
        worker.is_ready = True
        if self._is_started:
            return
        if len(self._workers) < self._most:
            self._due = dict.fromkeys(range(1, self._most), 0.0)
        elif all(each.is_ready for each in self._workers.values()):
            self._is_started = True
            for scraped in self._scraped:
                self._watch(scraped, self._accept_scrape)
            self._ready()

    def _bury(self, worker: Worker) -> None:
        """Its connections are lost; those that it was not sent yet are for others."""
        self._selector.unregister(worker.orders)
        code = worker.wait()
        del self._workers[worker.number]
        self._shared.clear(worker.number)
        if not self._is_last and self._ready_workers():
            for number, connection in worker.unsent:
                self._give(number, worker.connections.pop(number), connection)
            worker.unsent.clear()
        for address in worker.connections.values():
            self._connections.release(address)
        worker.close()
        if self._code or self._signals:
            return
        if self._is_started:
            self._due[worker.number] = time.monotonic() + self._pauses.after(worker, code)
        else:
            self._code = code if code > 0 else 1

    def _ready_workers(self) -> list[Worker]:
        return [worker for worker in self._workers.values() if worker.is_ready]

    def _accept_if_possible(self) -> None:
        """Where no worker could be given a connection, they wait in the system's queue."""
        ready = self._ready_workers()
        wanted = self._is_started and any(not worker.unsent for worker in ready)
        if wanted == self._is_accepting:
            return
        self._is_accepting = wanted
        for listener in self._listeners:
            if wanted:
                self._watch(listener, self._accept)
            else:
                self._selector.unregister(listener)

    def _watch(self, listener: socket.socket, accept: Callable[[socket.socket], object]) -> None:
        self._selector.register(listener, selectors.EVENT_READ, partial(accept, listener))

    def _accept(self, listener: socket.socket) -> None:
        for connection, address in accept_waiting(listener, _AT_ONCE):
            self._place(connection, address)

    def _place(self, connection: socket.socket, address: str) -> None:
        if self._connections.admit(address):
            self._give(next(self._numbers), address, connection)
            return
        connection.setblocking(False)
        with connection, suppress(OSError):
            connection.send(FULL)

    def _give(self, number: int, address: str, connection: socket.socket) -> None:
        """To who has the fewest; of several, to who was given the fewest."""
        ready = self._ready_workers()
        free = [worker for worker in ready if not worker.unsent] or ready
        worker = min(free, key=lambda each: (len(each.connections), each.given))
        worker.take(number, address, connection)
        self._hand_over(worker)

    def _hand_over(self, worker: Worker) -> None:
        wanted = selectors.EVENT_READ
        if not worker.hand_over():
            wanted |= selectors.EVENT_WRITE
        key = self._selector.get_key(worker.orders)
        if key.events != wanted:
            self._selector.modify(worker.orders, wanted, key.data)

    def _accept_scrape(self, listener: socket.socket) -> None:
        for connection, _ in accept_waiting(listener, _AT_ONCE):
            with connection:
                pass_scrape_on(connection, [each.metrics for each in self._ready_workers()])

    def _end(self) -> None:
        """All workers give notice, then nobody is accepted any more, then they end."""
        workers = self._workers.values()
        for worker in workers:
            worker.is_told = worker.is_told or worker.orders.send(Word.END)
            if self._signals.count(signal.SIGINT) > 1:
                worker.kill()
        if not self._is_last and all(worker.has_noticed for worker in workers):
            self._is_last = True
            self._stop_listening()
        if self._is_last:
            for worker in workers:
                worker.has_last = worker.has_last or worker.send_last()

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            ignore_newcomers(listener)
        time.sleep(_GLANCE)  # Whoever was connecting before is connected by then.
        for listener in self._listeners:
            if self._is_accepting:
                self._selector.unregister(listener)
            while self._ready_workers() and (waiting := [*accept_waiting(listener, _AT_ONCE)]):
                for connection, address in waiting:
                    self._place(connection, address)
            listener.close()
        self._is_accepting = False
