"""Nothing is before the founding of what it is of: a floor beside bounds, derived after this."""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SPANS = ("membership", "term", "membership_version", "term_version")
_BODIES = ("organisation", "organisation_version")
_BOUNDS = ("start_latest", "key", "start_earliest", "end_earliest", "end_latest")


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table in (*_BODIES, *_SPANS):
        op.execute(f"alter table {table} add column floor {text} default '-infinity' not null")
    for table in _SPANS:
        _index(table, *_BOUNDS, "floor")


def downgrade() -> None:
    for table in _SPANS:
        _index(table, *_BOUNDS)
    for table in (*_BODIES, *_SPANS):
        op.execute(f"alter table {table} drop column floor")


def _index(table: str, *columns: str) -> None:
    """Lists by the latest start look for a day in this index alone."""
    op.drop_index(f"ix_{table}_latest_start", table)
    op.create_index(f"ix_{table}_latest_start", table, list(columns))
