"""Values that citations assert have words; what sources disagree on follows another rule.

All that is derived is worked out anew after any migration (`kb.upgrade.upgrade`): that fills the
words in, and drops the disagreements that are none by the new rule.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    op.execute(f"alter table assertion add column text {text} default '' not null")


def downgrade() -> None:
    op.execute("alter table assertion drop column text")
