"""What migrations do again and again: dates, references, lists, indexes for a table of records.

In: the table and the name of the field, within a migration. Out: nothing; the columns are in the
table and in its `_version` twin, where there is one, with the constraints and indexes that the
models give them. What was there is as it was: all records are without the new field. Migrations
rest on this as it is; what it makes may not change.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa
from alembic import op

from kb.database.dialects import dialect_of_engine
from kb.dates import fork

_BEFORE_ALL, _AFTER_ALL = "-infinity", "infinity"
_DAYS = {"order": _AFTER_ALL, "earliest": _BEFORE_ALL, "latest": _BEFORE_ALL}
"""What stands beside a date, with what it is for one that is not there."""
_PERIOD_DATES = ("period_start", "period_end")
_PERIOD = {
    "end_kind": "{text}",
    **dict.fromkeys(("start_earliest", "start_latest", "end_earliest"), "{text}"),
    "end_latest": "{text}",
    "attested_until": "DATE",
    **dict.fromkeys(("start_order", "start_latest_order", "end_order"), "{text}"),
    **dict.fromkeys(("start_fork", "end_fork", "span_fork"), "INTEGER"),
    **dict.fromkeys(("period_text", "start_doubt", "end_doubt"), "{text}"),
}
_PERIOD_RULES = {
    "end_kind": {"end_kind": "end_kind in ('DATED', 'ONGOING', 'UNKNOWN')"},
    "end_latest": {
        "in_order": "start_earliest <= end_latest",
        "dated_end": "end_kind <> 'DATED' or end_latest <> 'infinity'",
    },
    "attested_until": {"attested": "(end_kind = 'ONGOING') = (attested_until is not null)"},
}


def add_date(table: str, name: str) -> None:
    """A partial date, and all that stands beside it."""
    for each in _with_twin(table):
        _add_key(each, name, _text(), "partial_date (edtf)")
    add_day_columns(table, name)


def drop_date(table: str, name: str) -> None:
    drop_day_columns(table, name)
    for each in _with_twin(table):
        _drop_key(each, name)


def add_day_columns(table: str, name: str) -> None:
    """What a date that is there does not have beside it yet, filled in."""
    for each in _with_twin(table):
        there = _columns(each)
        settle()
        for column, form in _day_columns(name):
            if column not in there:
                op.execute(f"alter table {each} add column {column} {form}")
        _fill(each, name)


def drop_day_columns(table: str, name: str, *, kept: frozenset[str] = frozenset()) -> None:
    """All that stands beside a date but what was `kept` beside it before."""
    for each in _with_twin(table):
        settle()
        for column, _ in _day_columns(name):
            if column not in kept:
                op.execute(f"alter table {each} drop column {column}")


def add_period(table: str) -> None:
    """A period that need not be there, with all that stands beside it."""
    for each in _with_twin(table):
        for column in _PERIOD_DATES:
            _add_key(each, column, _text(), "partial_date (edtf)")
        for column, form in _PERIOD.items():
            rules = _PERIOD_RULES.get(column, {}) if each == table else {}
            checks = [f"CONSTRAINT ck_{each}_{name} CHECK ({rule})" for name, rule in rules.items()]
            declaration = " ".join((form.format(text=_text()), *checks))
            op.execute(f"alter table {each} add column {column} {declaration}")


def drop_period(table: str) -> None:
    for each in _with_twin(table):
        settle()
        # A column goes before those that its rule names.
        for column in reversed(_PERIOD):
            op.execute(f"alter table {each} drop column {column}")
        for column in _PERIOD_DATES:
            _drop_key(each, column)


def add_reference(table: str, name: str, target: str) -> None:
    """A column `…_id` that leads to a record of the table `target`, with its index."""
    column = f"{name}_id"
    for each in _with_twin(table):
        _add_key(each, column, "INTEGER", f"{target} (id)")
        op.create_index(f"ix_{each}_{column}", each, [column])


def drop_reference(table: str, name: str) -> None:
    column = f"{name}_id"
    for each in _with_twin(table):
        op.drop_index(f"ix_{each}_{column}", each)
        _drop_key(each, column)


def add_list(table: str, name: str) -> None:
    """A list of texts, as JSON; a list of records is a table of its own."""
    for each in _with_twin(table):
        settle()
        op.execute(f"alter table {each} add column {name} {_text()} DEFAULT '[]' NOT NULL")


def drop_list(table: str, name: str) -> None:
    for each in _with_twin(table):
        settle()
        op.execute(f"alter table {each} drop column {name}")


def add_index(table: str, *columns: str) -> None:
    """One of several columns, as a list is sorted or filtered by them."""
    for each in _with_twin(table):
        settle()
        op.create_index(_index_name(each, columns), each, list(columns))


def drop_index(table: str, *columns: str) -> None:
    for each in _with_twin(table):
        op.drop_index(_index_name(each, columns), each)


def allow_values(table: str, column: str, values: Sequence[str]) -> None:
    """Only these may stand in a column that a constraint `ck_…` has kept to others."""
    listed = ", ".join(f"'{value}'" for value in values)
    name, condition = f"ck_{table}_{column}", f"{column} in ({listed})"
    settle()
    if op.get_bind().dialect.name == "sqlite":
        constraint = rf"CONSTRAINT {name} CHECK \({column} in \([^)]*\)\)"
        changed, count = re.subn(
            constraint, f"CONSTRAINT {name} CHECK ({condition})", _declaration(table)
        )
        assert count == 1, f"{table} has no constraint {name}"
        _rebuild(table, changed)
    else:
        op.execute(f"alter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check ({condition})")


def allow_null(table: str, columns: Sequence[str]) -> None:
    """These may hold nothing; no view may read the table meanwhile."""
    _change_null(table, columns, allowed=True)


def forbid_null(table: str, columns: Sequence[str]) -> None:
    """These may hold nothing no more, and do not; no view may read the table meanwhile."""
    _change_null(table, columns, allowed=False)


def _change_null(table: str, columns: Sequence[str], *, allowed: bool) -> None:
    settle()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(table, _with_null(_declaration(table), columns, allowed=allowed))
        return
    for column in columns:
        rule = "drop not null" if allowed else "set not null"
        op.execute(f"alter table {table} alter column {column} {rule}")


def _with_null(declaration: str, columns: Sequence[str], *, allowed: bool) -> str:
    """A declaration in which these columns may hold nothing, or may not."""
    rule = " NOT NULL"
    before, after = (rule, "") if allowed else ("", rule)
    for column in columns:
        form = rf"(?m)^(\s*{column} \w+){before}(?=,$)"
        declaration, count = re.subn(form, rf"\1{after}", declaration)
        assert count == 1, f"{column} is declared otherwise"
    return declaration


def change_days(table: str, column: str, *, to_text: bool) -> None:
    """A column of days as text, or as dates again; no view may read the table meanwhile."""
    settle()
    before, after = ("DATE", "VARCHAR") if to_text else ("VARCHAR", "DATE")
    if op.get_bind().dialect.name == "sqlite":
        changed, count = re.subn(
            rf"\b{column} {before}\b", f"{column} {after}", _declaration(table)
        )
        assert count == 1, f"{table}.{column} is no {before}"
        _rebuild(table, changed)
    else:
        form, using = (
            (_text(), f"to_char({column}, 'YYYY-MM-DD')")
            if to_text
            else ("DATE", f"{column}::date")
        )
        op.execute(f"alter table {table} alter column {column} type {form} using {using}")


def _index_name(table: str, columns: Sequence[str]) -> str:
    return "_".join(("ix", table, *columns))


def _with_twin(table: str) -> Iterator[str]:
    yield table
    if sa.inspect(op.get_bind()).has_table(twin := f"{table}_version"):
        yield twin


def _text() -> str:
    return dialect_of_engine(op.get_bind()).text


def _columns(table: str) -> set[str]:
    return {str(column["name"]) for column in sa.inspect(op.get_bind()).get_columns(table)}


def _day_columns(name: str) -> Iterator[tuple[str, str]]:
    """Their names and forms."""
    stem = name.removesuffix("_on")
    for suffix, absent in _DAYS.items():
        yield f"{stem}_{suffix}", f"{_text()} DEFAULT '{absent}' NOT NULL"
    yield f"{stem}_fork", "INTEGER DEFAULT 0 NOT NULL"


def _fill(table: str, name: str) -> None:
    """As every write does; all rows of a date at once, by an index that is there for that alone."""
    connection = op.get_bind()
    carried = f"select {name} from {table}"
    days = "edtf, cast(earliest as text), cast(latest as text)"
    dates = connection.execute(
        sa.text(f"select {days} from partial_date where edtf in ({carried})")
    ).all()
    if dates:
        sets = ", ".join(f"{column} = :{column}" for column, _ in _day_columns(name))
        update = sa.text(f"update {table} set {sets} where {name} = :edtf")
        op.create_index("ix_filling", table, [name])
        connection.execute(
            update, [{"edtf": edtf} | _days_of(name, *bounds) for edtf, *bounds in dates]
        )
        op.drop_index("ix_filling", table)


def _days_of(name: str, earliest: str | None, latest: str | None) -> dict[str, str | int]:
    first, last = (date.fromisoformat(day) if day else None for day in (earliest, latest))
    values = (earliest or _AFTER_ALL, earliest or _BEFORE_ALL, latest or _AFTER_ALL)
    columns = [column for column, _ in _day_columns(name)]
    return dict(zip(columns, (*values, fork(first, last)), strict=True))


def settle() -> None:
    """PostgreSQL alters no table while references from or to it are still to be checked."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("set constraints all immediate")
        op.execute("set constraints all deferred")


def _add_key(table: str, column: str, form: str, target: str) -> None:
    """A column, and a reference from it to a row of another table, checked at commit."""
    settle()
    op.execute(f"alter table {table} add column {column} {form}")
    key = (
        f"CONSTRAINT fk_{table}_{column} FOREIGN KEY({column}) REFERENCES {target}"
        " DEFERRABLE INITIALLY DEFERRED"
    )
    if op.get_bind().dialect.name == "sqlite":
        whole = _declaration(table)
        end = whole.rindex(")")
        _rebuild(table, f"{whole[:end].rstrip()},\n    {key}\n{whole[end:]}")
    else:
        op.execute(f"alter table {table} add {key}")


def _drop_key(table: str, column: str) -> None:
    """The column, with the reference from it."""
    settle()
    if op.get_bind().dialect.name == "sqlite":
        key = (
            rf",\s*CONSTRAINT fk_{table}_{column} FOREIGN KEY\({column}\)"
            r" REFERENCES \w+ \(\w+\) DEFERRABLE INITIALLY DEFERRED"
        )
        without, count = re.subn(key, "", _declaration(table))
        assert count == 1, f"{table}.{column} has no reference of its own"
        _rebuild(table, without)
    op.execute(f"alter table {table} drop column {column}")


def _declaration(table: str) -> str:
    query = "select sql from sqlite_master where type = 'table' and name = ?"
    return str(op.get_bind().exec_driver_sql(query, (table,)).scalar_one())


def _rebuild(table: str, declaration: str) -> None:
    """The same rows in a table of this declaration, as SQLite's manual has it.

    Its text is kept, and with it what Alembic's batch mode, which makes the table of what it
    understands of that, would lose, as it does triggers. While a migration runs, references are not
    followed (`migration_settings` of the dialect), so those from other tables stay; the old way of
    renaming does not look at views and triggers of others that name the table.
    """
    connection = op.get_bind()
    query = "select sql from sqlite_master where tbl_name = ? and type <> 'table' and sql <> ''"
    dependents = connection.exec_driver_sql(query, (table,)).scalars().all()
    rebuilt = f"{table}_rebuilt"
    create = re.sub(r'^CREATE TABLE ("?)\w+\1', f"CREATE TABLE {rebuilt}", declaration)
    for statement in (
        create,
        f"insert into {rebuilt} select * from {table}",
        f"drop table {table}",
        "pragma legacy_alter_table = on",
        f"alter table {rebuilt} rename to {table}",
        "pragma legacy_alter_table = off",
        *dependents,
    ):
        connection.exec_driver_sql(statement)
