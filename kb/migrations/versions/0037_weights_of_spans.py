"""What memberships and terms are found by has a weight of its own, by which a search tells them.

Derived anew, these texts would have other numbers.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_BEFORE = 3
_WEIGHTS = {"membership": 5, "term": 4}


def upgrade() -> None:
    for table, weight in _WEIGHTS.items():
        _change(table, _BEFORE, weight)


def downgrade() -> None:
    for table, weight in _WEIGHTS.items():
        _change(table, weight, _BEFORE)


def _change(table: str, before: int, after: int) -> None:
    op.execute(
        f"update passage set weight = {after} where weight = {before}"
        f" and record_id in (select id from {table})"
    )
