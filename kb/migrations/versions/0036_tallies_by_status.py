"""Memberships are counted by status beside whatever else they are counted by.

So groups behind a filter of the status are read from tallies, and groups by it and one more key.
Two indexes have all that filters and groups of memberships ask, in the order of organisations and
of states; by the latter a membership that is written is held against those of its pair alone.
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
        _create(table, "by_state", "state_id", "organisation_id", *_AS_OF, *_MORE)
    # No statistics tell SQLite that a pair has fewer memberships than begin in a time.
    _refuse_overlaps("+other.start_latest")


def downgrade() -> None:
    _refuse_overlaps("other.start_latest")
    for table in _TABLES:
        op.drop_index(f"ix_{table}_by_state", table)
        op.drop_index(f"ix_{table}_as_of", table)
        _create(table, "as_of", "organisation_id", *_AS_OF)
    drop_tallies()
    keep_tallies(_BEFORE)


def _refuse_overlaps(start: str) -> None:
    """PostgreSQL has a constraint instead."""
    if op.get_bind().dialect.name == "postgresql":
        return
    for verb in ("insert", "update"):
        op.execute(f"drop trigger membership_{verb}")
        op.execute(
            f"create trigger membership_{verb} after {verb} on membership"
            " when new.start_latest < new.end_earliest and exists ("
            " select 1 from membership other where other.id <> new.id"
            " and other.organisation_id is new.organisation_id and other.state_id is new.state_id"
            f" and other.start_latest < other.end_earliest and {start} < new.end_earliest"
            " and new.start_latest < other.end_earliest)"
            " begin select raise(abort, 'overlap: membership has another row certain on the same"
            " day'); end"
        )


def _create(table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, [*columns])
