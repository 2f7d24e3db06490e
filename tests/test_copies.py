"""A world that was multiplied inside an engine is the one that a load of the same records makes."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, select

from kb import database
from kb.check.inspect import inspect
from kb.config import Settings
from kb.files.load import load
from kb.models import Table
from kb.tables.manifest import export_snapshot
from tests.bench.copies import MARK, add_all_trigrams, multiply
from tests.bench.larger import THOUSAND, first_copy, in_copies
from tests.bench.shapes import SHAPES
from tests.support.databases import Place, open_database
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.long
COPIES = 10
RECORDS = 10 + COPIES * 1001
_OF_FEED = {"alembic_version", "change", "head", "kept_answer", "token", "request"}
_NUMBERED_ANEW = {
    "assertion": ("disagreement_id",),
    "assertion_citation": ("disagreement_id",),
    "disagreement": ("id",),
    "passage": ("id",),
    "record": ("revision", "origin"),
}


@pytest.fixture
def multiplied(place: Place, migrated: Settings) -> Settings:
    settings = first_copy(place.create(migrated), THOUSAND)
    engine = database.open_engine(settings)
    multiply(engine, COPIES)
    add_all_trigrams(engine)
    engine.dispose()
    return settings


def rows_by_key(connection: Connection, name: str) -> list[tuple[str, ...]]:
    """With keys instead of the numbers of records, in order."""
    table, record = Table.metadata.tables[name], Table.metadata.tables["record"]
    refs = {row.id: f"{row.type} {row.key}" for row in connection.execute(select(record))}
    left_out = _NUMBERED_ANEW.get(name, ())
    columns = [column for column in table.columns if column.name not in left_out]

    def told(row: Mapping[str, object], column: str) -> str:
        is_number = column == "id" or column.endswith("_id")
        return str(refs[row[column]] if is_number and row[column] is not None else row[column])

    rows = connection.execute(select(*columns)).mappings().all()
    return sorted(tuple(told({**row}, column.name) for column in columns) for row in rows)


def test_no_fault_is_found_and_more_can_be_loaded(multiplied: Settings, tmp_path: Path) -> None:
    engine = database.open_engine(multiplied)
    for _ in range(2):
        with database.read_transaction(engine) as connection:
            report = inspect(connection)
        assert report.findings == []
        assert report.records >= RECORDS
        load(engine, [write_seed_texts(tmp_path)])
    engine.dispose()


def test_every_table_is_as_after_a_load(
    multiplied: Settings, place: Place, migrated: Settings, tmp_path: Path
) -> None:
    copied = database.open_engine(multiplied)
    with database.read_transaction(copied) as connection:
        export_snapshot(connection, tmp_path)
    loaded = database.open_engine(place.create(migrated))
    assert len(load(loaded, [tmp_path / "kb.ndjson"]).added) == RECORDS
    with (
        database.read_transaction(copied) as one,
        database.read_transaction(loaded) as other,
    ):
        # Tallies have numbers of records, and were held against the memberships above.
        for name in Table.metadata.tables.keys() - _OF_FEED - {"membership_tally"}:
            assert rows_by_key(one, name) == rows_by_key(other, name), name
    for engine in (copied, loaded):
        engine.dispose()


_MARKLESS = {
    *("nested", "nested, at", "nested, view", "diff"),
    *("as-of list", "search", "misspelt"),
    *("all by state", "all by year", "groups by state", "groups by year"),
}
"""Shapes whose answers may be without a key of a copy."""


def test_shapes_are_asked_of_all_copies(multiplied: Settings) -> None:
    random = Random(1)
    with open_database(multiplied) as db:
        for shape in SHAPES:
            variables = in_copies(shape, COPIES).draw(random, THOUSAND)
            answer = db.ask(shape.document, **variables)
            assert shape.name in _MARKLESS or "w0" in str(answer)
            assert MARK not in str(variables) or "w00000" in str(answer)
