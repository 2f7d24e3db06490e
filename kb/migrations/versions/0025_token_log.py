"""Tokens may expire; who made and revoked them is noted, and when they were last used."""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import settle

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COLUMNS = ("made_by", "revoked_by", "expires_at", "used_at")


def upgrade() -> None:
    settle()
    text = dialect_of_engine(op.get_bind()).text
    for column in _COLUMNS:
        op.execute(f"alter table token add column {column} {text}")


def downgrade() -> None:
    """An older program knows no end of a token but that it is revoked."""
    settle()
    op.execute("update token set revoked_at = coalesce(revoked_at, expires_at)")
    for column in _COLUMNS:
        op.execute(f"alter table token drop column {column}")
