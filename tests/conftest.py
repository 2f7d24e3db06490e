"""Fixtures: databases on both engines, empty, with the shipped seeds or with a small world."""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from tests.support.archive_pages import WritePage, ingest_pages
from tests.support.compiled_statements import compiled_once
from tests.support.curated import curator, expect_payload
from tests.support.databases import (
    Database,
    Place,
    PostgresqlPlace,
    SqlitePlace,
    open_copy,
    open_database,
    prepare,
    shipped_seeds,
)
from tests.support.kept import keeping
from tests.support.kept_answers import add_ada
from tests.support.pages import PAGE
from tests.support.postgresql import server
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.service import empty_service, free_port
from tests.support.snapshots import snapshot
from tests.support.strict_server import StrictServer
from tests.worlds.accented import ARTICLE, TEXT, WORLD, Tree, write_seeds
from tests.worlds.odd import keep_world

# How long an example takes says more of the machine than of the code.
settings.register_profile(
    "kb",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("kb")
_GARBAGE = (5_000, 10, 100)
"""So many objects more, and they are looked through; each so often those that outlived it, too."""
_HERE = Path(__file__).parent
ARCHIVE = Path(__file__).parents[2] / "shared" / "archive" / "csto.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="write golden files anew")
    parser.addoption("--chaos", action="store_true", help="the long form of tests/chaos")
    parser.addoption("--postgresql", metavar="FOLDER", help="programs of another PostgreSQL")
    parser.addoption("--clients", action="store_true", help="tests/clients, which npm installs")


def pytest_configure(config: pytest.Config) -> None:
    """The workers of a run keep files together."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        kept = ExitStack()
        kept.enter_context(keeping())
        config.add_cleanup(kept.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make clients` runs these: to install them takes longer than many tests."""
    apart = collection_path == _HERE / "clients"
    return True if apart and not config.getoption("clients") else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays, and is never looked through for garbage.

    As services do it; 6 or 7 % of the time of tests went there.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(*_GARBAGE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test-long` runs all of these folders, and sweeps on PostgreSQL in their short form.

    Whatever is long, a sweep or on PostgreSQL is slow, too; `-k` finds what is on PostgreSQL.
    """
    for item in items:
        if _on_postgresql(item):
            item.add_marker("postgresql")
        if item.get_closest_marker("sweep") and _on_postgresql(item):
            item.add_marker("longest" if _is_long_form(item) else "long")
        if item.path.is_relative_to(_HERE / "chaos") or item.path.is_relative_to(_HERE / "clients"):
            item.add_marker("long")
        if _on_postgresql(item) or any(map(item.get_closest_marker, ("long", "sweep"))):
            item.add_marker("slow")


def _is_long_form(item: pytest.Item) -> bool:
    """Of a test that has a short one as well, by its parameters."""
    marks = item.callspec.marks if hasattr(item, "callspec") else ()
    return any(mark.name == "long" for mark in marks)


def _on_postgresql(item: pytest.Item) -> bool:
    """By its mark, by the place of its database, or by asking for the server itself."""
    if item.get_closest_marker("postgresql"):
        return True
    if not isinstance(item, pytest.Function):
        return False
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "postgresql" in (*parameters, *item.fixturenames)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Iterator[str]:
    with server(pytestconfig.getoption("postgresql")) as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Every test that uses a database runs on both engines."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path_factory.mktemp("databases"))
    return PostgresqlPlace(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def migrated(place: Place) -> Settings:
    return prepare(place.create())


@pytest.fixture(scope="session")
def loaded(place: Place, migrated: Settings) -> Settings:
    with shipped_seeds() as folder:
        return place.keep("loaded", migrated, lambda settings: prepare(settings, folder))


@pytest.fixture
def empty(place: Place, migrated: Settings) -> Iterator[Database]:
    with open_copy(place, migrated) as database:
        yield database


@pytest.fixture
def filled(place: Place, loaded: Settings) -> Iterator[Database]:
    """The shipped seeds, for a test that changes or breaks them."""
    with open_copy(place, loaded) as database:
        yield database


@pytest.fixture(scope="session")
def csto(place: Place, loaded: Settings) -> Iterator[Database]:
    """The shipped seeds; for reading only."""
    with open_database(place.create(loaded)) as database:
        yield database


@pytest.fixture(scope="session")
def archive() -> str:
    """The real archive page, where it lies beside the checkout."""
    if not ARCHIVE.is_file():
        pytest.skip(f"the archive is not at {ARCHIVE}")
    return ARCHIVE.read_text(encoding="utf-8")


@pytest.fixture
def unused_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def with_ada(place: Place, loaded: Settings) -> Settings:
    """The shipped seeds, and what links of answers are about."""
    return place.keep("with-ada", loaded, add_ada)


@pytest.fixture(scope="session")
def accented_settings(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The world with accents as it is plainly spelled, with its text."""

    def make(settings: Settings) -> None:
        with open_database(settings) as database:
            write_seeds(database, tmp_path_factory.mktemp("accented") / "seeds", WORLD)
            expect_payload(curator(database).record("Article", slug=ARTICLE, paragraphs=[TEXT]))

    return place.keep("accented", migrated, make)


@pytest.fixture
def accented(place: Place, accented_settings: Settings) -> Iterator[Database]:
    """That world, for a test that changes it."""
    with open_copy(place, accented_settings) as database:
        yield database


@pytest.fixture
def accented_documents(accented: Database) -> list[dict[str, Tree]]:
    """The documents of that world."""
    return snapshot(accented)


@pytest.fixture
def ingested(filled: Database, archive: str, tmp_path: Path) -> Database:
    """The seeds, with the texts of the articles."""
    page = tmp_path / "page.txt"
    page.write_text(archive, encoding="utf-8")
    ingest_pages(filled, page)
    return filled


@pytest.fixture(scope="module")
def ingested_texts(
    place: Place, loaded: Settings, archive: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The seeds, with the texts of the articles; for reading only."""
    page = tmp_path_factory.mktemp("archive") / "page.txt"
    page.write_text(archive, encoding="utf-8")
    with open_database(place.create(loaded)) as database:
        ingest_pages(database, page)
        yield database


@pytest.fixture(scope="module")
def empty_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An empty database, asked over HTTP."""
    with empty_service(tmp_path_factory.mktemp("empty")) as client:
        yield client


@pytest.fixture(scope="module", name="server")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    """For requests that are none."""
    with empty_service(tmp_path_factory.mktemp("malformed")) as client:
        yield StrictServer(client)


@pytest.fixture
def page(tmp_path: Path) -> WritePage:
    """Writes a page of an archive to a file."""

    def write(text: str, name: str = "page.txt") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def client(place: Place, loaded: Settings) -> Iterator[TestClient]:
    """The shipped seeds, asked as browsers ask; for reading only."""
    with TestClient(create_app(place.create(loaded)), headers=PAGE) as client:
        yield client


@pytest.fixture(scope="session")
def odd_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A made-up world, asked as browsers ask, for reading only; no engine plays a part in pages."""
    place = SqlitePlace(tmp_path_factory.mktemp("odd"))
    settings = place.create(keep_world(place, prepare(place.create()), 0))
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


@pytest.fixture(scope="session")
def four_commits_made(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Records added, changed and removed, in four commits."""

    def make(settings: Settings) -> None:
        folder = tmp_path_factory.mktemp("four")
        with open_database(settings) as made:
            made.load(write_seed_texts(folder))
            dated = ARTICLES.replace("1950-05-09", "1951-05-09")
            made.load(write_seed_texts(folder, articles=dated))
            made.load(write_seed_texts(folder, memberships=""), prune=True)
            made.load(write_seed_texts(folder))

    return place.keep("four-commits", migrated, make)


@pytest.fixture
def four_commits(place: Place, four_commits_made: Settings) -> Iterator[Database]:
    with open_copy(place, four_commits_made) as copied:
        yield copied
