"""States have versions: other names of one are known later than the state may be.

The table is empty until it is derived anew, as since when records show is, which
`kb.upgrade.upgrade` does after it.
"""

from alembic import op

from kb.migrations.scripts import run_up

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop view every_state")
    run_up(__file__)


def downgrade() -> None:
    op.execute("drop table state_version")
    op.execute(
        'create view every_state as select id, "key", name, official_name, aliases from state'
    )
