"""Memberships and terms are listed in order of time: by the latest start, either way."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BODIES = {
    "membership": ("organisation_id", "state_id", "status"),
    "term": ("official_id", "organisation_id", "state_id"),
}
"""By table, the columns of which each has an index that goes on in the order of the lists."""
_BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest")


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table in _with_twins("membership", "term", "event"):
        op.execute(
            f"alter table {table} add column start_latest_order {text} default '-infinity' not null"
        )
        with _without_triggers(table):
            op.execute(
                f"update {table} set start_latest_order = start_latest"
                " where start_latest <> 'infinity'"
            )
    _settle()
    bounds = [bound for bound in _BOUNDS if bound != "start_latest"]
    for table in _with_twins(*_BODIES):
        op.drop_index(f"ix_{table}_start", table)
        _create(table, "start", "start_order", "key")
        _create(table, "latest_start", "start_latest", "key", *bounds)
        _create(table, "latest_start_falling", sa.text("start_latest_order desc"), "key")
    _of_bodies("start_order", "start_latest")


def downgrade() -> None:
    _of_bodies("start_latest", "start_order")
    for table in _with_twins(*_BODIES):
        for name in ("latest_start", "latest_start_falling", "start"):
            op.drop_index(f"ix_{table}_{name}", table)
        _create(table, "start", "start_order", "key", *_BOUNDS)
    for table in _with_twins("membership", "term", "event"):
        op.execute(f"alter table {table} drop column start_latest_order")


@contextmanager
def _without_triggers(table: str) -> Iterator[None]:
    """On SQLite they would look for overlaps at each row, three minutes for 200,000 of them.

    No bound moves here, so none could come to overlap.
    """
    if op.get_bind().dialect.name != "sqlite":
        yield
        return
    query = "select name, sql from sqlite_master where type = 'trigger' and tbl_name = ?"
    triggers = op.get_bind().exec_driver_sql(query, (table,)).all()
    for name, _ in triggers:
        op.execute(f"drop trigger {name}")
    yield
    for _, declaration in triggers:
        op.get_bind().exec_driver_sql(declaration)


def _with_twins(*tables: str) -> Iterator[str]:
    for table in tables:
        yield from (table, f"{table}_version")


def _of_bodies(before: str, after: str) -> None:
    for table, bodies in _BODIES.items():
        for each in _with_twins(table):
            for body in bodies:
                op.drop_index(f"ix_{each}_{body}_{before}_key", each)
                _create(each, f"{body}_{after}_key", body, after, "key")


def _create(table: str, name: str, *columns: str | sa.TextClause) -> None:
    op.create_index(f"ix_{table}_{name}", table, list(columns))


def _settle() -> None:
    """PostgreSQL makes no index while references are still to be checked."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("set constraints all immediate")
        op.execute("set constraints all deferred")
