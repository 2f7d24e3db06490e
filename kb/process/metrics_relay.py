"""The metrics of several workers as those of one service.

In: who asks for metrics, as the parent accepts them, and the metrics of each worker. Out: one
answer, made by one of the workers of what all have told it, by `metric_sums`. A thread does it, as
in a service of one process: it answers while the event loop is late, too.
"""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from time import monotonic

from prometheus_client import CollectorRegistry, MetricsHandler
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from kb.process.channel import Channel, Message, Word
from kb.process.metric_sums import read_metrics, summed, write_metrics

_PATIENCE = 3.0
"""Seconds in which the others must have told theirs, and who asks must have asked."""
_PIECE = 65_536


def pass_scrape_on(scrape: socket.socket, workers: Sequence[Channel]) -> None:
    """Has the first worker answer it, and the others tell that one what they have.

    A worker that has no room for that is left out, as one is that has died.
    """
    with ExitStack() as stack:
        told: list[socket.socket] = []
        for worker in workers[1:]:
            reading, writing = socket.socketpair()
            stack.enter_context(reading)
            with writing:
                if worker.send(Word.TELL, (), [writing]):
                    told.append(reading)
        if workers:
            workers[0].send(Word.SCRAPE, (), [scrape, *told])


@contextmanager
def answering_scrapes(orders: Channel, registry: CollectorRegistry) -> Iterator[None]:
    """In a worker, while it runs."""
    thread = Thread(target=_answer, args=(orders, registry), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        orders.end()
        thread.join()


def _answer(orders: Channel, registry: CollectorRegistry) -> None:
    with suppress(EOFError):
        while message := orders.receive(wait=True):
            with ExitStack() as stack, suppress(OSError):
                for each in message.sockets:
                    stack.enter_context(each).settimeout(_PATIENCE)
                _carry_out(message, registry)


def _carry_out(message: Message, registry: CollectorRegistry) -> None:
    first, *others = message.sockets
    metrics = [*registry.collect()]
    if message.word is Word.TELL:
        first.sendall(write_metrics(metrics))
        return
    told = [*_read_all(others)]
    handler = MetricsHandler.factory(_Told([metrics, *map(read_metrics, told)]))
    handler(first, first.getpeername(), None)


def _read_all(others: Iterable[socket.socket]) -> Iterator[bytes]:
    """What each tells, whole; nothing of one that does not in time."""
    until = monotonic() + _PATIENCE
    for other in others:
        data = b""
        with suppress(OSError):
            while piece := _read(other, until):
                data += piece
            if data:
                yield data


def _read(other: socket.socket, until: float) -> bytes:
    other.settimeout(max(0.001, until - monotonic()))
    return other.recv(_PIECE)


class _Told(Collector):
    """What all workers have told, once."""

    def __init__(self, of_workers: Sequence[Sequence[Metric]]) -> None:
        self._of_workers = of_workers

    def collect(self) -> Iterator[Metric]:
        yield from summed(self._of_workers)
