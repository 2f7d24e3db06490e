"""On PostgreSQL, too, a snippet is told around the words that were found, whatever their script.

The engine's own words are those of the locale, and as they are written: what is found without its
accent, or in another script, was not marked, and often not in the snippet.
"""

from kb.migrations.scripts import run_down, run_up

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_up(__file__)


def downgrade() -> None:
    run_down(__file__)
