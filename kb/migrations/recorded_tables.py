"""Tables of what was recorded after each revision, which triggers keep beside those of the present.

In: a connection within a migration. Out: for each table of `RECORDED` one named `recorded_…`, with
its columns and indexes and the revisions from which and until before which a row held. Writers know
nothing of it. The structure follows that of the tables: before migrations the triggers go, and
after them what is missing is made, and what differs by then is recorded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect

from kb.models import RECORDED, STILL_RECORDED

_NEXT = "(select revision + 1 from head)"
"""The first revision of the commit that is being written."""
_INTERVAL = "recorded_from, recorded_to"
_EVENTS = ("insert", "delete", "update", "plain_update")
_VIEWS = {
    "recorded_article_with_text": f"select article_id, {_INTERVAL} from recorded_paragraph"
    " where number = 1",
    "textless_recorded_mention": "select article_id, subject_id, outside_text as count, known_from,"
    f" known_to, outside_text, {_INTERVAL} from recorded_mention where outside_text > 0",
    "textless_recorded_paragraph": f"select article_id, number, text, {_INTERVAL}"
    " from recorded_paragraph where 1 = 0",
    "textless_recorded_tally": "select type, count, textless_checksum as checksum,"
    f" textless_checksum, {_INTERVAL} from recorded_tally",
}
"""Which articles had a text; and what is left of tables to whoever has no token, where texts are
withheld."""


@dataclass(frozen=True)
class _LiveTable:
    """A table as the database has it; indexes as what stands behind the name of their table."""

    name: str
    columns: Mapping[str, str]
    defaults: Mapping[str, str]
    key: Sequence[str]
    indexes: Mapping[str, str]

    @property
    def recorded(self) -> str:
        return f"recorded_{self.name}"

    def listed(self, row: str = "") -> str:
        return ", ".join(f'{row}"{column}"' for column in self.columns)

    def same_key(self, row: str) -> str:
        return " and ".join(f'r."{column}" = {row}."{column}"' for column in self.key)

    def plain_columns(self) -> Iterator[str]:
        """Those by which no row is found: of a row of this commit they are written over where it
        stands, and no index is touched."""
        words = {*re.findall(r"\w+", " ".join((*self.key, *self.indexes.values())))}
        return (name for name in self.columns if name not in words)

    def recorded_indexes(self) -> Iterator[tuple[str, str]]:
        """Those of the table, from each of which an interval is read as well, and two more."""
        for name, definition in self.indexes.items():
            columns, *where = re.split(r"(?i)\s+where\s+", definition, maxsplit=1)
            condition = f" WHERE {where[0]}" if where else ""
            yield f"recorded_{name}", f"{columns[:-1]}, {_INTERVAL}){condition}"
        key = ", ".join(f'"{column}"' for column in self.key)
        # A row that has had many versions is closed by one look.
        yield f"recorded_pk_{self.name}", f"({key}, recorded_to, recorded_from)"
        yield f"recorded_to_{self.name}", f"(recorded_to) WHERE recorded_to < {STILL_RECORDED}"


def keep_recorded(connection: Connection) -> None:
    """Make what is missing, record what differs, and have the database go on with it."""
    engine = _engine(connection)
    tables = [_read_table(connection, name) for name in RECORDED]
    there = {*inspect(connection).get_table_names()}
    statements: list[str] = []
    for table in tables:
        if table.recorded in there:
            statements += _change(table, _read_table(connection, table.recorded))
            statements += [*_differing(table), _open(table, _NEXT)]
        else:
            statements += [_create(table), *_create_indexes(table), _open(table, "0")]
        statements += engine.triggers(table)
    statements += engine.dropping(tables)
    views = (f"create view {name} as {query}" for name, query in _VIEWS.items())
    for statement in (*statements, *views):
        connection.exec_driver_sql(statement)


def release_recorded(connection: Connection) -> None:
    """Take away triggers and views, so that tables may change."""
    engine, there = _engine(connection), {*inspect(connection).get_table_names()}
    for name in _VIEWS:
        connection.exec_driver_sql(f"drop view if exists {name}")
    triggers = [(name, event) for name in RECORDED for event in _EVENTS]
    for name, event in [*triggers, ("head", "dropped")]:
        if name in there:
            connection.exec_driver_sql(engine.drop_trigger(name, event))


def drop_recorded(connection: Connection) -> None:
    """All that was recorded; the triggers are gone already."""
    for name in inspect(connection).get_table_names():
        if name.startswith("recorded_"):
            connection.exec_driver_sql(f"drop table {name}")
    for statement in _engine(connection).drop_functions:
        connection.exec_driver_sql(statement)


def _create(table: _LiveTable) -> str:
    declared = ", ".join(f'"{name}" {form}' for name, form in table.columns.items())
    revisions = ", ".join(f"{name} bigint not null" for name in _INTERVAL.split(", "))
    return f"create table {table.recorded} ({declared}, {revisions})"


def _create_indexes(table: _LiveTable, there: Mapping[str, str] | None = None) -> Iterator[str]:
    for name, definition in table.recorded_indexes():
        if name not in (there or {}):
            yield f"create index {name} on {table.recorded} {definition}"


def _change(table: _LiveTable, recorded: _LiveTable) -> Iterator[str]:
    """The structure as that of the table is by now; a new column has its default in the past."""
    wanted = dict(table.recorded_indexes())
    kept = {name: each for name, each in recorded.indexes.items() if wanted.get(name) == each}
    yield from (f"drop index {name}" for name in recorded.indexes.keys() - kept.keys())
    gone = recorded.columns.keys() - table.columns.keys() - {*_INTERVAL.split(", ")}
    yield from (f'alter table {table.recorded} drop column "{name}"' for name in gone)
    for name, form in table.columns.items():
        if name not in recorded.columns:
            default = f" default {table.defaults[name]}" if name in table.defaults else ""
            yield f'alter table {table.recorded} add column "{name}" {form}{default}'
    yield from _create_indexes(table, kept)


def _differing(table: _LiveTable) -> Iterator[str]:
    """Versions that are in their table no longer as they are here end."""
    same = " and ".join(f'r."{name}" is not distinct from t."{name}"' for name in table.columns)
    differing = (
        f"r.recorded_to = {STILL_RECORDED} and not exists"
        f" (select 1 from {table.name} t where {table.same_key('t')} and {same})"
    )
    yield f"delete from {table.recorded} as r where r.recorded_from = {_NEXT} and {differing}"
    yield f"update {table.recorded} as r set recorded_to = {_NEXT} where {differing}"


def _open(table: _LiveTable, since: str) -> str:
    """What stands in the table and not here yet begins."""
    return (
        f"insert into {table.recorded} ({table.listed()}, {_INTERVAL})"
        f" select {table.listed('t.')}, {since}, {STILL_RECORDED} from {table.name} t"
        f" where not exists (select 1 from {table.recorded} r where {table.same_key('t')}"
        f" and r.recorded_to = {STILL_RECORDED})"
    )


class _Sqlite:
    @staticmethod
    def columns(connection: Connection, table: str) -> dict[str, str]:
        query = "select name, type as form from pragma_table_info(?)"
        return {row.name: row.form for row in connection.exec_driver_sql(query, (table,))}

    index_query = "select name, sql from sqlite_master where type = 'index' and tbl_name = ?"
    drop_functions = ()

    @classmethod
    def triggers(cls, table: _LiveTable) -> Iterator[str]:
        opened = (
            f"insert into {table.recorded} ({table.listed()}, {_INTERVAL})"
            f" select {table.listed('new.')}, {_NEXT}, {STILL_RECORDED}"
        )
        keyed = " and ".join(f'"{column}" = old."{column}"' for column in table.key)
        current = f"{keyed} and recorded_to = {STILL_RECORDED}"
        forget = f"delete from {table.recorded} where {current} and recorded_from = {_NEXT}"
        close = f"update {table.recorded} set recorded_to = {_NEXT} where {current}"
        plain = [*table.plain_columns()]
        moved = cls._differ(name for name in table.columns if name not in plain)
        yield cls._trigger(table, "insert", "", opened)
        yield cls._trigger(table, "delete", "", forget, close)
        yield cls._trigger(table, "update", moved, forget, close, opened)
        if plain:
            changed = ", ".join(f'"{name}" = new."{name}"' for name in plain)
            yield cls._trigger(
                table,
                "plain_update",
                f"({cls._differ(plain)}) and not ({moved})",
                f"update {table.recorded} set {changed}"
                f" where {current} and recorded_from = {_NEXT}",
                f"{close} and recorded_from <> {_NEXT}",
                f"{opened} where not exists (select 1 from {table.recorded} where {current})",
            )

    @staticmethod
    def _differ(columns: Iterable[str]) -> str:
        return " or ".join(f'old."{name}" is not new."{name}"' for name in columns)

    @staticmethod
    def _trigger(table: _LiveTable, event: str, condition: str, *body: str) -> str:
        when = condition and f" when {condition}"
        return (
            f"create trigger record_{table.name}_{event} after {event.rpartition('_')[2]}"
            f" on {table.name}{when} begin {'; '.join(body)}; end"
        )

    @staticmethod
    def dropping(tables: Sequence[_LiveTable]) -> Iterator[str]:
        yield (
            "create trigger record_head_dropped after update of dropped on head begin"
            f" {' '.join(map(_drop_past, tables))} end"
        )

    @staticmethod
    def drop_trigger(table: str, event: str) -> str:
        return f"drop trigger if exists record_{table}_{event}"


class _Postgresql:
    @staticmethod
    def columns(connection: Connection, table: str) -> dict[str, str]:
        query = (
            "select a.attname as name, format_type(a.atttypid, a.atttypmod)"
            " || coalesce(' collate \"' || c.collname || '\"', '') as form from pg_attribute a"
            " left join pg_collation c on c.oid = a.attcollation and c.collname <> 'default'"
            " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped"
            " order by a.attnum"
        )
        return {row.name: row.form for row in connection.exec_driver_sql(query, (table,))}

    index_query = (
        "select i.indexname, i.indexdef from pg_indexes i where i.tablename = %s"
        " and i.schemaname = current_schema() and i.indexdef like '%% USING btree %%'"
        " and not exists (select 1 from pg_constraint c where c.conname = i.indexname)"
    )
    drop_functions = tuple(
        f"drop function if exists record_{name}()" for name in (*RECORDED, "head")
    )

    _ROWS: Final[Mapping[str, tuple[str, str]]] = {
        "insert": ("", "table new_rows"),
        "delete": ("table old_rows", ""),
        "update": ("table old_rows except table new_rows", "table new_rows except table old_rows"),
    }
    """Those that go, and those that come."""

    @classmethod
    def triggers(cls, table: _LiveTable) -> Iterator[str]:
        """Once a statement, for all of its rows: called for each, they took half of a load."""
        bodies = "".join(
            f" if tg_op = '{event.upper()}' then {cls._close(table, gone)}"
            f" {cls._open(table, comes)} end if;"
            for event, (gone, comes) in cls._ROWS.items()
        )
        yield (
            f"create or replace function record_{table.name}() returns trigger language plpgsql"
            f" set enable_seqscan = off set jit = off as $$ declare this bigint := {_NEXT};"
            f" begin{bodies} return null; end $$"
        )
        for event, (gone, comes) in cls._ROWS.items():
            olds = "old table as old_rows" if gone else ""
            news = "new table as new_rows" if comes else ""
            yield (
                f"create trigger record_{table.name}_{event} after {event} on {table.name}"
                f" referencing {olds} {news} for each statement"
                f" execute function record_{table.name}()"
            )

    @staticmethod
    def _close(table: _LiveTable, gone: str) -> str:
        """What goes ends, or, if it is of this commit, it never was.

        Each row is looked for by itself: what is planned while a table is small is run when it is
        not, and would read all of it.
        """
        looked = (
            f"select h.at, h.recorded_from from ({gone}) g cross join lateral (select r.ctid as at,"
            f" r.recorded_from from {table.recorded} r where {table.same_key('g')}"
            f" and r.recorded_to = {STILL_RECORDED} offset 0) h"
        )
        return gone and (
            f"with held as materialized ({looked}), forgotten as (delete from {table.recorded}"
            " where ctid = any (array(select at from held where recorded_from = this)))"
            f" update {table.recorded} set recorded_to = this"
            " where ctid = any (array(select at from held where recorded_from <> this));"
        )

    @staticmethod
    def _open(table: _LiveTable, comes: str) -> str:
        return comes and (
            f"insert into {table.recorded} ({table.listed()}, {_INTERVAL})"
            f" select {table.listed('n.')}, this, {STILL_RECORDED} from ({comes}) n;"
        )

    @staticmethod
    def dropping(tables: Sequence[_LiveTable]) -> Iterator[str]:
        yield (
            "create or replace function record_head() returns trigger language plpgsql as"
            f" $$ begin {' '.join(map(_drop_past, tables))} return null; end $$"
        )
        yield (
            "create trigger record_head_dropped after update of dropped on head"
            " for each row execute function record_head()"
        )

    @staticmethod
    def drop_trigger(table: str, event: str) -> str:
        return f"drop trigger if exists record_{table}_{event} on {table}"


def _drop_past(table: _LiveTable) -> str:
    """By the index of what is past alone, which its condition has to be named for."""
    past = f"recorded_to <= new.dropped and recorded_to < {STILL_RECORDED}"
    return f"delete from {table.recorded} where {past};"


def _engine(connection: Connection) -> type[_Sqlite] | type[_Postgresql]:
    return _Sqlite if connection.dialect.name == "sqlite" else _Postgresql


def _read_table(connection: Connection, name: str) -> _LiveTable:
    engine, inspector = _engine(connection), inspect(connection)
    definitions = connection.exec_driver_sql(engine.index_query, (name,))
    indexes = {index: text[text.index("(") :] for index, text in definitions if text}
    for unique in inspector.get_unique_constraints(name):
        columns = unique["column_names"]
        listed = ", ".join(f'"{column}"' for column in columns)
        indexes["_".join(("uq", name, *columns))] = f"({listed})"
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    defaults = {
        column["name"]: column["default"]
        for column in inspector.get_columns(name)
        if column["default"] is not None
    }
    return _LiveTable(name, engine.columns(connection, name), defaults, key, indexes)
