"""Whole records are taken down as texts are: `erasure` tells what of each it was."""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_CHECK = "CONSTRAINT ck_erasure_erased CHECK (erased in ('TEXT', 'RECORD', 'KNOWLEDGE'))"
_VIEWS = ("taken_down", "every_taken_down")
"""Of the present nothing is taken down; `at` puts others in front of them."""


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    op.execute("drop view taken_down")
    op.execute(f"alter table erasure add column erased {text} default 'TEXT' not null {_CHECK}")
    for view in _VIEWS:
        op.execute(f"create view {view} as select type, key, erased from erasure where 1 = 0")


def downgrade() -> None:
    """Of a record that was taken down, nothing can be brought back; that it was is forgotten."""
    for view in _VIEWS:
        op.execute(f"drop view {view}")
    op.execute("delete from erasure where erased <> 'TEXT'")
    op.execute("alter table erasure drop column erased")
    op.execute("create view taken_down as select type, key from erasure where 1 = 0")
