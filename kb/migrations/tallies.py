"""Memberships counted as they are written, for migrations: the table of counts and its triggers.

In: the keys by which they are counted, and the columns by which each count is parted, within a
migration. Out: nothing; the table `membership_tally` has the counts, triggers keep them, and the
view `membership_group` tells what they should be. A number that has fallen to 0 stays. Migrations
rest on this as it is; what it makes may not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alembic import op

from kb.database.dialects import dialect_of_engine

_BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest", "floor")
_VERBS = {"insert": ("+",), "delete": ("-",), "update": ("-", "+")}
"""Whether rows as they were are taken away, and rows as they are added."""
_ROWS = {"-": ("old", -1), "+": ("new", 1)}


@dataclass(frozen=True)
class Tallies:
    """Of these columns, and of the years of each membership; parted by `parts`."""

    keys: Sequence[str]
    parts: Sequence[str] = ()

    @property
    def named(self) -> Sequence[str]:
        """The columns of the primary key."""
        return ("grouped_by", "value", *self.parts)

    @property
    def key(self) -> str:
        return ", ".join(self.named)

    def values(self, row: str) -> dict[str, str]:
        """What a row is counted under, for each key."""
        keys = {key.removesuffix("_id").upper(): f"cast({row}.{key} as text)" for key in self.keys}
        parts = "".join(f", {row}.{part}" for part in self.parts)
        return {name: value + parts for name, value in {**keys, "YEAR": _years(row)}.items()}

    def upsert(self, table: str) -> str:
        return f"on conflict ({self.key}) do update set count = {table}.count + excluded.count"


def keep_tallies(tallies: Tallies) -> None:
    text = dialect_of_engine(op.get_bind()).text
    declared = ", ".join(f"{name} {text} not null" for name in tallies.named)
    op.execute(
        f"create table membership_tally ({declared}, count integer not null,"
        f" constraint pk_membership_tally primary key ({tallies.key}))"
    )
    selected = " union all ".join(
        f"select '{key}' as grouped_by, {values} from membership m"
        for key, values in tallies.values("m").items()
    )
    op.execute(f"create view membership_group ({tallies.key}) as {selected}")
    op.execute(
        f"insert into membership_tally select {tallies.key}, count(*) from membership_group"
        f" group by {tallies.key}"
    )
    for verb, signs in _VERBS.items():
        (_add_sqlite_trigger if _is_sqlite() else _add_postgresql_trigger)(tallies, verb, signs)


def drop_tallies() -> None:
    for verb in _VERBS:
        if _is_sqlite():
            op.execute(f"drop trigger membership_tally_{verb}")
        else:
            op.execute(f"drop trigger membership_tally_{verb} on membership")
            op.execute(f"drop function membership_tally_{verb}()")
    op.execute("drop view membership_group")
    op.execute("drop table membership_tally")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


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


def _add_sqlite_trigger(tallies: Tallies, verb: str, signs: tuple[str, ...]) -> None:
    watched = dict.fromkeys((*tallies.keys, *tallies.parts, *_BOUNDS))
    columns = f" of {', '.join(watched)}" if verb == "update" else ""
    changes = ", ".join(
        f"('{key}', {values}, {change})"
        for sign in signs
        for row, change in (_ROWS[sign],)
        for key, values in tallies.values(row).items()
    )
    op.execute(
        f"create trigger membership_tally_{verb} after {verb}{columns} on membership begin"
        f" insert into membership_tally values {changes} {tallies.upsert('membership_tally')}; end"
    )


def _add_postgresql_trigger(tallies: Tallies, verb: str, signs: tuple[str, ...]) -> None:
    """Once a statement: a number that was written again and again would be slow to find."""
    listed = ", ".join(f"('{key}', {values})" for key, values in tallies.values("m").items())
    counted = ", ".join(f"k.{name}" for name in tallies.named)
    changes = " union all ".join(
        f"select {counted}, {change} as change from {row}_rows m cross join lateral"
        f" (values {listed}) k ({tallies.key})"
        for row, change in (_ROWS[sign] for sign in signs)
    )
    op.execute(
        f"create function membership_tally_{verb}() returns trigger language plpgsql as $$ begin"
        f" insert into membership_tally as t ({tallies.key}, count)"
        f" select {tallies.key}, sum(change) from ({changes}) c"
        f" group by {tallies.key} having sum(change) <> 0 {tallies.upsert('t')};"
        " return null; end $$"
    )
    named = " ".join(f"{_ROWS[sign][0]} table as {_ROWS[sign][0]}_rows" for sign in signs)
    op.execute(
        f"create trigger membership_tally_{verb} after {verb} on membership referencing {named}"
        f" for each statement execute function membership_tally_{verb}()"
    )
