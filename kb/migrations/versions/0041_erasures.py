"""Texts that were taken down are told of, and of what documents were with them, the hashes kept."""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import settle
from kb.migrations.scripts import run_up

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_HASHES = ("sha256", "textless_sha256")
_BEGIN, _END = '"paragraphs":[', '],"place":'
_TEXTLESS = f"""case
 when {{find}}(document, '{_BEGIN}') = 0 then document
 when {{find}}(document, '{_END}') > {{find}}(document, '{_BEGIN}')
 then substr(document, 1, {{find}}(document, '{_BEGIN}') + {len(_BEGIN) - 2})
 || 'null' || substr(document, {{find}}(document, '{_END}') + 1) end"""
_VIEWS = {
    "every_change": "document",
    "textless_change": f"{_TEXTLESS} as document",
    "shown_change": "document",
}
"""The views of all changes, by the document that each shows, as 0024 made them."""


def upgrade() -> None:
    settle()
    text = dialect_of_engine(op.get_bind()).text
    run_up(__file__)
    _drop_views()
    for column in _HASHES:
        op.execute(f"alter table change add column {column} {text}")
    _create_views("".join(f", {column}" for column in _HASHES))


def downgrade() -> None:
    settle()
    _drop_views()
    for column in _HASHES:
        op.execute(f"alter table change drop column {column}")
    _create_views("")
    op.execute("drop view taken_down")
    op.execute("drop table erasure")


def _drop_views() -> None:
    for view in _VIEWS:
        op.execute(f"drop view {view}")


def _create_views(added: str) -> None:
    find = "instr" if op.get_bind().dialect.name == "sqlite" else "strpos"
    for view, document in _VIEWS.items():
        op.execute(
            f"create view {view} as select revision, commit_end, chain, op, type, key,"
            f" {document.format(find=find)}, at, actor, reason{added} from change"
        )
