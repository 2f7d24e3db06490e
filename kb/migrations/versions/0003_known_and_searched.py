"""What could be known when, where sources disagree, and what can be searched.

The tables are empty until they are derived anew, which `kb.upgrade.upgrade` does after it.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.scripts import run_down, run_up

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = (("record", "known_from"), ("citation", "visible_from"))


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table, name in _COLUMNS:
        op.execute(f"alter table {table} add column {name} {text} default 'infinity' not null")
    run_up(__file__)


def downgrade() -> None:
    run_down(__file__)
    for table, name in _COLUMNS:
        op.execute(f"alter table {table} drop column {name}")
