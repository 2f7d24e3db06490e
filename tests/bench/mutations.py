"""What a mutation takes, by itself, in bases of 520 and of 295,000 records on SQLite.

In: `python -m tests.bench.mutations`. Out: for each mutation and base the statements, and the
milliseconds of a core and elapsed from the call of GraphQL until the answer, medians; for the
small base as well what a record of `recordAll` takes. The bases are made once, kept in `.bench`,
and copied.
"""

import gc
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.world import Sizes
from tests.bench.worlds import BASE, Worlds
from tests.support.curated import Answer, Curator, curator, expect_payload
from tests.support.databases import open_database, settings_of
from tests.support.noted import noted_statements

FOLDER = Path(__file__).parents[2] / ".bench"
SMALL = Sizes(20, 10, 10, 40, 20, 10, 20, 70, 300)
_TIMES, _AT_ONCE = 100, 150


def _cited(number: int) -> Answer:
    return {"key": f"bench-{number}", "article": f"article-{number % 60}", "claim": "It says so."}


def _citation(number: int) -> Answer:
    return {"subject": f"Event:event-{number % 20}", **_cited(number)}


def _event(number: int) -> Answer:
    given = {"slug": f"bench-{number}", "title": f"Event {number}", "kind": "DECISION"}
    return {**given, "occurred": "1999-03-02", "states": ["AA"], "citations": [_cited(number)]}


def _membership(number: int) -> Answer:
    given = {"key": f"bench-{number}", "organisation": f"organisation-{number % 10}", "state": "AB"}
    span = {"status": "MEMBER", "period": f"{2050 + number}-02/{2050 + number}-03"}
    return {**given, **span, "citations": [_cited(number)]}


MUTATIONS: Mapping[str, tuple[str, Callable[[int], Answer]]] = {
    "addCitation": ("citation", _citation),
    "recordEvent": ("event", _event),
    "recordMembership": ("membership", _membership),
}


@contextmanager
def _opened(source: Path) -> Iterator[Curator]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "base.db"
        shutil.copy(source, path)
        with open_database(settings_of(path)) as database:
            yield curator(database)


def _measure(by_hand: Curator, name: str, numbers: Iterator[int]) -> tuple[int, float, float]:
    """Statements, and milliseconds of a core and elapsed."""
    _, make = MUTATIONS[name]

    def mutate() -> tuple[float, float]:
        worked, begun = time.process_time(), time.perf_counter()
        expect_payload(by_hand.ask(name, "revision", **make(next(numbers))))
        return (time.process_time() - worked) * 1e3, (time.perf_counter() - begun) * 1e3

    for _ in range(20):
        mutate()
    with noted_statements(by_hand.database.context.writer.engine) as statements:
        mutate()
    core, elapsed = zip(*(mutate() for _ in range(_TIMES)), strict=True)
    return len(statements), median(core), median(elapsed)


def _at_once(by_hand: Curator, name: str, numbers: Iterator[int]) -> float:
    """Milliseconds of a core for each record."""
    field, make = MUTATIONS[name]
    records = [{field: make(next(numbers))} for _ in range(_AT_ONCE)]
    worked = time.process_time()
    expect_payload(by_hand.ask("recordAll", "revision", records=records))
    return (time.process_time() - worked) * 1e3 / _AT_ONCE


def main() -> None:
    worlds, numbers = Worlds(FOLDER, ""), count(1)
    gc.freeze()
    print("| mutation | records | statements | ms of a core | ms elapsed | of `recordAll` |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for records, sizes in ((520, SMALL), (295_000, BASE)):
        source = Path(worlds.of("sqlite", sizes, fed=True).database_name)
        with _opened(source) as by_hand:
            for name in MUTATIONS:
                statements, core, elapsed = _measure(by_hand, name, numbers)
                together = _at_once(by_hand, name, numbers)
                costs = f"{core:.1f} | {elapsed:.1f} | {together:.2f}"
                print(f"| {name} | {records:,} | {statements} | {costs} |", flush=True)


if __name__ == "__main__":
    main()
