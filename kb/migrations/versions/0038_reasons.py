"""A change says why it was made, and those of one record are found by an index."""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import add_index, drop_index, settle

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_INDEX = ("type", "key", "revision")
_BEGIN, _END = '"paragraphs":[', '],"place":'
_TEXTLESS = f"""case
 when {{find}}(document, '{_BEGIN}') = 0 then document
 when {{find}}(document, '{_END}') > {{find}}(document, '{_BEGIN}')
 then substr(document, 1, {{find}}(document, '{_BEGIN}') + {len(_BEGIN) - 2})
 || 'null' || substr(document, {{find}}(document, '{_END}') + 1) end"""
_VIEWS = {"every_change": "document", "textless_change": f"{_TEXTLESS} as document"}
"""The views of all changes, by the document that each shows, as 0024 made them."""


def upgrade() -> None:
    settle()
    text = dialect_of_engine(op.get_bind()).text
    _drop_views()
    op.execute(f"alter table change add column reason {text}")
    _create_views(", reason")
    add_index("change", *_INDEX)


def downgrade() -> None:
    settle()
    drop_index("change", *_INDEX)
    _drop_views()
    op.execute("alter table change drop column reason")
    _create_views("")


def _drop_views() -> None:
    for view in _VIEWS:
        op.execute(f"drop view {view}")


def _create_views(added: str) -> None:
    find = "instr" if op.get_bind().dialect.name == "sqlite" else "strpos"
    for view, document in _VIEWS.items():
        op.execute(
            f"create view {view} as select revision, commit_end, chain, op, type, key,"
            f" {document.format(find=find)}, at, actor{added} from change"
        )
