"""Columns by which lists are sorted and days are found: names, the founding, and forks."""

from collections.abc import Iterator, Mapping
from datetime import date

import sqlalchemy as sa
from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.dates import fork

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = (
    ("membership", "organisation_name", "organisation"),
    ("membership", "state_name", "state"),
    ("term", "holder_name", "official"),
)
_SPANS = {
    "start_fork": ("start_earliest", "start_latest"),
    "end_fork": ("end_earliest", "end_latest"),
    "span_fork": ("start_earliest", "end_latest"),
}
_FORKS = {
    "article": {"dated_fork": ("dated_earliest", "dated_latest")},
    "summit": {"held_fork": ("held_earliest", "held_latest")},
    **dict.fromkeys(("membership", "term", "event"), _SPANS),
}
"""By table and column, the bounds that are filed."""
_INDEXES = (
    ("organisation", ("founded_order", "key")),
    ("organisation", ("founded_earliest", "key")),
    ("membership", ("organisation_name", "key")),
    ("membership", ("state_name", "key")),
    ("membership", ("start_fork",)),
    ("membership", ("end_fork",)),
    ("term", ("holder_name", "key")),
    ("summit", ("held_fork",)),
    ("summit", ("city_rising", "key")),
    ("summit", ("city_falling", "key")),
    ("event", ("span_fork",)),
    ("article", ("dated_fork",)),
    ("article", ("issue_number",)),
    ("event", ("kind", "start_order", "key")),
    ("membership", ("status", "start_order", "key")),
)
_DEFAULTS = {
    "founded_order": "infinity",
    "founded_earliest": "-infinity",
    "city_rising": "\U0010ffff",
}


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table, name in _added_texts():
        default = _DEFAULTS.get(name, "")
        op.execute(f"alter table {table} add column {name} {text} default '{default}' not null")
    for table, forks in _FORKS.items():
        for name in forks:
            op.execute(f"alter table {table} add column {name} integer default 0 not null")
    for table, column, named in _NAMES:
        name = f"(select n.name from {named} n where n.id = {table}.{named}_id)"
        op.execute(f"update {table} set {column} = {name}")
    for name in ("founded_order", "founded_earliest"):
        found = "(select cast(d.earliest as text) from partial_date d where d.edtf = founded)"
        op.execute(f"update organisation set {name} = coalesce({found}, {name})")
    for name in ("city_rising", "city_falling"):
        op.execute(f"update summit set {name} = coalesce(city, {name})")
    for table, forks in _FORKS.items():
        _file(table, forks)
    if op.get_bind().dialect.name == "postgresql":
        # It makes no index while references are still to be checked.
        op.execute("set constraints all immediate")
        op.execute("set constraints all deferred")
    for table, columns in _INDEXES:
        op.create_index(_name(table, columns), table, list(columns))


def downgrade() -> None:
    for table, columns in _INDEXES:
        op.drop_index(_name(table, columns), table)
    for table, forks in _FORKS.items():
        for name in forks:
            op.execute(f"alter table {table} drop column {name}")
    for table, name in _added_texts():
        op.execute(f"alter table {table} drop column {name}")


def _added_texts() -> Iterator[tuple[str, str]]:
    yield from ((table, column) for table, column, _ in _NAMES)
    yield from (("organisation", name) for name in ("founded_order", "founded_earliest"))
    yield from (("summit", name) for name in ("city_rising", "city_falling"))


def _name(table: str, columns: tuple[str, ...]) -> str:
    return "_".join(("ix", table, *columns))


def _file(table: str, forks: Mapping[str, tuple[str, str]]) -> None:
    """Work out every fork of a table's rows, each row written once."""
    connection = op.get_bind()
    bounds = sorted({bound for pair in forks.values() for bound in pair})
    rows = connection.execute(sa.text(f"select id as own, {', '.join(bounds)} from {table}"))
    filed = [
        {"own": row["own"]}
        | {name: fork(_day(row[low]), _day(row[high])) for name, (low, high) in forks.items()}
        for row in rows.mappings()
    ]
    if filed:
        columns = ", ".join(f"{name} = :{name}" for name in forks)
        connection.execute(sa.text(f"update {table} set {columns} where id = :own"), filed)


def _day(text: str) -> date | None:
    return None if text.endswith("infinity") else date.fromisoformat(text)
