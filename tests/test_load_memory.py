"""A load takes no more memory for more records: real processes, watched by the kernel."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from kb.config import Settings
from kb.files.yaml_style import Tree, entry
from kb.records.documents import FILES
from tests.support.command import KB, bare_environment
from tests.support.databases import Database, Place
from tests.support.residence import measure_residence
from tests.support.snapshots import write_snapshot
from tests.worlds.multiplied import multiply

pytestmark = pytest.mark.long
FEW, MANY = 10, 20
"""Copies of the shipped records: 4,300 and 8,500 of them."""
MOST = 12_000
"""KiB more for so many more records, besides what SQLite's cache holds of the larger file: 5,000 to
7,000 were seen. Held as entries and rows, they took 25,000.
"""
CACHE = 65_536
"""KiB of SQLite's cache, which grows with its file until it is full."""


@pytest.fixture
def snapshots(csto: Database, tmp_path: Path) -> dict[Path, int]:
    """Their records, by file."""
    seeds = write_snapshot(csto, tmp_path)
    files = {copies: tmp_path / f"{copies}.ndjson" for copies in (FEW, MANY)}
    return {path: multiply(seeds, copies, path) for copies, path in files.items()}


def test_memory_does_not_grow_with_the_records(
    snapshots: dict[Path, int], place: Place, migrated: Settings
) -> None:
    few, many = (
        load_memory(place.create(migrated), path, records) for path, records in snapshots.items()
    )
    assert many - few < MOST


def test_nor_with_those_of_seed_files(
    snapshots: dict[Path, int], place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """Which took five times as much: 848 MB for 12 MB."""
    folders = {as_seeds(path, tmp_path / path.stem): count for path, count in snapshots.items()}
    few, many = (
        load_memory(place.create(migrated), path, count) for path, count in folders.items()
    )
    assert many - few < MOST


def as_seeds(snapshot: Path, folder: Path) -> Path:
    """The records of a snapshot as seed files, in the style of the shipped ones."""
    records = [json.loads(line) for line in snapshot.read_text(encoding="utf-8").splitlines()]
    cited: defaultdict[str, dict[str, Tree]] = defaultdict(dict)
    for record in records[1:-1]:
        if "subject" in record:
            cited[record["subject"]][record["key"]] = seed_fields(record)
    folder.mkdir()
    for name, (record_type, _) in FILES.items():
        with (folder / f"{name}.yaml").open("w", encoding="utf-8") as file:
            for record in records[1:-1]:
                if record["id"].startswith(f"{record_type}:"):
                    more = {"citations": cited[record["id"]]} if record["id"] in cited else {}
                    file.write(entry(record["key"], {**seed_fields(record), **more}, 0))
    return folder


def seed_fields(record: dict[str, Tree | None]) -> dict[str, Tree]:
    left_out = ("id", "key", "subject", "paragraphs")
    return {
        name: without_nulls(value)
        for name, value in record.items()
        if name not in left_out and value
    }


def without_nulls(value: Tree) -> Tree:
    """Without what is null within it."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def load_memory(settings: Settings, snapshot: Path, records: int) -> int:
    """KiB that a load resided in at most, but for SQLite's cache."""
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    load = measure_residence([KB, "load", snapshot], environment)
    *told, last = load.output.splitlines()
    assert last.startswith(f"{records} added, 0 changed")
    assert told[-1] == f"+ and {records - 1000} records more"
    return load.kib - min(CACHE, file_size(settings))


def file_size(settings: Settings) -> int:
    """In KiB; none of a server's."""
    path = settings.database_url.removeprefix("sqlite:///")
    return 0 if path == settings.database_url else Path(path).stat().st_size // 1024
