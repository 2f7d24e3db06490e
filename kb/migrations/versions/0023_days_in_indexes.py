"""A view looks for a day in an index alone, as the present does: the index has its days, too."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BEFORE = {
    "latest_start": (
        *("start_latest", "key"),
        *("start_earliest", "end_earliest", "end_latest", "floor"),
    ),
    "start_falling": ("start_earliest", "key"),
}
_ADDED = {
    "latest_start": ("known_from", "known_to"),
    "start_falling": ("end_latest", "floor", "known_from", "known_to"),
}


def upgrade() -> None:
    for table in ("membership_version", "term_version"):
        for name, columns in _BEFORE.items():
            _index(table, name, *columns, *_ADDED[name])


def downgrade() -> None:
    for table in ("membership_version", "term_version"):
        for name, columns in _BEFORE.items():
            _index(table, name, *columns)


def _index(table: str, name: str, *columns: str) -> None:
    op.drop_index(f"ix_{table}_{name}", table)
    op.create_index(f"ix_{table}_{name}", table, list(columns))
