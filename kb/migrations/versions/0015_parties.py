"""Events have parties: what took part, and how.

Back at the version before, those that no source denies are concerned, as the tables of links keep
them; of the others and of all roles nothing is left. Citations of parties support their events as a
whole.
"""

from alembic import op

from kb.migrations.scripts import run_up

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_up(__file__)


def downgrade() -> None:
    op.execute("update citation set field = null, value = null where field = 'parties'")
    op.execute("drop view every_party")
    op.execute("drop table party")
