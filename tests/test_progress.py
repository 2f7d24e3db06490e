"""What takes long tells how far it has come: each bar of a terminal rises to its end."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kb import database
from kb.database import index_progress
from kb.files.folder import WrittenFile
from kb.files.load import load
from kb.files.yaml_writer import export
from kb.progress import Told
from kb.tables.manifest import export_snapshot, export_sqlite
from kb.tables.whole_tables import export_tables
from kb.upgrade.upgrade import upgrade
from schema.flat import flat_tables
from tests.support.databases import Database, shipped_seeds

pytestmark = pytest.mark.sweep


class Bars(dict[str, list[int]]):
    """How far each has come, and in the end how far that was to be."""

    def tell(self, what: str, done: int, total: int) -> None:
        self.setdefault(what, []).append(done)
        assert done <= total, what
        if done == total:
            self.ended.add(what)

    def __init__(self) -> None:
        super().__init__()
        self.ended = set[str]()

    def check(self, *expected: str) -> None:
        assert self.ended >= {*expected}
        assert self.ended == self.keys()
        assert all(one <= other for told in self.values() for one, other in pairwise(told))


KEPT = "What is recorded, held against the tables"
DERIVED = "All that is derived, worked out anew"
Export = Callable[[Connection, Path, Told], list[WrittenFile]]
TABLES = [*flat_tables().values()]
EXPORTS: dict[str, tuple[Export, list[str]]] = {
    "yaml": (export, ["Records"]),
    "ndjson": (export_snapshot, ["Records"]),
    "csv": (
        lambda connection, folder, told: export_tables(connection, folder, TABLES, "csv", told),
        ["memberships", "citations"],
    ),
    "parquet": (
        lambda connection, folder, told: export_tables(connection, folder, TABLES, "parquet", told),
        ["memberships", "citations"],
    ),
    "sqlite": (
        lambda connection, folder, told: export_sqlite(connection, folder, TABLES, told),
        ["memberships", "citations"],
    ),
}


@pytest.mark.parametrize("form", EXPORTS)
def test_an_export_tells_how_far_it_is(csto: Database, tmp_path: Path, form: str) -> None:
    write, bars = EXPORTS[form]
    told = Bars()
    with database.read_transaction(csto.engine) as connection:
        assert write(connection, tmp_path, told.tell)
    told.check(*bars)


def test_a_load_tells_how_far_it_is(empty: Database) -> None:
    told = Bars()
    with shipped_seeds() as folder:
        load(empty.engine, [folder], told=told.tell)
    told.check("Files", "Records", "Articles", "Histories: membership", "Search texts", "Changes")


def test_a_migration_tells_how_far_it_is(filled: Database) -> None:
    told, steps = Bars(), list[tuple[str, int]]()

    def tell_step(what: str, done: int, total: int) -> None:
        steps.append((what.partition(":")[0], total - done))

    database.revert_migrations(filled.engine, "0031")
    assert upgrade(filled.engine, told=told.tell, told_step=tell_step)
    told.check("Articles", "Histories: membership", "Search texts", "Changes")
    numbers = sorted(each for each in database.migrations() if each > "0031")
    expected = [*(f"Migration {number}" for number in numbers), KEPT, DERIVED]
    assert steps == [(step, left) for step in expected for left in (1, 0)]
    told.clear()
    steps.clear()
    assert not upgrade(filled.engine, told=told.tell, told_step=tell_step)
    assert not told
    assert not steps


def test_postgresql_tells_how_far_an_index_is(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if filled.engine.dialect.name == "sqlite":
        pytest.skip("SQLite does not tell")
    monkeypatch.setattr(index_progress, "_PAUSE", 0.01)
    told = Bars()
    with filled.engine.begin() as connection:
        connection.exec_driver_sql("create table large as select generate_series(1, 300000) i")
        with index_progress.watch_indexes(connection, told.tell):
            connection.exec_driver_sql("create index first on large (i)")
        connection.exec_driver_sql("drop table large")
    assert any(what.startswith("Index 1, of ") for what in told), told
