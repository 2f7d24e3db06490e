"""Exports of tables take no more memory for more rows: real processes, watched by the kernel."""

import json
from pathlib import Path

import pytest

from kb import database
from kb.config import Settings
from tests.bench.copies import multiply
from tests.bench.larger import THOUSAND, first_copy
from tests.support.command import KB, bare_environment
from tests.support.databases import Place, prepare, settings_of
from tests.support.many_events import many_events
from tests.support.residence import measure_residence

FEW, MANY = 20_000, 40_000
MOST = 10_000
"""KiB more for so many more events; held as rows in Python, they would take three times as much."""
COPIES = (10, 30)
"""Of a thousand records with all that speaks of them."""
MOST_OF_COPIES = 30_000
"""KiB more for so many more records; with all of them held it was 75,000."""


@pytest.fixture(scope="module")
def events(place: Place) -> dict[int, Settings]:
    """Databases with so many events."""
    return {count: many_events(prepare(place.create()), count) for count in (FEW, MANY)}


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "parquet", "sqlite"])
def test_memory_does_not_grow_with_the_rows(
    events: dict[int, Settings], tmp_path: Path, form: str
) -> None:
    few, many = (export_memory(events[count], tmp_path / str(count), form) for count in (FEW, MANY))
    manifests = [(tmp_path / str(count) / "manifest.json").read_text() for count in events]
    few_rows, many_rows = (count_rows(json.loads(text)) for text in manifests)
    assert many_rows - few_rows >= MANY - FEW
    assert many - few < MOST


@pytest.mark.long
def test_memory_of_seed_files_hardly_grows_with_the_records(tmp_path: Path) -> None:
    """Written anew, and once more where they stay as they are."""
    worlds = [copied(tmp_path / f"{copies}.db", copies) for copies in COPIES]
    for _ in range(2):
        few, many = (
            export_memory(world, tmp_path / world.database_name[:-3], "yaml") for world in worlds
        )
        assert many - few < MOST_OF_COPIES


def copied(file: Path, copies: int) -> Settings:
    settings = first_copy(settings_of(file), THOUSAND)
    engine = database.open_engine(settings)
    multiply(engine, copies)
    engine.dispose()
    return settings


def count_rows(manifest: dict[str, list[dict[str, int]]]) -> int:
    return sum(file["rows"] for file in manifest["files"])


def export_memory(settings: Settings, folder: Path, form: str) -> int:
    """KiB that an export resided in at most."""
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    return measure_residence([KB, "export", "--format", form, folder], environment).kib
