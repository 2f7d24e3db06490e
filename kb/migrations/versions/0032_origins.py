"""Each record remembers which set of files it came from.

What `kb load` has written before was taken for one set: it is called as the shipped one. And on
SQLite a term is held against those of its official, not of its state, of which there may be tens of
thousands: an import took a hundred times as long for ten times the terms.
"""

import re

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INDEXED = re.compile(r"(?<= )other\.(office\w*|organisation_id|state_id)(?= )")
_UNINDEXED = re.compile(r"\+other\.")


def upgrade() -> None:
    op.execute("alter table record add column origin VARCHAR DEFAULT '' NOT NULL")
    op.execute(
        """update record set origin = 'seeds' where (type, "key") in
        (select type, "key" from change where actor = 'kb load')"""
    )
    _rewrite_triggers(_INDEXED, r"+other.\1")


def downgrade() -> None:
    _rewrite_triggers(_UNINDEXED, "other.")
    op.execute("alter table record drop column origin")


def _rewrite_triggers(pattern: re.Pattern[str], text: str) -> None:
    """A `+` before a column keeps its index from being used."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    query = "select name, sql from sqlite_master where type = 'trigger' and tbl_name = 'term'"
    for name, declaration in connection.exec_driver_sql(query).all():
        op.execute(f"drop trigger {name}")
        connection.exec_driver_sql(pattern.sub(text, declaration))
