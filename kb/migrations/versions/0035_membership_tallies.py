"""How many memberships there are of each organisation, state and status, and of the same years.

Groups of them all are read from here, instead of counting the memberships one by one. Triggers keep
it at every write. A number that has fallen to 0 stays.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TABLE = """create table membership_tally (
 grouped_by {text} not null, value {text} not null, count integer not null,
 constraint pk_membership_tally primary key (grouped_by, value))"""
_KEYS = ("organisation_id", "state_id", "status")
_BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest", "floor")
_VERBS = {"insert": ("+",), "delete": ("-",), "update": ("-", "+")}
"""Whether rows as they were are taken away, and rows as they are added."""
_ROWS = {"-": ("old", -1), "+": ("new", 1)}
_UPSERT = "on conflict (grouped_by, value) do update set count = {}.count + excluded.count"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_TABLE.format(text=dialect_of_engine(op.get_bind()).text))
    selected = " union all ".join(
        f"select '{key}' as grouped_by, {value} as value from membership m"
        for key, value in _groups_of("m").items()
    )
    op.execute(f"create view membership_group as {selected}")
    op.execute(
        "insert into membership_tally select grouped_by, value, count(*) from membership_group"
        " group by grouped_by, value"
    )
    for verb, signs in _VERBS.items():
        (_add_sqlite_trigger if is_sqlite else _add_postgresql_trigger)(verb, signs)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for verb in _VERBS:
        if is_sqlite:
            op.execute(f"drop trigger membership_tally_{verb}")
        else:
            op.execute(f"drop trigger membership_tally_{verb} on membership")
            op.execute(f"drop function membership_tally_{verb}()")
    op.execute("drop view membership_group")
    op.execute("drop table membership_tally")


def _groups_of(row: str) -> dict[str, str]:
    keys = {key.removesuffix("_id").upper(): f"cast({row}.{key} as text)" for key in _KEYS}
    return {**keys, "YEAR": _years(row)}


def _years(row: str) -> str:
    """The first and last year in which it can have held, then those in which it must have."""
    begins = [
        f"case when {row}.{day} < {row}.floor then {row}.floor else {row}.{day} end"
        for day in ("start_earliest", "start_latest")
    ]
    first, last = (f"({each})" for each in begins)
    early, late = f"{row}.end_earliest", f"{row}.end_latest"
    surely = (
        f"case when {last} < {late} then {last} else {late} end",
        f"case when {early} < {first} then {first} else {early} end",
    )
    years = " || ".join(f"substr({day}, 1, 4)" for day in (first, late, *surely))
    return f"case when {first} > {late} then 'nonenonenonenone' else {years} end"


def _add_sqlite_trigger(verb: str, signs: tuple[str, ...]) -> None:
    columns = f" of {', '.join((*_KEYS, *_BOUNDS))}" if verb == "update" else ""
    changes = ", ".join(
        f"('{key}', {value}, {change})"
        for sign in signs
        for row, change in (_ROWS[sign],)
        for key, value in _groups_of(row).items()
    )
    op.execute(
        f"create trigger membership_tally_{verb} after {verb}{columns} on membership begin"
        f" insert into membership_tally values {changes} {_UPSERT.format('membership_tally')}; end"
    )


def _add_postgresql_trigger(verb: str, signs: tuple[str, ...]) -> None:
    """Once a statement: a number that was written again and again would be slow to find."""
    changes = " union all ".join(
        f"select k.grouped_by, k.value, {change} as change from {row}_rows m cross join lateral"
        f" (values {_listed_groups()}) k (grouped_by, value)"
        for row, change in (_ROWS[sign] for sign in signs)
    )
    op.execute(
        f"create function membership_tally_{verb}() returns trigger language plpgsql as $$ begin"
        " insert into membership_tally as t (grouped_by, value, count)"
        f" select c.grouped_by, c.value, sum(c.change) from ({changes}) c"
        f" group by c.grouped_by, c.value having sum(c.change) <> 0 {_UPSERT.format('t')};"
        " return null; end $$"
    )
    named = " ".join(f"{_ROWS[sign][0]} table as {_ROWS[sign][0]}_rows" for sign in signs)
    op.execute(
        f"create trigger membership_tally_{verb} after {verb} on membership referencing {named}"
        f" for each statement execute function membership_tally_{verb}()"
    )


def _listed_groups() -> str:
    return ", ".join(f"('{key}', {value})" for key, value in _groups_of("m").items())
