"""Summits have a kind, and say whether their list of participants is whole.

Back at the version before, citations of either support their summits as a whole.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import add_index, drop_index

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = ("summit", "summit_version")
_INDEX = ("kind", "held_order", "key")
_ONE_OF = "constraint ck_summit_kind check (kind in ('SUMMIT', 'MEETING'))"


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table in _TABLES:
        rule = _ONE_OF if table == "summit" else ""
        op.execute(f"alter table {table} add column kind {text} default 'MEETING' not null {rule}")
        op.execute(
            f"alter table {table} add column participants_complete boolean default false not null"
        )
    add_index("summit", *_INDEX)


def downgrade() -> None:
    op.execute(
        "update citation set field = null, value = null where field in"
        " ('kind', 'participantsComplete') and subject_id in (select id from summit)"
    )
    drop_index("summit", *_INDEX)
    for table in _TABLES:
        op.execute(f"alter table {table} drop column participants_complete")
        op.execute(f"alter table {table} drop column kind")
