"""Questions are kept with the revision and the hash of their answers, under permanent links."""

from alembic import op

from kb.migrations.scripts import run_up

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_up(__file__)


def downgrade() -> None:
    op.execute("drop table kept_answer")
