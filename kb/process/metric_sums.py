"""Metrics of several processes put together, and written so that one can tell another.

In: the metrics of each. Out: those of all: counts are summed, and so are numbers of what each has
for itself; what all have alike is the largest or the least, whichever tells more.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import Metric

_LARGEST = {
    "kb_revision",
    "kb_loop_late_seconds",
    "kb_subscription_lag_seconds",
    "kb_source_lag_seconds",
    "process_max_fds",
}
_LEAST = {"kb_database_reachable", "process_start_time_seconds"}
_Series = tuple[str, tuple[tuple[str, str], ...]]


def write_metrics(metrics: Iterable[Metric]) -> bytes:
    families = [
        [
            each.name,
            each.documentation,
            each.type,
            [[s.name, s.labels, s.value] for s in each.samples],
        ]
        for each in metrics
    ]
    return json.dumps(families).encode()


def read_metrics(data: bytes) -> list[Metric]:
    """What `write_metrics` wrote."""
    metrics = []
    for name, documentation, kind, samples in json.loads(data):
        metric = Metric(name, documentation, kind)
        for sample in samples:
            metric.add_sample(*sample)
        metrics.append(metric)
    return metrics


def summed(of_processes: Sequence[Sequence[Metric]]) -> Iterator[Metric]:
    """Each metric once, of all processes that have it."""
    by_name: dict[str, list[Metric]] = {}
    for metrics in of_processes:
        for metric in metrics:
            by_name.setdefault(metric.name, []).append(metric)
    for alike in by_name.values():
        yield _together(alike)


def _together(alike: Sequence[Metric]) -> Metric:
    first = alike[0]
    together = Metric(first.name, first.documentation, first.type)
    values: dict[_Series, list[float]] = {}
    for metric in alike:
        for sample in metric.samples:
            series = sample.name, tuple(sample.labels.items())
            values.setdefault(series, []).append(sample.value)
    combine = max if first.name in _LARGEST else min if first.name in _LEAST else sum
    for (name, labels), of_all in values.items():
        together.add_sample(name, dict(labels), combine(of_all))
    return together
