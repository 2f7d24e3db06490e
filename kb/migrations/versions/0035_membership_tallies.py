"""How many memberships there are of each organisation, state and status, and of the same years.

Groups of them all are read from here, instead of counting the memberships one by one.
"""

from kb.migrations.tallies import Tallies, drop_tallies, keep_tallies

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TALLIES = Tallies(("organisation_id", "state_id", "status"))


def upgrade() -> None:
    keep_tallies(_TALLIES)


def downgrade() -> None:
    drop_tallies()
