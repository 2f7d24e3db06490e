"""Exports of tables take no more memory for more rows: real processes, watched by the kernel."""

import json
from pathlib import Path

import pytest

from kb.config import Settings
from tests.support.command import KB, bare_environment
from tests.support.databases import Place, prepare
from tests.support.many_events import many_events
from tests.support.residence import measure_residence

FEW, MANY = 20_000, 40_000
MOST = 10_000
"""KiB more for so many more events; held as rows in Python, they would take three times as much."""


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
    assert many_rows - few_rows == MANY - FEW
    assert many - few < MOST


@pytest.mark.long
def test_memory_of_seed_files_does_not_grow_with_the_records(
    events: dict[int, Settings], tmp_path: Path
) -> None:
    """Written anew, and once more where they stay as they are."""
    for _ in range(2):
        few, many = (
            export_memory(events[count], tmp_path / str(count), "yaml") for count in (FEW, MANY)
        )
        assert many - few < MOST
    lengths = [(tmp_path / str(count) / "events.yaml").stat().st_size for count in (FEW, MANY)]
    assert lengths[1] > 1.9 * lengths[0]


def count_rows(manifest: dict[str, list[dict[str, int]]]) -> int:
    return sum(file["rows"] for file in manifest["files"])


def export_memory(settings: Settings, folder: Path, form: str) -> int:
    """KiB that an export resided in at most."""
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    return measure_residence([KB, "export", "--format", form, folder], environment).kib
