"""The service, from the sockets that it is reached by to its end: one process, or several workers.

In: settings, what prepares the database, and what tells people where the service is. Out: it
answers until a signal. Workers are forked before anything is there that a fork would not keep
whole: a thread, an event loop, a connection to the database.
"""

import gc
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from kb.admission.shared_counts import SharedCounts
from kb.app import App, create_app
from kb.config import Settings
from kb.errors import AddressError
from kb.process import listeners
from kb.process.metrics import metrics_address_error, serve_metrics, service_registry
from kb.process.metrics_relay import answering_scrapes
from kb.process.parent import Parent
from kb.process.run import run_server
from kb.process.worker import WorkerServer, ignore_signals
from kb.process.worker_processes import Forked
from kb.server.context import MOST_SUBSCRIPTIONS
from kb.server.downloads import MOST_DOWNLOADS
from kb.server.served_schema import served_schema
from kb.telemetry.histograms import Histograms
from kb.telemetry.log import open_log
from kb.telemetry.record_queue import RecordQueue, Report
from kb.telemetry.shared_log import WriteTurn, open_shared_log

Prepare = Callable[[], object]
Tell = Callable[[str], object]


def run_service(settings: Settings, prepare: Prepare, tell: Tell) -> None:
    """Until a signal; `prepare` sets up the database, once, and `tell` is told where it is served.

    Raises KBError if it cannot start.
    """
    if settings.workers == 1:
        _run_alone(settings, prepare, tell)
        return
    turn = WriteTurn()
    shared = SharedCounts(settings.workers, MOST_SUBSCRIPTIONS, MOST_DOWNLOADS)
    try:
        number = _run_parent(settings, prepare, tell, shared, turn)
    except Forked as forked:
        worker = forked
    else:
        # As it would have ended without a parent's work to do first.
        signal.raise_signal(number)
        return
    _run_worker(settings, worker, shared, turn)


def _run_alone(settings: Settings, prepare: Prepare, tell: Tell) -> None:
    with (
        listeners.bind(settings.host, settings.port) as bound,
        open_log(settings.log) as log,
        ExitStack() as beside,
    ):
        prepare()
        histograms = Histograms()
        served = beside.enter_context(_recorded_app(settings, log, histograms))
        listeners.listen(bound, settings.host)

        def ready() -> None:
            if settings.metrics_port:
                registry = service_registry(served.context, histograms)
                beside.enter_context(serve_metrics(settings, registry))
            tell(_addresses(settings, bound))

        run_server(served, bound, ready)


@contextmanager
def _recorded_app(
    settings: Settings,
    log: Report,
    histograms: Histograms,
    shared: SharedCounts | None = None,
) -> Iterator[App]:
    """The application, whose requests go to the log and, if somebody may ask, are counted."""
    records = RecordQueue([log, histograms.add] if settings.metrics_port else [log])
    with records.running():
        yield create_app(settings, records.put, shared)


def _addresses(settings: Settings, bound: Sequence[socket.socket]) -> str:
    """Where people find what, as they are told once it is there."""
    listening = listeners.url(settings.host, bound)
    address = settings.public_url or listening
    message = (
        f"GraphQL and its explorer: {address}/graphql\n"
        f"The schema:               {address}/schema.graphql"
    )
    if settings.is_locked:
        message = f"GraphQL, of listed documents alone: {address}/graphql"
    if settings.public_url:
        message = f"For a proxy to pass on:   {listening}\n{message}"
    return message


def _run_parent(
    settings: Settings, prepare: Prepare, tell: Tell, shared: SharedCounts, turn: WriteTurn
) -> int:
    """The number of the signal that ended it; raises Forked in each worker."""
    with (
        listeners.bind(settings.host, settings.port) as bound,
        _metrics_listeners(settings) as scraped,
        open_shared_log(settings.log, turn) as log,
    ):
        prepare()
        served_schema()  # Takes a while, and all workers have the same.
        listeners.listen(bound, settings.host)
        # What is there by now stays, in memory that workers share until they write to it.
        gc.collect()
        gc.freeze()

        def ready() -> None:
            tell(_addresses(settings, bound))

        return Parent(bound, scraped, settings.workers, shared, log, ready).run()


@contextmanager
def _metrics_listeners(settings: Settings) -> Iterator[list[socket.socket]]:
    """None where there are to be no metrics; raises AddressError."""
    host, port = settings.metrics_host, settings.metrics_port
    with ExitStack() as stack:
        try:
            bound = stack.enter_context(listeners.bind(host, port)) if port else []
            listeners.listen(bound, host)
        except AddressError as error:
            raise metrics_address_error(error) from None
        yield bound


def _run_worker(settings: Settings, forked: Forked, shared: SharedCounts, turn: WriteTurn) -> None:
    """Until its parent says that it is the end."""
    ignore_signals()
    shared.count_as(forked.number)
    with open_log(settings.log, turn) as log, ExitStack() as beside:
        histograms = Histograms()
        served = beside.enter_context(_recorded_app(settings, log, histograms, shared))

        def ready() -> None:
            if settings.metrics_port:
                registry = service_registry(served.context, histograms)
                beside.enter_context(answering_scrapes(forked.metrics, registry))

        WorkerServer(served, forked.orders, ready).run([])
