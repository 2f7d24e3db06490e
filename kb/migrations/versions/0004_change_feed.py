"""The change feed, empty: what there is already enters it when it is derived anew."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.scripts import run_down, run_up

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = {
    "stream": "{text} default '' not null",
    "chain": "{text} default '' not null",
    "begun": "bigint default 0 not null",
    "dropped": "bigint default 0 not null",
    "dropped_chain": "{text} default '' not null",
}


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for name, form in _COLUMNS.items():
        op.execute(f"alter table head add column {name} {form.format(text=text)}")
    run_up(__file__)
    # Whatever was numbered before is not in this feed: it begins after it.
    start = sa.text("update head set stream = :stream, begun = revision, dropped = revision")
    op.get_bind().execute(start, {"stream": uuid4().hex})


def downgrade() -> None:
    run_down(__file__)
    for name in _COLUMNS:
        op.execute(f"alter table head drop column {name}")
