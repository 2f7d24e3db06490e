"""Offices are looked for in any case and with any blanks and dashes: by a column of their own."""

import sqlalchemy as sa
from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.folding import fold_office

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("term", "term_version")
_BODIES = ("organisation", "state")


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table in _TABLES:
        op.execute(f"alter table {table} add column office_key {text} default '' not null")
        _fill(table)
    if op.get_bind().dialect.name == "postgresql":
        # It makes no index while references are still to be checked.
        op.execute("set constraints all immediate")
        op.execute("set constraints all deferred")
    _index("office_key")


def downgrade() -> None:
    _index("office")
    for table in _TABLES:
        op.execute(f"alter table {table} drop column office_key")


def _fill(table: str) -> None:
    connection = op.get_bind()
    offices = connection.execute(sa.text(f"select distinct office from {table}")).scalars().all()
    update = sa.text(f"update {table} set office_key = :key where office = :office")
    for office in offices:
        connection.execute(update, {"key": fold_office(office), "office": office})


def _index(column: str) -> None:
    for table in _TABLES:
        for body in _BODIES:
            name = f"ix_{table}_{body}_office"
            op.drop_index(name, table)
            op.create_index(name, table, [f"{body}_id", column, "end_latest"])
