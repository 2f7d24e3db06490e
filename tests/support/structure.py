"""What tables are made of, as their engine tells it.

In: an open connection. Out: by table, its columns, constraints, indexes and triggers, and its rows.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex

from kb import database
from kb.database.dialects import dialect_of_engine
from tests.support.databases import Database

TRIGGERS = {
    "sqlite": "select sql from sqlite_master where type = 'trigger' and tbl_name = :name",
    "postgresql": "select pg_get_constraintdef(oid) from pg_constraint"
    " where conrelid = cast(:name as regclass) and contype = 'x'",
}
"""By engine, what keeps spans of a table apart."""


def structure(connection: Connection, table: str) -> dict[str, list[str]]:
    """All that the engine says of a table, each part in an order of its own."""
    inspector = inspect(connection)
    triggers = connection.execute(text(TRIGGERS[connection.dialect.name]), {"name": table})
    parts: dict[str, Iterable[object]] = {
        "columns": [column_of(each) for each in inspector.get_columns(table)],
        "references": inspector.get_foreign_keys(table),
        "unique": inspector.get_unique_constraints(table),
        "rules": inspector.get_check_constraints(table),
        "indexes": [index_of(each) for each in inspector.get_indexes(table)],
        "key": [inspector.get_pk_constraint(table)],
        "triggers": triggers.scalars(),
    }
    return {name: sorted(map(repr, part)) for name, part in parts.items()}


def column_of(column: ReflectedColumn) -> tuple[object, ...]:
    """Collations are left out: the models name none, and PostgreSQL's texts all have one."""
    return column["name"], type(column["type"]).__name__, column["nullable"], column["default"]


def index_of(index: ReflectedIndex) -> object:
    """With its condition as text."""
    options = {name: str(option) for name, option in index.get("dialect_options", {}).items()}
    return index | {"dialect_options": options}


def structures_and_rows(connection: Connection) -> dict[str, object]:
    """By table, its structure and its rows."""
    return {
        name: (
            structure(connection, name),
            sorted(map(repr, connection.exec_driver_sql(f"select * from {name}"))),
        )
        for name in dialect_of_engine(connection).tables(connection)
        if not name.startswith("search_index")
    }


def read_everything(db: Database) -> dict[str, object]:
    with database.read_transaction(db.engine) as connection:
        return structures_and_rows(connection)


def lines_about(structures: dict[str, list[str]], names: Iterable[str]) -> dict[str, list[str]]:
    """Of a structure, what speaks of these columns."""
    return {
        part: [each for each in lines if any(f"'{name}'" in each for name in names)]
        for part, lines in structures.items()
    }


def falls(index: str | None) -> bool:
    """Whether the index of this name falls, which Alembic cannot read on SQLite."""
    return str(index).startswith("ix_") and str(index).endswith("_falling")


def is_modelled(name: str | None, object_type: str, _: object) -> bool:
    """All but the engines' own indexes of words, and what was recorded."""
    if object_type in ("table", "index") and (name or "").startswith("recorded_"):
        return False
    return not (name or "").startswith(("search_index", "ix_passage_vector")) and (
        object_type,
        name,
    ) != (
        "column",
        "vector",
    )
