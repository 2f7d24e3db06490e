"""States that are gone, organisations with several origins, an end and a parent, finer statuses;
and spans may touch: one ends on the day on which the next begins.

Back at the version before, what nobody could say then is not there: associates are observers, and
spans that touch stay as they are, as nothing looks at them.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.migrations.operations import (
    add_date,
    add_period,
    add_reference,
    allow_values,
    drop_date,
    drop_period,
    drop_reference,
)
from kb.migrations.scripts import run_up

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TEXTS = (("organisation", "url"), ("membership", "status_note"), ("term", "capacity"))
_STATUSES = ("MEMBER", "SUSPENDED", "OBSERVER")
_LISTS = ("organisation_predecessor", "state_predecessor")
_FIELDS = {
    "Organisation": ("dissolved", "predecessors", "parent", "url"),
    "State": ("existence.start", "existence.end", "predecessors"),
    "Membership": ("statusNote",),
    "Term": ("capacity",),
}
_SAME = {
    "membership": ("organisation_id", "state_id"),
    "term": ("official_id", "office", "organisation_id", "state_id"),
}


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    add_date("organisation", "dissolved")
    add_reference("organisation", "parent", "organisation")
    for table, column in _TEXTS:
        for each in (table, f"{table}_version"):
            op.execute(f"alter table {each} add column {column} {text}")
    add_period("state")
    for each in ("state", "state_version"):
        op.execute(f"alter table {each} add column floor {text} default '-infinity' not null")
    allow_values("membership", "status", (*_STATUSES, "ASSOCIATE"))
    run_up(__file__)
    _refuse_overlaps(touching=False)


def downgrade() -> None:
    for type_name, fields in _FIELDS.items():
        listed = ", ".join(f"'{field}'" for field in fields)
        op.execute(
            f"update citation set field = null, value = null where field in ({listed})"
            f" and subject_id in (select id from record where type = '{type_name}')"
        )
    for table in _LISTS:
        op.execute(f"drop view every_{table}")
        op.execute(f"drop table {table}")
    for table in ("membership", "membership_version"):
        op.execute(f"update {table} set status = 'OBSERVER' where status = 'ASSOCIATE'")
    allow_values("membership", "status", _STATUSES)
    for each in ("state", "state_version"):
        op.execute(f"alter table {each} drop column floor")
    drop_period("state")
    for table, column in _TEXTS:
        for each in (table, f"{table}_version"):
            op.execute(f"alter table {each} drop column {column}")
    drop_reference("organisation", "parent")
    drop_date("organisation", "dissolved")
    _refuse_overlaps(touching=True)


def _refuse_overlaps(*, touching: bool) -> None:
    """Of spans of one thing, those that are certain on the same days."""
    less = "<=" if touching else "<"
    for table, columns in _SAME.items():
        if op.get_bind().dialect.name == "sqlite":
            _add_triggers(table, columns, less)
        else:
            _add_constraint(table, columns, less)


def _add_triggers(table: str, columns: tuple[str, ...], less: str) -> None:
    same = " and ".join(f"other.{column} is new.{column}" for column in columns)
    for verb in ("insert", "update"):
        op.execute(f"drop trigger {table}_{verb}")
        op.execute(
            f"create trigger {table}_{verb} after {verb} on {table}"
            f" when new.start_latest {less} new.end_earliest and exists ("
            f" select 1 from {table} other where other.id <> new.id and {same}"
            f" and other.start_latest {less} other.end_earliest"
            f" and other.start_latest {less} new.end_earliest"
            f" and new.start_latest {less} other.end_earliest)"
            f" begin select raise(abort, 'overlap: {table} has another row certain on the same"
            " day'); end"
        )


def _add_constraint(table: str, columns: tuple[str, ...], less: str) -> None:
    bounds = "[]" if less == "<=" else "[)"
    of = ", ".join(f"{_never_null(table, column)} with =" for column in columns)
    op.execute(f"alter table {table} drop constraint {table}_overlap")
    op.execute(
        f"alter table {table} add constraint {table}_overlap exclude using gist ({of},"
        f" span(start_latest, end_earliest, '{bounds}') with &&)"
        f" where (start_latest {less} end_earliest)"
    )


def _never_null(table: str, column: str) -> str:
    """A term has one of two bodies."""
    is_body = table == "term" and column in ("organisation_id", "state_id")
    return f"coalesce({column}, 0)" if is_body else column
