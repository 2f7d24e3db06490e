"""The measuring: every contender by turns, round after round, so that noise meets all alike.

In: subjects whose servers run. Out: `Figures` for each shape and contender, medians over the
rounds; how long small requests wait beside a large one; memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import median

from tests.bench.load import Job, Measure, Measurement
from tests.bench.shapes import SHAPES, SMALL, Shape
from tests.bench.subject import Subject

TENFOLD = "tenfold"
"""The service, never asked the same, over ten times the data."""
_ONE_IN = 10


@dataclass(frozen=True)
class Pace:
    """How long is measured: so many rounds, each of so many seconds for a contender."""

    rounds: int = 5
    seconds: float = 1.5


Figures = dict[str, dict[str, Measurement]]
"""By shape and contender."""


@dataclass(frozen=True)
class Results:
    """Of one engine; `beside` by shape: the p99 without and with a large page beside it; `resident`
    in MB by shape, after it was measured.
    """

    engine: str
    figures: Figures
    beside: dict[str, tuple[float, float]]
    resident: dict[str, float]
    plans: dict[str, list[str]]


def run_rounds(base: Subject, tenfold: Subject, pace: Pace, measure: Measure) -> Results:
    figures, resident = {}, {"at first": base.servers["ours"].resident}
    for shape in base.shapes:
        jobs = _jobs(base, shape, pace)
        jobs[TENFOLD] = tenfold.job(shape, "uncached", pace.seconds)
        figures[shape.name] = _medians(jobs, pace.rounds, measure)
        resident[shape.name] = base.servers["ours"].resident
    beside = {}
    for shape in SHAPES:
        if shape.name in SMALL:
            medians = _medians(_beside(base, shape, pace), pace.rounds, measure)
            beside[shape.name] = medians["idle"].p99, medians["beside"].p99
    return Results(base.engine, figures, beside, resident, base.plans)


def compare_peers(base: Subject, pace: Pace, measure: Measure) -> Figures:
    """All that run, without memory and larger worlds."""
    return {
        shape.name: _medians(_jobs(base, shape, pace), pace.rounds, measure)
        for shape in base.shapes
    }


def _jobs(base: Subject, shape: Shape, pace: Pace) -> dict[str, Job]:
    return {
        contender: base.job(shape, contender, pace.seconds) for contender in base.contenders(shape)
    }


def _beside(base: Subject, shape: Shape, pace: Pace) -> dict[str, Job]:
    """Of nine clients; the tenth asks for nothing, and then for large pages."""
    (large,) = (shape for shape in SHAPES if shape.name == "page")
    alone = replace(base.job(shape, "uncached", pace.seconds), connections=_ONE_IN - 1)
    page = base.job(large, "uncached", pace.seconds)
    return {"idle": alone, "beside": replace(alone, beside=page.bodies)}


def _medians(jobs: dict[str, Job], rounds: int, measure: Measure) -> dict[str, Measurement]:
    measured: dict[str, list[Measurement]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            measured[name].append(measure(job))
    return {name: _median(measurements) for name, measurements in measured.items()}


def _median(measurements: Sequence[Measurement]) -> Measurement:
    return Measurement(
        median(measurement.rate for measurement in measurements),
        median(measurement.median for measurement in measurements),
        median(measurement.p99 for measurement in measurements),
        sum(measurement.answers for measurement in measurements),
        measurements[0].bytes,
    )


def soak(
    base: Subject, requests: int, seconds: float, measure: Measure
) -> Iterator[tuple[int, float]]:
    """Requests of all shapes until there were so many: how many yet, and memory in MB."""
    server, done = base.servers["ours"], 0
    while done < requests:
        for shape, contender in product(base.shapes, ("cached", "uncached")):
            done += measure(base.job(shape, contender, seconds)).answers
        yield done, server.resident
