"""What migrations add to tables of records is as the models would have it; nothing else moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Index, Integer, MetaData, String, inspect, text
from sqlalchemy.exc import IntegrityError

from kb import database
from kb.config import Settings
from kb.migrations import operations
from kb.migrations.recorded_tables import keep_recorded, release_recorded
from kb.models import Table
from kb.models.base import day_columns, foreign_key
from kb.upgrade.upgrade import upgrade
from tests.support.databases import Database, Place
from tests.support.sampling import one_in
from tests.support.soundness import assert_whole
from tests.support.structure import falls, is_modelled, lines_about, read_everything, structure

ADDED: dict[str, tuple[Callable[[str], None], Callable[[str], None]]] = {
    "date": (lambda table: add_sorted_date(table), lambda table: drop_sorted_date(table)),
    "reference": (
        lambda table: operations.add_reference(table, "rival", "organisation"),
        lambda table: operations.drop_reference(table, "rival"),
    ),
    "list": (
        lambda table: operations.add_list(table, "mottoes"),
        lambda table: operations.drop_list(table, "mottoes"),
    ),
}
"""By what is added, how, and how it is dropped again."""
PLACES = (
    pytest.param("organisation", marks=pytest.mark.long),
    "membership",
    pytest.param("article", marks=pytest.mark.long),
)
"""One that others and it itself refer to; one with triggers and rules; one without a twin."""


def add_sorted_date(table: str) -> None:
    operations.add_date(table, "sighted_on")
    operations.add_index(table, "sighted_order", "key")


def drop_sorted_date(table: str) -> None:
    operations.drop_index(table, "sighted_order", "key")
    operations.drop_date(table, "sighted_on")


def columns_of(added: str) -> "tuple[Column[str] | Column[int], ...]":
    """What the models would have."""
    if added == "date":
        seen = Column("sighted_on", String, foreign_key("partial_date.edtf"))
        return (seen, *day_columns("sighted_on"))
    if added == "reference":
        return (Column("rival_id", Integer, foreign_key("organisation.id"), index=True),)
    return (Column("mottoes", String, nullable=False, server_default=text("'[]'")),)


def modelled(added: str, table: str) -> MetaData:
    """The models, had they the columns too."""
    metadata = MetaData(naming_convention=Table.metadata.naming_convention)
    for each in Table.metadata.sorted_tables:
        each.to_metadata(metadata)
    for name in with_twin(table):
        for column in columns_of(added):
            metadata.tables[name].append_column(column)
        if added == "date":
            Index(None, *(metadata.tables[name].c[column] for column in ("sighted_order", "key")))
    return metadata


def with_twin(table: str) -> list[str]:
    return [name for name in (table, f"{table}_version") if name in Table.metadata.tables]


def recorded_too(table: str) -> set[str]:
    """The table and its twin, and what is recorded of them."""
    return {f"{prefix}{name}" for name in with_twin(table) for prefix in ("", "recorded_")}


@contextmanager
def migration(db: Database) -> Iterator[None]:
    """A transaction as that of a migration, in which its operations can be called, with what is
    done before and after them."""
    with (
        database.migrating(db.engine) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        release_recorded(connection)
        yield
        keep_recorded(connection)


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore:autogenerate skipping .*_falling")
@pytest.mark.parametrize("table", PLACES)
@pytest.mark.parametrize("added", one_in(3, ADDED))
def test_what_is_added_is_what_the_models_would_give(
    filled: Database, place: Place, added: str, table: str
) -> None:
    add, drop = ADDED[added]
    before = read_everything(filled)
    with migration(filled):
        add(table)
    names = [column.name for column in columns_of(added)]
    assert_as_modelled(filled, place.create(), modelled(added, table), with_twin(table), names)
    after = read_everything(filled)
    assert {name for name in after if after[name] != before[name]} == recorded_too(table)
    with migration(filled):
        drop(table)
    assert read_everything(filled) == before
    assert_whole(filled)


def assert_as_modelled(
    db: Database, other: Settings, metadata: MetaData, tables: list[str], names: list[str]
) -> None:
    """In one database as in another that is made of the models alone."""
    engine = database.open_engine(other)
    with engine.begin() as connection:
        metadata.create_all(connection)
        wanted = {each: lines_about(structure(connection, each), names) for each in tables}
    engine.dispose()
    with database.read_transaction(db.engine) as connection:
        found = {each: lines_about(structure(connection, each), names) for each in tables}
        assert found == wanted
        is_sqlite = connection.dialect.name == "sqlite"

        def compared(name: str | None, object_type: str, parents: object) -> bool:
            return is_modelled(name, object_type, parents) and not (is_sqlite and falls(name))

        context = MigrationContext.configure(connection, opts={"include_name": compared})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("table", PLACES)
def test_rows_rules_and_triggers_outlast_what_is_added(filled: Database, table: str) -> None:
    """And references are followed as before, to the table and from it."""
    with migration(filled):
        for add, _ in ADDED.values():
            add(table)
    for statement in REFUSED:
        with pytest.raises(IntegrityError):
            filled.run(statement)
    for name in with_twin(table):
        for wrong in ("rival_id = -1", "sighted_on = '1234'"):
            with pytest.raises(IntegrityError, match=UNFOLLOWED):
                filled.run(f"update {name} set {wrong}")
        filled.run(f"update {name} set rival_id = (select max(id) from organisation)")
        filled.run(f"update {name} set sighted_on = (select min(edtf) from partial_date)")


UNFOLLOWED = r"(?i)foreign key"
REFUSED = (
    "delete from organisation",
    "delete from article",
    "update membership set status = 'GUEST'",
    "update membership set organisation_id = -1",
    "update membership set start_latest = '1999-12-31' where key = 'csto-uz-member'",
    "update organisation set key = 'csto'",
)


def test_what_the_first_migrations_made_can_be_dropped_too(filled: Database) -> None:
    before = read_everything(filled)
    with migration(filled):
        operations.drop_reference("official", "nationality")
    after = read_everything(filled)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == recorded_too("official")
    assert "nationality" not in str([after[name] for name in changed])


def test_what_names_a_table_elsewhere_is_left_as_it_is(filled: Database) -> None:
    """A view, and a trigger of another table, which SQLite would look at while there is none."""
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL makes no table anew")
    made = (
        "create view joined as select state_id from membership",
        "create trigger told after insert on event begin"
        " update membership set status = status where id = new.id; end",
    )
    for statement in made:
        filled.run(statement)
    with migration(filled):
        operations.add_reference("membership", "rival", "organisation")
    kept = filled.rows("select sql from sqlite_master where name in ('joined', 'told')")
    assert {str(statement).lower() for (statement,) in kept} == {*made}
    filled.rows("select * from joined")


def test_a_migration_breaks_no_reference(filled: Database) -> None:
    with pytest.raises(IntegrityError, match=UNFOLLOWED):
        add_and_remove(filled)
    assert filled.rows("select key from state where key = 'UZ'") == [("UZ",)]
    columns = inspect(filled.engine).get_columns("state")
    assert "mottoes" not in {each["name"] for each in columns}


def add_and_remove(filled: Database) -> None:
    with migration(filled):
        operations.add_list("state", "mottoes")
        op.execute("delete from state where key = 'UZ'")


def test_references_that_were_broken_before_are_no_fault_of_a_migration(filled: Database) -> None:
    """`kb check` tells of them, once the database is of its version."""
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL has none")
    with filled.engine.connect() as connection:
        connection.exec_driver_sql("pragma foreign_keys = off")
        connection.exec_driver_sql("update term set planned_end = '2055'")
    filled.engine.dispose()
    database.revert_migrations(filled.engine, "0007")
    assert upgrade(filled.engine)
