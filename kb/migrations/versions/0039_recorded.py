"""What all tables of records held after each revision, kept from now on.

The tables are made after the last migration (`kb.migrations.recorded_tables`), as they are then.
"""

from alembic import op

from kb.migrations.operations import settle
from kb.migrations.recorded_tables import drop_recorded

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_VIEWS = {
    "every_head": "select * from head",
    "shown_change": "select * from change",
}
"""The feed, for what stands in front of it."""


def upgrade() -> None:
    settle()
    op.execute("alter table head add column recorded_since bigint default 0 not null")
    op.execute("update head set recorded_since = revision")
    for name, query in _VIEWS.items():
        op.execute(f"create view {name} as {query}")


def downgrade() -> None:
    settle()
    drop_recorded(op.get_bind())
    for name in _VIEWS:
        op.execute(f"drop view {name}")
    op.execute("alter table head drop column recorded_since")
