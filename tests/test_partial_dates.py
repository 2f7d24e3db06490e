"""Every partial date has the same columns beside it; a filter on one matches only what is there."""

from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from sqlalchemy import Connection
from sqlalchemy.sql.schema import Table as SqlTable

from kb import database
from kb.database.dialects import dialect_of_engine
from kb.models import Table
from kb.models.base import day_columns
from kb.periods import Certainty
from kb.query.fields import Arguments
from kb.query.filters import possible_days
from kb.query.sql import HOLE, Row
from kb.records.record_tables import DATE_COLUMNS
from kb.records.rows import date_columns
from kb.records.write import insert_dates
from tests.oracle.filters import can_be
from tests.support.databases import Database

TABLES = Table.metadata.tables
PLACES = [
    (table, name)
    for table, names in DATE_COLUMNS.items()
    for name in names
    if not name.startswith("period_")
]
DAY = date(2001, 6, 15)
EDTF: tuple[str | None, ...] = (
    *("2000", "2001", "2001-06-15", "2001-06-14", "2001-06-16", "2002"),
    *("[..2001-06-14]", "[..2001-06-15]", "[2001-06-15..]", "[2001-06-16..]", "XXXX", None),
)
ASKED: tuple[Mapping[str, date], ...] = (
    *({}, {"on": DAY}, {"before": DAY}, {"after": DAY}),
    *({"before": DAY, "after": DAY}, {"before": date.max}, {"after": date.min}),
)


def test_there_are_dates() -> None:
    assert {("organisation", "founded"), ("term_version", "planned_end")} <= {*PLACES}


@pytest.mark.parametrize(("table", "name"), PLACES)
def test_every_partial_date_has_the_same_columns_beside_it(table: str, name: str) -> None:
    for wanted in day_columns(name):
        found = TABLES[table].c[wanted.name]
        assert (str(found.type), found.nullable) == (str(wanted.type), False)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_date_that_is_not_there_matches_nothing(
    filled: Database, asked: Mapping[str, date]
) -> None:
    """One of which nothing is known may be any day."""
    table = TABLES["organisation"]
    with database.write_transaction(filled.engine) as connection:
        connection.execute(table.update().values(**date_columns("founded", None)))
        insert_dates(connection, [edtf for edtf in EDTF if edtf])
        for number, edtf in enumerate(EDTF, 1):
            row = {"id": -number, "key": str(edtf), "name": "", "aliases": "[]"}
            insert_one(connection, table, row | date_columns("founded", edtf))
        possible, certain = passing(connection, "organisation", "founded", asked)
    with filled.engine.connect() as connection:
        dates = connection.execute(table.select()).mappings().all()
    verdicts = {row["key"]: can_be(row["founded"], asked) for row in dates}
    assert certain == {key for key, told in verdicts.items() if told is Certainty.CERTAIN}
    assert possible == {key for key, told in verdicts.items() if told is not Certainty.RULED_OUT}


def insert_one(connection: Connection, table: SqlTable, row: Mapping[str, object]) -> None:
    record = {"id": row["id"], "type": "Organisation", "key": row["key"], "revision": 1}
    database.insert(connection, TABLES["record"], [record | {"disputed": False}])
    database.insert(connection, table, [row])


def passing(
    connection: Connection, table: str, name: str, asked: Mapping[str, date]
) -> Iterator[set[str]]:
    """The keys of the rows that possibly, and certainly, pass a DateFilter on the column."""
    test = possible_days(name)
    for asks in (test.possible, test.certain):
        wanted = asks(Row("t", table), Arguments({"date": asked}, ()), "date")
        pieces = f"select t.key from {table} t where {wanted.text}".split(HOLE)
        values = tuple(param.fit(param.value) for param in wanted.params)
        statement = dialect_of_engine(connection).join_pieces(pieces)
        yield {*connection.exec_driver_sql(statement, values).scalars()}
