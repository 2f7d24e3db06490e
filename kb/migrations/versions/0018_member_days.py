"""Members of lists are known from days of their own, which are derived anew after this.

What depends on these days, and on what supports a record, is derived by `kb.upgrade.upgrade`.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MEMBERS = {
    "event_organisation": ("organisation",),
    "event_state": ("state",),
    "event_official": ("official",),
    "participation": ("official", "state"),
    "party": ("organisation", "state", "official"),
}
_SHOWN = {
    "participation": "summit_id, position, official_id, state_id, attendance, note",
    "party": "event_id, position, organisation_id, state_id, official_id, role, note",
}
"""What the views of these showed before."""


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table, members in _MEMBERS.items():
        if table in _SHOWN:
            op.execute(f"drop view every_{table}")
        for member in members:
            column = f"{member}_from {text} default 'infinity' not null"
            op.execute(f"alter table {table} add column {column}")
        columns = _SHOWN.get(table, f"event_id, {members[0]}_id, position")
        days = ", ".join(f"{member}_from" for member in members)
        op.execute(f"create view every_{table} as select {columns}, {days} from {table}")


def downgrade() -> None:
    for table, members in _MEMBERS.items():
        op.execute(f"drop view every_{table}")
        for member in members:
            op.execute(f"alter table {table} drop column {member}_from")
    for table, columns in _SHOWN.items():
        op.execute(f"create view every_{table} as select {columns} from {table}")
