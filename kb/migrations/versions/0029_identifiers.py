"""Records have identifiers, by schemes, and a knowledge base says what it is about.

Back at the version before, nothing is left of either but in the feed; a later upgrade tells it that
they are gone.
"""

from alembic import op

from kb.migrations.scripts import run_up

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TYPES = "('Scheme', 'About')"


def upgrade() -> None:
    run_up(__file__)


def downgrade() -> None:
    for view in ("example", "about", "identifier"):
        op.execute(f"drop view every_{view}")
    op.drop_index("ix_article_known_from", "article")
    for table in ("example", "about", "identifier", "scheme"):
        op.execute(f"drop table {table}")
    op.execute(f"delete from record where type in {_TYPES}")
