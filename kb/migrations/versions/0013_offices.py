"""Events have an office, and there are more kinds of them: that an office was vacant is one."""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import add_index, allow_values, drop_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = ("event", "event_version")
_INDEX = ("kind", "office_key", "end_latest")
_BEFORE = (
    *("AGREEMENT", "DECISION", "APPOINTMENT", "ARREST", "CONFLICT", "DEPLOYMENT", "LEGISLATION"),
    "STATEMENT",
)
_NEW = ("VACANCY", "EXERCISE", "TRIAL")


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    allow_values("event", "kind", (*_BEFORE, *_NEW, "OTHER"))
    for table in _TABLES:
        op.execute(f"alter table {table} add column office {text}")
        op.execute(f"alter table {table} add column office_key {text} default '' not null")
    add_index("event", *_INDEX)


def downgrade() -> None:
    """What has one of the new kinds is something else, as it was before there were these."""
    drop_index("event", *_INDEX)
    new = ", ".join(f"'{kind}'" for kind in _NEW)
    for table in _TABLES:
        op.execute(f"update {table} set kind = 'OTHER' where kind in ({new})")
        op.execute(f"alter table {table} drop column office_key")
        op.execute(f"alter table {table} drop column office")
    allow_values("event", "kind", (*_BEFORE, "OTHER"))
