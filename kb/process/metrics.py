"""The metrics of the service, as Prometheus reads them.

In: histograms of requests, and what the service runs with. Out: an address of its own, `/metrics`,
served by prometheus-client in a thread of its own: it answers while the event loop is late, too,
and tells how late.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from kb.config import Settings
from kb.database.read_pool import NEWEST_REVISION
from kb.errors import AddressError, KBError
from kb.process.listeners import address_error
from kb.server.context import Context
from kb.telemetry.histograms import BOUNDS, Histogram, Histograms, RequestTraits

_PATIENCE = 2.0
"""Seconds in which the database must tell its newest revision."""
_REMEDY = "name another in KB_METRICS_PORT and KB_METRICS_HOST"
_BUCKETS = [*map(str, BOUNDS), "+Inf"]


class RequestCollector(Collector):
    """What became of requests: sums of histograms."""

    def __init__(self, histograms: Histograms) -> None:
        self._histograms = histograms

    def collect(self) -> Iterator[Metric]:
        yield self._histogram(
            "http_server_request_duration_seconds",
            "Requests, but for WebSockets and streams of events",
            ("http_request_method", "http_route", "http_response_status_code"),
            _http_labels,
        )
        yield self._histogram(
            "kb_operation_duration_seconds",
            "Operations by every transport; of a subscription, how long it lasted",
            ("graphql_operation_type", "error_type"),
            _operation_labels,
        )
        yield self._counter(
            "kb_answers", "Answers of queries: kept ones, and those made", "cache", _cache_label
        )
        yield self._counter(
            "kb_refusals", "Requests and operations that failed", "error_type", _code_label
        )

    def _histogram(
        self,
        name: str,
        text: str,
        labels: tuple[str, ...],
        labels_of: Callable[[RequestTraits], tuple[str, ...] | None],
    ) -> Metric:
        family = HistogramMetricFamily(name, text, labels=labels)
        for values, histogram in self._histograms.summed(labels_of).items():
            family.add_metric(values, _cumulated(histogram), histogram.seconds)
        return family

    def _counter(
        self, name: str, text: str, label: str, label_of: Callable[[RequestTraits], str | None]
    ) -> Metric:
        family = CounterMetricFamily(name, text, labels=[label])
        for value, histogram in self._histograms.summed(label_of).items():
            family.add_metric([value], histogram.count)
        return family


def _http_labels(traits: RequestTraits) -> tuple[str, str, str] | None:
    is_stream = not traits.method or traits.status == 101 or traits.operation == "subscription"
    return None if is_stream else (traits.method, traits.route, str(traits.status))


def _operation_labels(traits: RequestTraits) -> tuple[str, str] | None:
    return (traits.operation, traits.code) if traits.operation else None


def _cache_label(traits: RequestTraits) -> str | None:
    return None if traits.cached is None else "hit" if traits.cached else "miss"


def _code_label(traits: RequestTraits) -> str | None:
    return traits.code or None


def _cumulated(histogram: Histogram) -> list[tuple[str, float]]:
    return [(bound, sum(histogram.counts[: number + 1])) for number, bound in enumerate(_BUCKETS)]


class ServiceCollector(Collector):
    """How the service is, at the moment of asking."""

    def __init__(self, context: Context, loop: asyncio.AbstractEventLoop) -> None:
        self._context, self._loop = context, loop

    def collect(self) -> Iterator[Metric]:
        # Before a statement of its own, which may have to wait for a reader like all others.
        load = self._context.reader.load()
        revision = self._revision()
        # Where all readers are busy with statements, it is they who keep that one waiting.
        reachable = revision is not None or self._context.reader.load().busy >= load.most
        yield _gauge("kb_workers", "Processes that answer", 1)
        yield _gauge("kb_database_reachable", "Whether the database answers", reachable)
        if revision is not None:
            yield _gauge("kb_revision", "The newest revision", revision)
        yield from self._sources()
        yield _gauge("kb_database_connections", "Readers at most", load.most)
        yield _gauge("kb_database_connections_busy", "Readers that run a statement", load.busy)
        yield _gauge("kb_database_waiting", "Statements that wait for a reader", load.waiting)
        yield _gauge(
            "kb_planning_waiting",
            "Operations that wait to be read or planned for the first time",
            self._context.executor.background.waiting,
        )
        yield _gauge(
            "kb_loop_late_seconds",
            "Seconds by which the event loop is late",
            self._context.pressure.late,
        )
        yield _gauge("kb_subscriptions", "Subscriptions open", self._context.seats.taken.total())
        yield _gauge(
            "kb_subscription_lag_seconds",
            "For how long the slowest subscriber has not had all that there is",
            self._context.lag.seconds,
        )

    def _sources(self) -> Iterator[Metric]:
        """Of servers by their place in the settings: names of hosts are nobody's here."""
        readers = _family("kb_source_workers", "Processes whose queries read from it")
        lags = _family("kb_source_lag_seconds", "For how long it has lacked what the primary had")
        for source in self._context.reader.sources():
            readers.add_metric([source.name], source.is_read)
            lags.add_metric([source.name], source.lag)
        yield from (readers, lags)

    def _revision(self) -> int | None:
        """None if it is not to be had in time."""
        reading = self._context.reader.fetch(NEWEST_REVISION, ())
        fetched = asyncio.run_coroutine_threadsafe(reading, self._loop)
        try:
            (revision,) = fetched.result(_PATIENCE)
        except (KBError, FutureTimeoutError):
            fetched.cancel()
            return None
        return int(str(revision))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=["source"])


def service_registry(context: Context, histograms: Histograms) -> CollectorRegistry:
    """Of the service that the running event loop serves."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(RequestCollector(histograms))
    registry.register(ServiceCollector(context, asyncio.get_running_loop()))
    return registry


@contextmanager
def serve_metrics(settings: Settings, registry: CollectorRegistry) -> Iterator[None]:
    """Raises AddressError."""
    host, port = settings.metrics_host, settings.metrics_port
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise metrics_address_error(address_error(error, host, port)) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def metrics_address_error(error: AddressError) -> AddressError:
    return AddressError(error.message, _REMEDY)
