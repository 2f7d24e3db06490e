"""Triggers that keep what was recorded cost less: once a statement on PostgreSQL, and on SQLite a
row of the same commit is written over where it stands.

They are made anew after the last migration (`kb.migrations.recorded_tables`).
"""

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing besides."""


def downgrade() -> None:
    """Nothing: those of the older version go with it."""
