"""What the database itself enforces, whoever writes to it."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pysqlite3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex

from kb import database
from kb.config import Settings
from kb.errors import DatabaseMissing
from kb.models import Table
from kb.upgrade.upgrade import upgrade
from tests.support.databases import Database
from tests.support.structure import falls, is_modelled

OVERLAPPING = """
insert into membership (
       period_start, period_end, end_kind, attested_until, start_earliest, start_latest,
       end_earliest, end_latest, start_order, end_order, period_text, start_doubt, end_doubt,
       id, key, organisation_id, state_id, status)
select period_start, period_end, end_kind, attested_until, start_earliest, start_latest,
       end_earliest, end_latest, start_order, end_order, period_text, start_doubt, end_doubt,
       99999, 'again', organisation_id, state_id, 'OBSERVER'
from membership where key = 'csto-uz-member'
"""


FALLING = {
    True: "select sql from sqlite_master where name like 'ix_%_falling'",
    False: "select indexdef from pg_indexes where indexname like 'ix_%_falling'",
}
"""By whether it is SQLite."""


def test_models_and_migrations_agree_on_indexes_that_fall(empty: Database) -> None:
    """By their text, which is that of the models too."""
    migrated = {as_declared(str(sql)) for (sql,) in empty.rows(FALLING[empty.is_sqlite])}
    modelled = {
        as_declared(str(CreateIndex(index).compile(empty.engine)))
        for table in Table.metadata.tables.values()
        for index in table.indexes
        if falls(index.name)
    }
    assert migrated == modelled
    assert len(migrated) == 32


def as_declared(index: str) -> str:
    """Without what an engine adds of its own."""
    words = index.lower().replace('"', "").replace("public.", "").replace("using btree ", "")
    return " ".join(words.split())


@pytest.mark.filterwarnings("ignore:autogenerate skipping .*_falling")
def test_models_and_migrations_agree(empty: Database) -> None:
    """But for indexes that fall, which Alembic cannot read on SQLite: the test before this does."""

    def compared(name: str | None, object_type: str, parents: object) -> bool:
        return is_modelled(name, object_type, parents) and not (empty.is_sqlite and falls(name))

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": compared})
        assert compare_metadata(context, Table.metadata) == []


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("delete from state where key = 'UZ'", "(?i)foreign key"),
        ("delete from record where key = 'UZ'", "(?i)foreign key"),
        ("delete from partial_date where edtf = '2002'", "(?i)foreign key"),
        ("update citation set article_id = -1", "(?i)foreign key"),
        ("update state set key = 'UZ'", "(?i)unique"),
        ("update record set key = 'UZ', type = 'State'", "(?i)unique"),
        ("update membership set status = 'GUEST'", "ck_membership_status"),
        ("update membership set end_kind = 'ONGOING', attested_until = null", "attested"),
        ("update membership set end_latest = '0001-01-01'", "in_order"),
        ("update term set organisation_id = null, state_id = null", "one_body"),
        ("update citation set start_at = end_at", "offsets"),
        ("update citation set sha256 = 'short'", "sha256"),
        ("update participation set official_id = null, state_id = null", "someone"),
        ("insert into head (id, revision) values (2, 0)", "single"),
        (OVERLAPPING, "overlap"),
        (
            "update membership set start_latest = '1999-12-31' where key = 'csto-uz-member'",
            "overlap",
        ),
    ],
)
def test_refuses_what_cannot_be(filled: Database, statement: str, refusal: str) -> None:
    with pytest.raises(IntegrityError, match=refusal):
        filled.run(statement)


def test_a_refused_write_leaves_nothing(filled: Database) -> None:
    before = filled.rows("select count(*) from record")
    with pytest.raises(IntegrityError):
        add_and_remove(filled)
    assert filled.rows("select count(*) from record") == before


def add_and_remove(filled: Database) -> None:
    with database.write_transaction(filled.engine) as connection:
        connection.exec_driver_sql(
            "insert into record values (99998, 'State', 'XX', 1, false, '2001', '')"
        )
        connection.exec_driver_sql("delete from state where key = 'UZ'")


def test_the_reader_cannot_write(filled: Database) -> None:
    written = "with gone as (delete from record returning key) select key from gone"
    refusal = "readonly database|read-only transaction|near"
    with pytest.raises(Exception, match=refusal):
        filled.loop.run(filled.reader.fetch((written,), []))
    with pytest.raises(Exception, match=refusal):
        filled.loop.run(filled.reader.fetch(("update head set revision = 0",), []))


def test_the_reader_wants_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match="run `kb serve` or `kb load` first"):
        database.open_reader(Settings(database_url=f"sqlite:///{tmp_path}/kb.db"))


def test_a_url_of_postgresql_is_read_by_its_own_rules(postgresql: str) -> None:
    """Hosts that are tried in turn, and options, which readers add theirs to."""
    place = parse_qs(urlsplit(postgresql).query)["host"][0]
    several = f"host=/none,{place}&options=-c%20work_mem%3D5MB&password=any%20one"
    settings = Settings(database_url=f"postgresql://postgres@/postgres?{several}")
    engine = database.open_engine(settings)
    with database.read_transaction(engine) as connection:
        assert connection.exec_driver_sql("show work_mem").scalar() == "5MB"
    engine.dispose()
    with asyncio.Runner() as loop:
        reader = database.open_reader(settings)
        loop.run(reader.open())
        for name, value in (("work_mem", "5MB"), ("default_transaction_read_only", "on")):
            assert loop.run(reader.fetch((f"show {name}",), [])) == (value,)
        loop.run(reader.close())


def test_migrating_again_does_nothing(empty: Database) -> None:
    assert not upgrade(empty.engine)


def test_a_current_sqlite_is_used() -> None:
    """Before 3.51.3 write-ahead logs could be corrupted; the system's own may be far older."""
    assert pysqlite3.sqlite_version_info >= (3, 51, 3)


def test_down_and_up_again(empty: Database) -> None:
    database.revert_migrations(empty.engine, "base")
    names = inspect(empty.engine).get_table_names()
    assert names == ["alembic_version"]
    assert upgrade(empty.engine)
    assert empty.ask("{ revision }") == {"revision": "0"}
