"""Articles of one issue are known from one day: nothing of the structure, all is derived anew.

`kb.upgrade.upgrade` works that out after every migration.
"""

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: the column is there."""


def downgrade() -> None:
    """Nothing: an older program takes the days as they are."""
