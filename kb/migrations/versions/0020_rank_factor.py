"""How common a word is counts for the rank of what is found, but not in views of earlier days."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create view rank_factor as select 1 as factor")


def downgrade() -> None:
    op.execute("drop view rank_factor")
