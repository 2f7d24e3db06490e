"""Fixtures: an empty database, and one with the shipped seeds that tests only read."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database, open_database, shipped_seeds

ARCHIVE = Path(__file__).parents[2] / "shared" / "archive" / "csto.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="write golden files anew")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path) as database:
        yield database


@pytest.fixture(scope="session")
def csto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The shipped seeds; for reading only."""
    with (
        shipped_seeds() as folder,
        open_database(tmp_path_factory.mktemp("csto"), folder) as database,
    ):
        yield database


@pytest.fixture(scope="session")
def archive() -> str:
    """The real archive page, where it lies beside the checkout."""
    if not ARCHIVE.is_file():
        pytest.skip(f"the archive is not at {ARCHIVE}")
    return ARCHIVE.read_text(encoding="utf-8")


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
