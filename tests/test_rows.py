"""Rows inserted and updated many at once are as they were given, and recorded once a commit."""

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import Connection, text

from kb import database
from kb.database.rows import Row
from kb.models import Table
from kb.records.read import find_ids
from kb.records.rows import Ref, date_row
from tests.support.databases import Database

_TABLES = Table.metadata.tables
_RECORD, _DATE = _TABLES["record"], _TABLES["partial_date"]
_MANY = 250
"""More than SQLite is given by two statements, and some by themselves."""


def record_rows(count: int, type_name: str = "State") -> list[Row]:
    return [
        {"id": number, "type": type_name, "key": f"k{number}", "revision": 0, "disputed": False}
        for number in range(1, count + 1)
    ]


def recorded(connection: Connection) -> Sequence[tuple[object, ...]]:
    query = (
        "select id, revision, known_from, recorded_from, recorded_to from recorded_record"
        " order by id, recorded_from"
    )
    return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("count", [1, 2, _MANY])
def test_values_are_as_given(empty: Database, count: int) -> None:
    """Days, truths, numbers, texts, and none."""
    edtf = [f"{1000 + number}-01-02" for number in range(count - 1)]
    rows = [date_row(each) for each in (*edtf, "[..2001-02-03]")]
    with database.write_transaction(empty.engine) as connection:
        database.insert(connection, _DATE, rows)
        stored = connection.execute(_DATE.select()).mappings().all()
    assert {row["edtf"]: dict(row) for row in stored} == {row["edtf"]: row for row in rows}
    assert {type(row["latest"]) for row in stored} == {date}


@pytest.mark.parametrize("count", [0, 1, _MANY])
def test_only_the_rows_of_these_keys_are_updated(empty: Database, count: int) -> None:
    with database.write_transaction(empty.engine) as connection:
        database.insert(connection, _RECORD, record_rows(_MANY + 1))
        changed = [{"id": number, "revision": 2**40 + number} for number in range(1, count + 1)]
        database.update(connection, _RECORD, changed)
        revisions = {row.id: row.revision for row in connection.execute(_RECORD.select())}
    assert revisions == {
        number: 2**40 + number if number <= count else 0 for number in range(1, _MANY + 2)
    }


def test_a_key_may_be_of_two_columns(empty: Database) -> None:
    table = _TABLES["name_trigram"]
    rows = [{"gram": gram, "word": word, "size": 1} for gram in "ab" for word in "xy"]
    with database.write_transaction(empty.engine) as connection:
        database.insert(connection, table, rows)
        changed = [{"gram": "a", "word": "x", "size": 2}, {"gram": "b", "word": "y", "size": 3}]
        database.update(connection, table, changed, ("gram", "word"))
        sizes = {(row.gram, row.word): row.size for row in connection.execute(table.select())}
    assert sizes == {("a", "x"): 2, ("a", "y"): 1, ("b", "x"): 1, ("b", "y"): 3}


@pytest.mark.parametrize("column", ["known_from", "key"])
def test_what_a_commit_changes_twice_is_recorded_once(empty: Database, column: str) -> None:
    """By a column that no index has, and by one by which rows are found."""
    last = 2**63 - 1
    with database.write_transaction(empty.engine) as connection:
        database.insert(connection, _RECORD, record_rows(2))
        for value in ("a", "b"):
            database.update(connection, _RECORD, [{"id": 1, column: value}])
            database.update(connection, _RECORD, [{"id": n, "revision": n} for n in (1, 2)])
        known = ["b", "infinity"] if column == "known_from" else ["infinity"] * 2
        first = [(1, 1, known[0], 1, last), (2, 2, known[1], 1, last)]
        assert recorded(connection) == first
        connection.execute(text("update head set revision = 7"))
        # Nothing differs: nothing is recorded.
        database.update(connection, _RECORD, [{"id": n, "revision": n} for n in (1, 2)])
        assert recorded(connection) == first
        database.update(connection, _RECORD, [{"id": n, "revision": 9} for n in (1, 2)])
        assert recorded(connection) == [
            *((1, 1, known[0], 1, 8), (1, 9, known[0], 8, last)),
            *((2, 2, known[1], 1, 8), (2, 9, known[1], 8, last)),
        ]
        connection.execute(text("delete from record where id = 2"))
        assert recorded(connection)[2:] == [(2, 2, known[1], 1, 8)]


def test_keys_are_found_without_reading_all_records_of_the_type(empty: Database) -> None:
    """By what was planned while there were few: PostgreSQL 15 has counted none of them since."""
    if empty.is_sqlite:
        pytest.skip("SQLite takes the index of type and key in any case")
    with database.write_transaction(empty.engine) as connection:
        refs = [Ref("State", f"k{number}") for number in range(500)]
        rows = record_rows(20_000)
        database.insert(connection, _RECORD, rows[:1_000])
        for _ in range(20):
            assert len(find_ids(connection, refs)) == 499
        database.insert(connection, _RECORD, rows[1_000:])
        before = _read_rows(connection)
        assert find_ids(connection, refs) == {Ref("State", f"k{n}"): n for n in range(1, 500)}
        assert _read_rows(connection) - before < 1_000


def _read_rows(connection: Connection) -> int:
    query = (
        "select pg_stat_get_xact_tuples_returned('record'::regclass)"
        " + pg_stat_get_xact_tuples_fetched('record'::regclass)"
        " + pg_stat_get_xact_tuples_returned('uq_record_type_key'::regclass)"
    )
    return int(connection.execute(text(query)).scalar_one())
