"""How fast all else is: loads, ingests, exports, the feed, and the start of the service.

In: a database with a world that has a feed, and a place for new databases of the same engine. Out:
`Rate`s. Each is measured three times; the median counts.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which
from statistics import median
from typing import TypeVar

import psycopg
from sqlalchemy import Engine

from kb import database
from kb.archive.pages import page_paths
from kb.config import Settings
from kb.errors import Fault
from kb.files.load import load
from kb.files.yaml_writer import export
from kb.ingest.ingest import ingest
from kb.tables.manifest import export_snapshot
from tests.bench.serve import Server
from tests.support.command import KB, bare_environment
from tests.support.databases import Place, prepare
from tests.support.service import free_port
from tests.support.sites import read_page

Item = TypeVar("Item")
_TIMES = 3
_PAGES, _MOST_CHANGES = 20, 50_000
_ROWS = "select type, key, document, sha256 from snapshot order by type, key"
_CHANGES = """query ($after: String) { changes(after: $after, first: 1000) { nodes {
  revision cursor commitEnd op type recordId document
} } }"""
_ARTICLE = """Bridge number {number}

ZENDA, JAN. 5 2010 (The Gazette) -- Bridge {number} crosses the lake, and the king counts goats.

The choir praises the ferry. The frog mends the bridge, and paints it for the other {number} frogs.

(News report from Issue No. {issue}, published on Jan. 12 2010)
"""


@dataclass(frozen=True)
class Rate:
    what: str
    engine: str
    value: float
    unit: str


@dataclass(frozen=True)
class Store:
    """A database with a feed, a smaller one to load from, and where new ones are made."""

    world: Settings
    small: Settings
    place: Place
    folder: Path
    engine: str

    def empty_engine(self) -> Engine:
        """An empty database."""
        return database.open_engine(prepare(self.place.create()))

    def load_input(self, path: str) -> tuple[Engine, Path]:
        return self.empty_engine(), self.folder / path

    def rate(self, what: str, value: float, unit: str) -> Rate:
        return Rate(what, self.engine, value, unit)


def rates(store: Store, server: Server) -> Iterator[Rate]:
    yield from _loads(store)
    pages = _pages(store.folder / "pages")
    yield store.rate(
        "ingest", _per_second(_run_ingest, lambda: (store.empty_engine(), pages)), "articles/s"
    )
    yield store.rate("export of a snapshot", _per_second(_run_export, lambda: store), "records/s")
    yield from _rivals(store)
    yield store.rate("feed, 1,000 at once", _per_second(_follow_feed, lambda: server), "changes/s")
    for what, ready in (("a database", lambda: store.world), ("an empty one", store.place.create)):
        value = 1 / _per_second(_start_server, ready)
        yield store.rate(f"`kb serve` on {what}: its first answer", value, "s")


def _per_second(run: Callable[[Item], int], ready: Callable[[], Item]) -> float:
    """Of what it counts, without the time to get ready."""
    values = []
    for _ in range(_TIMES):
        item, begun = ready(), time.perf_counter()
        count = run(item)
        values.append(count / (time.perf_counter() - begun))
    return median(values)


def _loads(store: Store) -> Iterator[Rate]:
    """What is stored, as a snapshot and as seed files, into an empty database."""
    engine = database.open_reading_engine(store.small)
    with database.read_transaction(engine) as connection:
        export_snapshot(connection, store.folder)
        export(connection, store.folder / "seeds")
    engine.dispose()
    for what, path in (("a snapshot", "kb.ndjson"), ("seed files", "seeds")):
        value = _per_second(_run_load, partial(store.load_input, path))
        yield store.rate(f"load of {what}", value, "records/s")


def _run_load(given: tuple[Engine, Path]) -> int:
    engine, path = given
    report = load(engine, [path])
    engine.dispose()
    return len(report.added)


def _pages(folder: Path) -> list[Path | Fault]:
    """Of the archive, with twenty articles on each."""
    folder.mkdir()
    for page in range(_PAGES):
        numbers = range(20 * page, 20 * page + 20)
        text = "\n".join(_ARTICLE.format(number=number, issue=number + 1) for number in numbers)
        (folder / f"{page}.txt").write_text(text, encoding="utf-8")
    return list(page_paths([folder]))


def _run_ingest(given: tuple[Engine, list[Path | Fault]]) -> int:
    engine, pages = given
    summary = ingest(engine, pages, read_page, strict=True)
    engine.dispose()
    return summary.texts


def _run_export(store: Store) -> int:
    engine = database.open_reading_engine(store.world)
    with database.read_transaction(engine) as connection:
        written, _ = export_snapshot(connection, store.folder)
    engine.dispose()
    return _lines(written.path) - 2


def _rivals(store: Store) -> Iterator[Rate]:
    """The engine's own way to write the same rows."""
    url = store.world.database_url
    if not url.startswith("sqlite"):
        yield store.rate("the same by COPY", _per_second(_run_copy, lambda: store), "records/s")
    elif which("sqlite3"):
        value = _per_second(_run_json, lambda: store)
        yield store.rate("the same by `sqlite3 -json`", value, "records/s")
    else:
        print("`sqlite3 -json` was not measured: there is no sqlite3 here", file=sys.stderr)


def _run_json(store: Store) -> int:
    path = store.folder / "rival.json"
    with path.open("wb") as file:
        command = ["sqlite3", "-json", store.world.database_name, _ROWS]
        subprocess.run(command, stdout=file, check=True)
    return _lines(path)


def _run_copy(store: Store) -> int:
    path = store.folder / "rival.txt"
    statement = f"copy ({_ROWS}) to stdout".encode()
    with (
        psycopg.connect(store.world.database_url) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
        path.open("wb") as file,
    ):
        file.writelines(bytes(block) for block in copy)
    return _lines(path)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _follow_feed(server: Server) -> int:
    """From the beginning on, one page after the other, read as a copy reads them."""
    after, count = None, 0
    while count < _MOST_CHANGES:
        answer = server.ask("/graphql", {"query": _CHANGES, "variables": {"after": after}})
        changes = json.loads(answer)["data"]["changes"]["nodes"]
        if not changes:
            break
        after, count = changes[-1]["cursor"], count + len(changes)
    return count


def _start_server(settings: Settings) -> int:
    port = free_port()
    environment = {"KB_DATABASE_URL": settings.database_url, "KB_PORT": str(port)}
    process = subprocess.Popen(
        [KB, "serve"], env=bare_environment() | environment, stdout=subprocess.DEVNULL
    )
    Server(port, process.pid).wait("/graphql", {"query": "{ revision }"})
    process.terminate()
    process.wait()
    return 1
