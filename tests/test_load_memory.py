"""A load takes no more memory for more records: real processes, watched by the kernel."""

from pathlib import Path

import pytest

from kb.config import Settings
from tests.databases import Database, Place
from tests.multiplied import multiply
from tests.residence import watched
from tests.test_cli import KB, bare_environment
from tests.test_snapshot import exported

FEW, MANY = 10, 20
"""Copies of the shipped records: 4,300 and 8,500 of them."""
MOST = 20_000
"""KiB more for so many more records: SQLite's cache fills, with about 30,000, and nothing grows
after that. Held as entries and rows, they took 25,000 besides.
"""


@pytest.fixture
def snapshots(csto: Database, tmp_path: Path) -> dict[Path, int]:
    """Their records, by file."""
    seeds = exported(csto, tmp_path)
    files = {copies: tmp_path / f"{copies}.ndjson" for copies in (FEW, MANY)}
    return {path: multiply(seeds, copies, path) for copies, path in files.items()}


def test_memory_does_not_grow_with_the_records(
    snapshots: dict[Path, int], place: Place, migrated: Settings
) -> None:
    few, many = (peak(place.create(migrated), path, records) for path, records in snapshots.items())
    assert many - few < MOST


def peak(settings: Settings, snapshot: Path, records: int) -> int:
    """KiB that a load resided in at most."""
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    load = watched([KB, "load", snapshot], environment)
    *told, last = load.told.splitlines()
    assert last.startswith(f"{records} added, 0 changed")
    assert told[-1] == f"+ and {records - 1000} records more"
    return load.kib
