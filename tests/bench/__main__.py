"""`make bench`: everything measured on both engines, printed and written as `docs/speed.md`.

In: nothing; worlds are made in `.bench` and kept there. Out: the document. `make bench-memory`
instead asks a million requests of the service and tells its memory on the way;
`python -m tests.bench peers` prints how it does beside servers of Node, in five minutes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import report
from tests.bench.load import open_load
from tests.bench.peers import install_peers
from tests.bench.rates import Rate, Store, rates
from tests.bench.rounds import Pace, Results, compare_peers, run_rounds, soak
from tests.bench.shapes import PEERED, SHAPES
from tests.bench.subject import SERVER_TYPES, Subject, subject
from tests.bench.worlds import BASE, SMALL, TENFOLD, Worlds
from tests.support.databases import PostgresqlPlace, SqlitePlace
from tests.support.postgresql import server

FOLDER = Path(__file__).parents[2] / ".bench"
MILLION = 1_000_000
PACE = Pace()


def bench() -> None:
    results: list[Results] = []
    measured_rates: list[Rate] = []
    with server() as url, open_load() as measure:
        worlds = Worlds(FOLDER, url)
        for engine in ("sqlite", "postgresql"):
            print(f"Making the worlds of {engine}", flush=True)
            worlds.of(engine, TENFOLD, fed=False)
            with _base(worlds, engine) as base:
                with subject(worlds.of(engine, TENFOLD, fed=False), TENFOLD, ("ours",)) as tenfold:
                    results.append(run_rounds(base, tenfold, PACE, measure))
                measured_rates += _rates(worlds, base, engine)
    report.write_report(results, measured_rates, PACE)
    print(report.FILE.read_text(encoding="utf-8"))


@contextmanager
def _base(worlds: Worlds, engine: str) -> Iterator[Subject]:
    peers = install_peers() if engine == "sqlite" else ()
    with subject(worlds.of(engine, BASE, fed=True), BASE, (*SERVER_TYPES, *peers)) as base:
        yield base


def _rates(worlds: Worlds, base: Subject, engine: str) -> list[Rate]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        place = SqlitePlace(folder) if engine == "sqlite" else PostgresqlPlace(worlds.server)
        small = worlds.of(engine, SMALL, fed=True)
        store = Store(base.settings, small, place, folder, engine)
        return list(rates(store, base.servers["ours"]))


def memory() -> None:
    """On SQLite."""
    world = Worlds(FOLDER, "").of("sqlite", BASE, fed=True)
    with open_load() as measure, subject(world, BASE, ("ours",)) as base:
        for answers, resident in soak(base, MILLION, 2.0, measure):
            print(f"{answers:>9,} answers: {resident:.0f} MB", flush=True)


def peers() -> None:
    """On SQLite, over a world without histories, which takes a minute or two to make."""
    server_types = ("bare", "hand", "ours", *install_peers())
    shapes = [shape for shape in SHAPES if shape.name in PEERED]
    settings = Worlds(FOLDER, "").of("sqlite", BASE, fed=False)
    with open_load() as measure, subject(settings, BASE, server_types, shapes) as base:
        print(report.describe_peers(compare_peers(base, PACE, measure)))


if __name__ == "__main__":
    {"": bench, "memory": memory, "peers": peers}[" ".join(sys.argv[1:])]()
