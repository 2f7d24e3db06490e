"""The file says whose it is, and the feed says since when its stream has its name.

What an earlier version left undone when it was killed between migrating and deriving is done after
this one, as after each (`kb.upgrade.upgrade`).
"""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table head add column renamed bigint default 0 not null")
    connection = op.get_bind()
    for statement in dialect_of_engine(connection).marks(connection):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("pragma application_id = 0")
    op.execute("alter table head drop column renamed")
