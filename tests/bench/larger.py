"""Worlds of one and of ten million records, and what is answered from each.

In: an engine, and how many copies of a world of 50,000 records, by the command line: `python -m
tests.bench.larger sqlite 20 200`. Out: answers a second for each shape and world, by turns, and
their ratio. Worlds of SQLite are made in `.bench`, those of PostgreSQL on the server that
`KB_TEST_DATABASE_URL` names, and kept there; without one, on a server that ends with the command.
"""

import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from kb import database
from kb.config import Settings
from kb.tables.manifest import export_snapshot
from tests.bench import world
from tests.bench.copies import MARK, mark, multiply
from tests.bench.load import Job, Measure, number_request, open_load
from tests.bench.serve import Server, start_server
from tests.bench.shapes import SHAPES, Shape, Variables
from tests.bench.subject import draw
from tests.bench.world import Sizes
from tests.support.databases import prepare, settings_of
from tests.support.postgresql import server

FOLDER = Path(__file__).parents[2] / ".bench"
ONE = Sizes(
    states=200,
    organisations=20,
    officials=2_000,
    memberships=250,
    terms=4_000,
    summits=1_800,
    events=1_930,
    articles=10_000,
    citations=30_000,
)
"""Of one copy: with its publication, 50,001 records besides the states, which all copies share."""
THOUSAND = Sizes(
    states=10,
    organisations=10,
    officials=30,
    memberships=30,
    terms=40,
    summits=20,
    events=20,
    articles=230,
    citations=620,
)
"""The same of a thousand records, for tests."""
_ROUNDS, _SECONDS, _BODIES = 3, 1.5, 200
_COMPARED = [shape for shape in SHAPES if shape.name != "misspelt"]
"""Trigrams of names are left out: to make those of 6 million made-up words takes an hour."""
_NUMBERED = re.compile(r'^("|[a-z]+-)([0-9]+)')


def first_copy(settings: Settings, sizes: Sizes) -> Settings:
    """An empty database with one copy, loaded as any snapshot is."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = prepare(settings_of(folder / "source.db"))
        engine = database.open_engine(source)
        world.generate(engine, sizes, MARK)
        world.derive_feed(engine)
        with database.read_transaction(engine) as connection:
            export_snapshot(connection, folder)
        engine.dispose()
        return prepare(settings, folder / "kb.ndjson")


def larger_world(copies: int, address: str | None) -> Settings:
    """Made once, and kept: on a server of PostgreSQL, or in a file."""
    name = f"copies_{copies}_{database.newest_migration()}"
    if address:
        return _on_server(address, name, copies)
    path = FOLDER / f"{name}.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        made = path.with_suffix(".unfinished")
        for left in made.parent.glob(f"{made.name}*"):
            left.unlink()
        _make(settings_of(made), copies)
        made.rename(path)
    return settings_of(path)


def _on_server(address: str, name: str, copies: int) -> Settings:
    """It has its name once it is whole."""
    made, unfinished = (Identifier(f"kb_{name}{end}") for end in ("", "_unfinished"))
    with psycopg.connect(address, autocommit=True) as connection:
        known = "select 1 from pg_database where datname = %s"
        if not connection.execute(known, [f"kb_{name}"]).fetchone():
            connection.execute(SQL("drop database if exists {}").format(unfinished))
            connection.execute(SQL("create database {}").format(unfinished))
            _make(_database_of(address, f"kb_{name}_unfinished"), copies)
            connection.execute(SQL("alter database {} rename to {}").format(unfinished, made))
    return _database_of(address, f"kb_{name}")


def _database_of(address: str, name: str) -> Settings:
    return Settings(database_url=urlsplit(address)._replace(path=f"/{name}").geturl())


def _make(settings: Settings, copies: int) -> None:
    engine = database.open_engine(first_copy(settings, ONE))
    multiply(engine, copies, partial(_tell, copies, time.monotonic()))
    engine.dispose()


def _tell(copies: int, begun: float, copy: int) -> None:
    left = (time.monotonic() - begun) / copy * (copies - 1 - copy)
    print(f"{copy + 1} of {copies} copies, {left:.0f} s left", file=sys.stderr, flush=True)


def in_copies(shape: Shape, copies: int) -> Shape:
    """The same shape, asked of any copy."""

    def draw_marked(random: Random, sizes: Sizes) -> Variables:
        variables = shape.draw(random, sizes)
        chosen = mark(random.randrange(copies))
        return {name: _marked(name, value, chosen) for name, value in variables.items()}

    return replace(shape, draw=draw_marked)


def _marked(name: str, value: str, chosen: str) -> str:
    if name != "after":
        return _NUMBERED.sub(rf"\g<1>{chosen}\2", value)
    *others, key = json.loads(bytes.fromhex(value))
    numbered = [*others, _marked("key", key, chosen)]
    return json.dumps(numbered, separators=(",", ":")).encode().hex()


def compare(address: str | None, worlds: Sequence[int], measure: Measure) -> None:
    """Print a line for each shape; the ratio is that of the first world to the last."""
    with ExitStack() as stack, TemporaryDirectory() as folder:
        servers = {}
        for copies in worlds:
            url = larger_world(copies, address).database_url
            servers[copies] = stack.enter_context(start_server("ours", url, Path(folder, "unused")))
            servers[copies].wait("/", {})
        print("| shape |", " | ".join(f"{copies} copies" for copies in worlds), "| ratio |")
        for shape in _COMPARED:
            jobs = [_job(shape, copies, server) for copies, server in servers.items()]
            rates = _rates(jobs, measure)
            told = " | ".join(f"{rate:,.0f}" for rate in rates)
            print(f"| {shape.name} | {told} | {rates[0] / rates[-1]:.2f} |", flush=True)


def _rates(jobs: Sequence[Job], measure: Measure) -> list[float]:
    """Medians of all, which are measured by turns."""
    rounds = [[measure(job).rate for job in jobs] for _ in range(_ROUNDS)]
    return [median(of_job) for of_job in zip(*rounds, strict=True)]


def _job(shape: Shape, copies: int, server: Server) -> Job:
    drawn = draw(in_copies(shape, copies), ONE, _BODIES)
    bodies = [number_request({"query": shape.document, "variables": each}) for each in drawn]
    return Job(server.port, "/graphql", bodies, True, shape.connections, _SECONDS)


def _main(engine: str, *copies: str) -> None:
    worlds = [int(number) for number in copies]
    with ExitStack() as stack:
        url = stack.enter_context(server()) if engine == "postgresql" else None
        compare(url, worlds, stack.enter_context(open_load()))


if __name__ == "__main__":
    _main(*sys.argv[1:])
