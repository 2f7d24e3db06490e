"""Exports of tables take no more memory for more rows: real processes, watched by the kernel."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kb import database
from kb.config import Settings
from kb.models import Table
from tests.bench.world import Sizes, generate
from tests.support.command import KB, bare_environment
from tests.support.databases import Place, prepare
from tests.support.residence import measure_residence

FEW, MANY = 20_000, 40_000
MOST = 10_000
"""KiB more for so many more events; held as rows in Python, they would take three times as much."""


@pytest.fixture(scope="module")
def events(place: Place) -> dict[int, Settings]:
    """Databases with so many events."""
    sizes = dict.fromkeys(Sizes.__dataclass_fields__, 10) | {"events": 1000, "citations": 0}
    settings = {}
    for count in (FEW, MANY):
        settings[count] = prepare(place.create())
        engine = database.open_engine(settings[count])
        generate(engine, Sizes(**sizes))
        multiply_events(engine, count // 1000)
        engine.dispose()
    return settings


def multiply_events(engine: Engine, times: int) -> None:
    """Events may overlap: the same again under other keys breaks no rule."""
    with database.write_transaction(engine) as connection:
        top = connection.exec_driver_sql("select max(id) from record").scalar_one()
        copies = [number * top for number in range(1, times)]
        for table in ("record", "event", "event_state"):
            for shift in copies:
                connection.exec_driver_sql(insert_copies(table, top, shift))


def insert_copies(table: str, top: int, shift: int) -> str:
    key_column = "event_id" if table == "event_state" else "id"
    changed = {key_column: f"{key_column} + {shift}", "key": f"key || '-{shift}'"}
    names = [column.name for column in Table.metadata.tables[table].columns]
    values = [changed.get(name, name) for name in names]
    only = "type = 'Event'" if table == "record" else "true"
    return (
        f"insert into {table} ({', '.join(names)})"
        f" select {', '.join(values)} from {table} where {only} and {key_column} <= {top}"
    )


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


def count_rows(manifest: dict[str, list[dict[str, int]]]) -> int:
    return sum(file["rows"] for file in manifest["files"])


def export_memory(settings: Settings, folder: Path, form: str) -> int:
    """KiB that an export resided in at most."""
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    return measure_residence([KB, "export", "--format", form, folder], environment).kib
