"""Names beside the rows of a list are found in an index alone, in a view as in the present."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TABLES = ("organisation_version", "official_version", "summit_version", "state_version")
_COLUMNS = ("id", "known_from", "known_to", "name")


def upgrade() -> None:
    for table in _TABLES:
        op.create_index(f"ix_{table}_{'_'.join(_COLUMNS)}", table, list(_COLUMNS))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(f"ix_{table}_{'_'.join(_COLUMNS)}", table)
