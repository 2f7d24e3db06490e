"""Statements that the driver runs itself give what they give by the library, faults included."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.errors import Unavailable
from kb.models import Table
from tests.support.databases import Database

_STATE = Table.metadata.tables["state"]
_NAMES = select(_STATE.c.name).where(in_bound(_STATE.c.key, "keys")).order_by(_STATE.c.name)


def test_rows_of_every_table(csto: Database) -> None:
    with database.read_transaction(csto.engine) as connection:
        for table in Table.metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            fetched = fetch_rows(connection, select(table))
            assert fetched == [tuple(row) for row in rows], table.name
            types = [[*map(type, each[0])] for each in (fetched, rows) if each]
            assert types[:1] == types[1:], table.name
            assert not rows or fetched[0]._asdict() == dict(rows[0]._mapping), table.name


def test_values_are_bound_at_each_use(csto: Database) -> None:
    with database.read_transaction(csto.engine) as connection:
        assert fetch_values(connection, _NAMES, keys=["UZ", "BY", "XX"]) == [
            "Belarus",
            "Uzbekistan",
        ]
        assert fetch_values(connection, _NAMES, keys={"UZ"}) == ["Uzbekistan"]
        assert fetch_values(connection, _NAMES, keys=()) == []


def test_what_fails_is_told_as_the_library_tells_it(filled: Database) -> None:
    with pytest.raises(DatabaseError):
        _ask_without_a_table(filled)
    with database.read_transaction(filled.engine) as connection:
        assert fetch_values(connection, _NAMES, keys=["UZ"]) == ["Uzbekistan"]


def _ask_without_a_table(of: Database) -> None:
    with database.write_transaction(of.engine) as connection:
        connection.execute(text("alter table state rename to realm"))
        fetch_values(connection, _NAMES, keys=["UZ"])


def test_a_connection_that_is_lost_is_not_used_again(filled: Database) -> None:
    if filled.is_sqlite:
        pytest.skip("a file has no server that could end")
    with pytest.raises(Unavailable):
        _ask_a_server_that_ended(filled)
    with database.write_transaction(filled.engine) as connection:
        assert fetch_values(connection, _NAMES, keys=["UZ"]) == ["Uzbekistan"]


def _ask_a_server_that_ended(of: Database) -> None:
    with database.write_transaction(of.engine) as connection:
        (own,) = connection.execute(text("select pg_backend_pid()")).one()
        with of.context.writer.engine.begin() as other:
            other.execute(text("select pg_terminate_backend(:own)"), {"own": own})
        fetch_values(connection, _NAMES, keys=["UZ"])
