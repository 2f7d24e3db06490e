"""What whoever has no token may read where texts are withheld, as views of the tables.

A document without its text is cut out of the canonical JSON: `"paragraphs"` holds only texts, and
no text holds a bare quote. One that has another shape is left out as a whole.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import settle

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("passage", "ingested", "boolean default false not null"),
    ("mention", "outside_text", "integer default 0 not null"),
    ("snapshot", "textless_sha256", "{text} default '' not null"),
    ("tally", "textless_checksum", "{text} default '' not null"),
)
_BEGIN, _END = '"paragraphs":[', '],"place":'
_TEXTLESS = f"""case
 when {{find}}(document, '{_BEGIN}') = 0 then document
 when {{find}}(document, '{_END}') > {{find}}(document, '{_BEGIN}')
 then substr(document, 1, {{find}}(document, '{_BEGIN}') + {len(_BEGIN) - 2})
 || 'null' || substr(document, {{find}}(document, '{_END}') + 1) end"""
_VIEWS = {
    "every_change": "select revision, commit_end, chain, op, type, key, document, at, actor"
    " from change",
    "textless_change": "select revision, commit_end, chain, op, type, key,"
    " {textless} as document, at, actor from change",
    "textless_snapshot": "select type, key, {textless} as document from snapshot",
    "textless_tally": "select type, count, textless_checksum as checksum from tally",
    "textless_mention": "select article_id, subject_id, outside_text as count, known_from, known_to"
    " from mention where outside_text > 0",
    "textless_passage": "select id, record_id, source_id, text, words, weight, known_from, ingested"
    " from passage where not ingested",
    "textless_paragraph": "select article_id, number, text from paragraph where 1 = 0",
    "article_with_text": "select article_id from paragraph where number = 1",
    "text_access": "select true as shown",
}


def upgrade() -> None:
    settle()
    text = dialect_of_engine(op.get_bind()).text
    for table, column, form in _COLUMNS:
        op.execute(f"alter table {table} add column {column} {form.format(text=text)}")
    # Only paragraphs counted as little as that.
    op.execute("update passage set ingested = true where weight = 1")
    find = "instr" if op.get_bind().dialect.name == "sqlite" else "strpos"
    for name, query in _VIEWS.items():
        op.execute(
            f"create view {name} as " + query.replace("{textless}", _TEXTLESS.format(find=find))
        )


def downgrade() -> None:
    """An older program takes the hashes of commits to be over texts too: it looks at none."""
    settle()
    op.execute("update head set renamed = revision where exists (select 1 from paragraph)")
    for name in _VIEWS:
        op.execute(f"drop view {name}")
    for table, column, _ in _COLUMNS:
        op.execute(f"alter table {table} drop column {column}")
