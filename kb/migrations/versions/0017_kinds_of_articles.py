"""Articles have a kind, and whom they name as their source; publications have a publisher.

`kb.upgrade.mark_opinions` sees which of the articles that are there are opinions.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import add_index, drop_index

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KINDS = "'REPORT', 'OPINION', 'DATASET', 'DOCUMENT'"
_INDEXES = (("author",), ("kind", "dated_earliest", "key"))
_PUBLICATION = ("id", "key", "name")
_ARTICLE = (
    *("id", "key", "headline", "publication_id", "issue_number", "issued_on", "dated_on"),
    *("dated_order", "dated_earliest", "dated_latest", "dated_fork", "place", "author", "summary"),
    *("url", "year_inferred", "known_from"),
)


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    _drop_views()
    op.execute(f"alter table publication add column publisher {text}")
    op.execute(f"alter table article add column attribution {text}")
    op.execute(
        f"alter table article add column kind {text} default 'REPORT' not null"
        f" constraint ck_article_kind check (kind in ({_KINDS}))"
    )
    for columns in _INDEXES:
        add_index("article", *columns)
    _create_views(("publisher",), ("kind", "attribution"))


def downgrade() -> None:
    _drop_views()
    for columns in _INDEXES:
        drop_index("article", *columns)
    op.execute("alter table article drop column kind")
    op.execute("alter table article drop column attribution")
    op.execute("alter table publication drop column publisher")
    _create_views((), ())


def _drop_views() -> None:
    op.execute("drop view every_publication")
    op.execute("drop view every_article")


def _create_views(of_publication: tuple[str, ...], of_article: tuple[str, ...]) -> None:
    """All rows of these tables, in front of which a view puts those of a day."""
    for table, columns in (
        ("publication", (*_PUBLICATION, *of_publication)),
        ("article", (*_ARTICLE, *of_article)),
    ):
        listed = ", ".join(f'"{column}"' for column in columns)
        op.execute(f"create view every_{table} as select {listed} from {table}")
