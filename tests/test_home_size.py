"""The home page of hundreds of organisations."""

import gzip
from pathlib import Path
from time import process_time

import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from tests.bench.world import Sizes, generate
from tests.support.databases import SqlitePlace, prepare
from tests.support.pages import PAGE


@pytest.mark.sweep
@pytest.mark.long
def test_of_hundreds_of_organisations_it_is_small_and_soon_there(tmp_path: Path) -> None:
    """Below 50 kB compressed, and 100 ms of a processor."""
    settings = prepare(SqlitePlace(tmp_path).create())
    engine = database.open_engine(settings)
    generate(engine, Sizes(250, 534, 500, 18_927, 1_000, 300, 300, 2_000, 20_000))
    engine.dispose()
    with TestClient(create_app(settings), headers=PAGE) as client:
        pages, costs = [], []
        for _ in range(5):
            started = process_time()
            pages.append(client.get("/").content)
            costs.append(process_time() - started)
    assert len(gzip.compress(pages[-1])) < 50_000
    assert b"100 of 534" in pages[-1]
    assert min(costs) < 0.1
