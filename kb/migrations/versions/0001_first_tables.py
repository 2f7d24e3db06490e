"""The first tables, and the triggers that refuse overlapping certain spans."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OVERLAP = """
create trigger {table}_{event} after {event} on {table}
when new.start_latest <= new.end_earliest and exists (
    select 1 from {table} other
    where other.id <> new.id and {same}
    and other.start_latest <= other.end_earliest
    and other.start_latest <= new.end_earliest and new.start_latest <= other.end_earliest)
begin
    select raise(abort, 'overlap: {table} has another row certain on the same day');
end
"""
_SAME = {
    "membership": "other.organisation_id = new.organisation_id and other.state_id = new.state_id",
    "term": "other.official_id = new.official_id and other.office = new.office"
    " and other.organisation_id is new.organisation_id and other.state_id is new.state_id",
}


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table, same in _SAME.items():
        for event in ("insert", "update"):
            op.execute(_OVERLAP.format(table=table, event=event, same=same))
    op.execute("insert into head (id, revision) values (1, 0)")
