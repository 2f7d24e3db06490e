"""Periods in words as a careful reader says them: work on data alone.

It is `kb.upgrade.reword`, which `kb.upgrade.upgrade` runs in the same transaction.
"""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
