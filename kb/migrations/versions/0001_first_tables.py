"""The first tables, and what each engine adds so that certain spans cannot overlap."""

from alembic import op

from kb.migrations.scripts import run_down, run_up

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_up(__file__)
    op.execute("insert into head (id, revision) values (1, 0)")


def downgrade() -> None:
    run_down(__file__)
