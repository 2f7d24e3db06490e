"""Every partial date has the same columns beside it, to be sorted, compared and found by.

What a filter asks of the date of a summit stands in the index that it looks in.
"""

from alembic import op

from kb.migrations.operations import add_day_columns, drop_day_columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DATES = (("organisation", "founded"), ("term", "planned_end"), ("article", "issued_on"))
_KEPT = frozenset({"founded_order", "founded_earliest"})
"""What was there before."""


def upgrade() -> None:
    for table, name in _DATES:
        add_day_columns(table, name)
    _index("held_earliest", "key", "held_latest")


def downgrade() -> None:
    _index("held_earliest", "key")
    for table, name in _DATES:
        drop_day_columns(table, name, kept=_KEPT)


def _index(*columns: str) -> None:
    for table in ("summit", "summit_version"):
        name = f"ix_{table}_held_falling"
        op.drop_index(name, table)
        op.create_index(name, table, list(columns))
