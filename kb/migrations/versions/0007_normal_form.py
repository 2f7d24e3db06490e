"""Texts in their one normal form, and keys that files can say: work on data alone.

It is `kb.upgrade.renormalise`, which `kb.upgrade.upgrade` runs in the same transaction.
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
