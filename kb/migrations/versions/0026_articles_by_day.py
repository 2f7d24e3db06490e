"""A view lists the newest articles of its day without a look at those that came later.

The day from which an article is known is text, as other days are, so that an index can compare it
with the dateline.
"""

import sqlalchemy as sa
from alembic import op

from kb.migrations.operations import change_days

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_FALLING = ("dated_earliest", "key", "dated_latest")
_COLUMNS = (
    *("id", "key", "headline", "publication_id", "issue_number", "issued_on", "dated_on"),
    *("dated_order", "dated_earliest", "dated_latest", "dated_fork", "place", "author", "summary"),
    *("url", "year_inferred", "known_from", "kind", "attribution"),
)


def upgrade() -> None:
    _change(to_text=True)
    _index_falling(*_FALLING, "known_from")
    ahead = sa.text("dated_earliest > known_from")
    op.create_index(
        "ix_article_ahead",
        "article",
        ["dated_earliest", "known_from"],
        sqlite_where=ahead,
        postgresql_where=ahead,
    )


def downgrade() -> None:
    op.drop_index("ix_article_ahead", "article")
    _index_falling(*_FALLING)
    _change(to_text=False)


def _change(*, to_text: bool) -> None:
    op.execute("drop view every_article")
    change_days("article", "known_from", to_text=to_text)
    listed = ", ".join(f'"{column}"' for column in _COLUMNS)
    op.execute(f"create view every_article as select {listed} from article")


def _index_falling(*columns: str) -> None:
    op.drop_index("ix_article_dated_falling", "article")
    op.create_index("ix_article_dated_falling", "article", list(columns))
