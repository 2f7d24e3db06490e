"""What was measured, as one Markdown document.

In: `Results` of each engine, and rates. Out: the document; what stands in the old one from
`TRIED` on is kept, for it was written by hand.
"""

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3

from tests.bench.peers import PEERS
from tests.bench.rates import Rate
from tests.bench.rounds import TENFOLD, Figures, Pace, Results
from tests.bench.shapes import SHAPES
from tests.bench.subject import CONTENDERS

FILE = Path(__file__).parents[2] / "docs" / "speed.md"
TRIED = "## What was tried"
_INTRODUCTION = """# How fast it is

Made by `make bench` on {day}, from {commit}: {machine}; Python {python}, SQLite {sqlite}; {rounds}
rounds of {seconds} seconds for each, by turns; all figures are medians over the rounds.

The world is generated: 200 states, 500 organisations, 20,000 memberships, 10,000 terms,
5,000 summits, 50,000 articles, 200,000 citations; *tenfold* is ten times that, but for 676 states,
which are all codes that there are, and without histories and feed. The server has one core, the
load the other; PostgreSQL is where the kernel puts it. Before anything is measured, the answers of
all but the bare route are compared.

- *bare*: a Starlette route that returns ready bytes of the same size.
- *cached*: the service, asked the same again.
- *uncached*: the service, each time with other `extensions`, so that no answer that is kept is that
  of the request, and with other variables; *tenfold* is the same over the larger world.
- *hand*: a Starlette route that binds the variables to the same SQL, runs it by the same driver
  and passes its text on.
- *idiomatic*: Strawberry with DataLoaders over SQLAlchemy, with ParserCache and ValidationCache
  (`tests/bench/idiomatic.py`); it has no search.
- *mercurius*: Mercurius with compiled documents and a loader for each relation, over the same file
  by better-sqlite3, each time with other variables; *graphql-jit*: the same resolvers, compiled
  and behind Node's own HTTP (`tests/bench/peers`). Their search does less: it takes one
  term, excludes nothing, and finds no membership or term by what it is of.
"""
WITHOUT_PEERS = "Not measured beside servers of Node: npm could not fetch them.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def write_report(
    results: Sequence[Results], rates: Sequence[Rate], pace: Pace, file: Path = FILE
) -> None:
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    kept = before[before.index(TRIED) :] if TRIED in before else f"{TRIED}\n"
    parts = [
        _introduction(pace),
        *(_of_engine(engine_results) for engine_results in results),
        _rates(rates),
    ]
    plans = [_plans(engine_results) for engine_results in results]
    file.write_text("\n".join([*parts, *plans, kept]), encoding="utf-8")


def _introduction(pace: Pace) -> str:
    description = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
    )
    return _INTRODUCTION.format(
        day=datetime.now(UTC).date(),
        commit=description.stdout.strip(),
        machine=f"{_processor()}, {os.cpu_count()} cores",
        python=platform.python_version(),
        sqlite=pysqlite3.sqlite_version,
        rounds=pace.rounds,
        seconds=pace.seconds,
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def _of_engine(results: Results) -> str:
    return "\n".join(
        [
            f"## {results.engine}\n",
            *([describe_peers(results.figures)] if results.engine == "sqlite" else []),
            "Answers a second:\n",
            _answers(results),
            "Milliseconds until an answer, half of all and 99 in a hundred, of 16 clients at once,"
            " for the page of 4:\n",
            _latencies(results),
            "How long 99 in a hundred small answers take at most, in milliseconds, of nine clients,"
            " while a tenth asks for nothing and for pages, uncached:\n",
            _beside(results),
            "MB that the service resides in after each shape:\n",
            table(
                [*results.resident],
                [[f"{megabytes:.0f}" for megabytes in results.resident.values()]],
            ),
        ]
    )


def _answers(results: Results) -> str:
    ratios = ("cached / bare", "uncached / hand", "uncached / idiomatic", "uncached / tenfold")
    rows = []
    for shape, figures in results.figures.items():
        rates = {name: measured.rate for name, measured in figures.items()}
        shown = [_number(rates.get(name)) for name in (*CONTENDERS, TENFOLD)]
        pairs = (ratio.split(" / ") for ratio in ratios)
        quotients = [
            _quotient(rates.get(rival), rates.get(reference)) for rival, reference in pairs
        ]
        rows.append([shape, f"{figures['uncached'].bytes:,}", *shown, *quotients])
    return table(["shape", "bytes", *CONTENDERS, TENFOLD, *ratios], rows)


def describe_peers(figures: Figures) -> str:
    """A table of them, where the service is furthest behind the best of them first."""
    compared = [(shape, of_shape) for shape, of_shape in figures.items() if {*PEERS} & {*of_shape}]
    if not compared:
        return WITHOUT_PEERS
    columns = ("uncached", *PEERS, "hand", "cached")
    rows = []
    for shape, of_shape in compared:
        rates = {name: measured.rate for name, measured in of_shape.items()}
        best = max(rates[name] for name in PEERS if name in rates)
        numbers = [_number(rates.get(name)) for name in columns]
        rows.append((rates["uncached"] / best, [shape, *numbers]))
    head = ["shape", *columns, "uncached / best of both"]
    return "Answers a second beside servers of Node:\n\n" + table(
        head, [[*row, f"{ratio:.2f}"] for ratio, row in sorted(rows)]
    )


def _latencies(results: Results) -> str:
    rows = [
        [shape]
        + [
            f"{measured.median:.1f}, {measured.p99:.1f}" if (measured := figures.get(name)) else ""
            for name in (*CONTENDERS, TENFOLD)
        ]
        for shape, figures in results.figures.items()
    ]
    return table(["shape", *CONTENDERS, TENFOLD], rows)


def _beside(results: Results) -> str:
    rows = [
        [shape, f"{idle:.1f}", f"{beside:.1f}", _quotient(beside, idle)]
        for shape, (idle, beside) in results.beside.items()
    ]
    return table(["shape", "idle", "with pages", "ratio"], rows)


def _rates(rates: Sequence[Rate]) -> str:
    rows = [[rate.what, rate.engine, f"{rate.value:,.1f}", rate.unit] for rate in rates]
    return "## Everything else\n\n" + table(["what", "engine", "measured", "unit"], rows)


def _plans(results: Results) -> str:
    parts = [f"## Query plans of {results.engine}\n"]
    for shape in SHAPES:
        parts.append(f"{shape.name}, `{shape.document.split('(')[0]}`:\n")
        parts.append("```\n" + "\n".join(results.plans[shape.name]) + "\n```\n")
    return "\n".join(parts)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _quotient(numerator: float | None, denominator: float | None) -> str:
    return "" if numerator is None or denominator is None else f"{numerator / denominator:.2f}"
