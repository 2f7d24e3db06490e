"""Citations of what is no prose: a locator, or the source as a whole, instead of an anchor; and the
day of which a source speaks.

Back at the version before, such a citation has an anchor of no words that there are, as it had to
have one.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import allow_null, forbid_null

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_ANCHOR = ("paragraph", "start_at", "end_at", "sha256")
_BEFORE = ("id", "key", "subject_id", "field", "value", "stance", "article_id", *_ANCHOR)
_AFTER = ("claim", "visible_from", "verified")
_RULES = {
    "anchor": " and ".join(f"(paragraph is null) = ({name} is null)" for name in _ANCHOR[1:]),
    "one_place": "paragraph is null or locator is null",
}


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    op.execute("drop view every_citation")
    allow_null("citation", _ANCHOR)
    op.execute(
        f"alter table citation add column locator {text}"
        f" constraint ck_citation_one_place check ({_RULES['one_place']})"
    )
    op.execute(
        f"alter table citation add column observed_on {text}"
        f" constraint ck_citation_anchor check ({_RULES['anchor']})"
    )
    _create_view("locator", "observed_on")


def downgrade() -> None:
    op.execute("drop view every_citation")
    if op.get_bind().dialect.name == "postgresql":
        # It names no column that goes, as SQLite has it go with the one beside which it stands.
        op.execute("alter table citation drop constraint ck_citation_anchor")
    op.execute("alter table citation drop column locator")
    op.execute("alter table citation drop column observed_on")
    op.execute(
        "update citation set paragraph = 1, start_at = 0, end_at = 1,"
        f" sha256 = '{'0' * 64}', verified = false where paragraph is null"
    )
    forbid_null("citation", _ANCHOR)
    _create_view()


def _create_view(*added: str) -> None:
    """All rows, in front of which a view puts those of a day."""
    listed = ", ".join(f'"{column}"' for column in (*_BEFORE, *added, *_AFTER))
    op.execute(f"create view every_citation as select {listed} from citation")
