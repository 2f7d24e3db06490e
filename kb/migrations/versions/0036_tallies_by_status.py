"""Memberships are counted by status beside whatever else they are counted by.

So groups behind a filter of the status are read from tallies, and groups by it and one more key.
Two indexes have all that filters and groups of memberships ask, in the order of organisations and
of states.
"""

from alembic import op

from kb.migrations.tallies import Tallies, drop_tallies, keep_tallies

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BEFORE = Tallies(("organisation_id", "state_id", "status"))
_TALLIES = Tallies(("organisation_id", "state_id"), ("status",))
_TABLES = ("membership", "membership_version")
_AS_OF = ("status", "end_latest", "start_earliest")
_MORE = ("start_latest", "end_earliest", "floor")


def upgrade() -> None:
    drop_tallies()
    keep_tallies(_TALLIES)
    for table in _TABLES:
        op.drop_index(f"ix_{table}_as_of", table)
        _create(table, "as_of", "organisation_id", *_AS_OF, *_MORE, "state_id")
        _create(table, "by_state", "state_id", *_AS_OF, *_MORE, "organisation_id")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(f"ix_{table}_by_state", table)
        op.drop_index(f"ix_{table}_as_of", table)
        _create(table, "as_of", "organisation_id", *_AS_OF)
    drop_tallies()
    keep_tallies(_BEFORE)


def _create(table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, [*columns])
