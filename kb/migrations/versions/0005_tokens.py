"""Tokens, and the requests that they were used for."""

from alembic import op

from kb.migrations.scripts import run_up

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_up(__file__)


def downgrade() -> None:
    op.execute("drop table request")
    op.execute("drop table token")
