"""A load takes no more memory for more records: real processes, watched by the kernel."""

import os
import subprocess
from pathlib import Path

import pytest

from kb.config import Settings
from tests.databases import Database, Place
from tests.multiplied import multiply
from tests.test_cli import KB, bare_environment
from tests.test_snapshot import exported

FEW, MANY = 40, 80
"""Copies of the shipped records: 17,000 and 34,000 of them."""
MOST = 40_000
"""KiB more for so many more records: what is left of SQLite's cache fills, with about 30,000, and
nothing grows after that. Held as entries and rows, they took a hundred thousand.
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
    process = subprocess.Popen(
        [KB, "load", snapshot],
        env=bare_environment() | {"KB_DATABASE_URL": settings.database_url},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    *told, last = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert last.startswith(f"{records} added, 0 changed")
    assert told[-1] == f"+ and {records - 1000} records more"
    return usage.ru_maxrss
