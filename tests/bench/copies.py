"""A world of millions of records, made inside an engine: one of thousands, copied again and again.

In: an engine with a database that was loaded from a world with `MARK` in its keys and names, and
how many copies there are to be. Out: the database with all of them and all that is derived from
them, as if each had been loaded after the other: rows are copied by `insert … select`, with other
numbers, and with another mark in every text. States stay, as there are only so many codes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Engine, Integer, text
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Table as SqlTable

from kb.commit.hashes import Chain, Total, digest
from kb.derive.name_words import add_trigrams
from kb.models import RECORDED, STILL_RECORDED, Table
from kb.records.record_tables import batches

MARK = "w00000"
"""Of the first copy; those of all are of one length, so that copies sort as the first does."""
_WHOLE = {
    "alembic_version",
    "erasure",
    "head",
    "kept_answer",
    "membership_tally",
    "name_trigram",
    "partial_date",
    "request",
    "tally",
    "token",
}
"""Tables that are not copied row by row."""
_FEED = {"change", "snapshot"}
_INTERVAL = "recorded_from, recorded_to"
_TALLIED = (
    "insert into membership_tally select grouped_by, value, status, count(*)"
    " from membership_group group by grouped_by, value, status"
)
_CACHE = "pragma cache_size = -6000000"
"""In KiB: unique indexes, which stay, are written all over."""


def mark(copy: int) -> str:
    return f"{MARK[0]}{copy:0{len(MARK) - 1}}"


def multiply(engine: Engine, copies: int, told: Callable[[int], None] = lambda _: None) -> None:
    """`told` is called after each copy, with its number."""
    with _bulk_writing(engine) as connection:
        tables = [table for table in Table.metadata.sorted_tables if table.name not in _WHOLE]
        copying = _Copying(connection, _Numbers.read(connection))
        copied = [table for table in tables if table.name not in _FEED]
        statements = [copying.statement(table) for table in copied]
        statements += [copying.recording(table) for table in copied if table.name in RECORDED]
        for copy in range(1, copies):
            place = copying.place(copy)
            for statement in statements:
                connection.execute(text(statement), place)
            copying.append_changes(place)
            connection.commit()
            told(copy)
        copying.count(copies)


def add_all_trigrams(engine: Engine) -> None:
    """Those of the words of names, which `multiply` leaves out: a copy has as many as all else."""
    with engine.begin() as connection:
        words = connection.execute(text("select distinct word from name_word")).scalars().all()
        for batch in batches(words):
            add_trigrams(connection, set(batch))


@contextmanager
def _bulk_writing(engine: Engine) -> Iterator[Connection]:
    """Without what would be done again for each row: indexes, triggers and checks of references."""
    of_engine = {"sqlite": _sqlite_bulk_writing, "postgresql": _postgresql_bulk_writing}
    with engine.connect() as connection, of_engine[engine.dialect.name](connection):
        yield connection


@contextmanager
def _sqlite_bulk_writing(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    driver.create_function("sha256_hex", 1, digest, deterministic=True)
    for pragma in (_CACHE, "pragma synchronous = off", "pragma foreign_keys = off"):
        connection.exec_driver_sql(pragma)
    query = "select type, name, sql from sqlite_master where type in ('index', 'trigger')"
    with _left_out(connection, f"{query} and sql is not null"):
        yield
    connection.exec_driver_sql("insert into search_index (search_index) values ('rebuild')")
    connection.commit()
    connection.exec_driver_sql("pragma wal_checkpoint(truncate)")


@contextmanager
def _postgresql_bulk_writing(connection: Connection) -> Iterator[None]:
    for setting in ("session_replication_role = replica", "maintenance_work_mem = '1GB'"):
        connection.exec_driver_sql(f"set {setting}")
    query = (
        "select 'index', indexname, indexdef from pg_indexes where schemaname = current_schema"
        " and not exists (select 1 from pg_constraint where conname = indexname)"
    )
    with _left_out(connection, query):
        yield
    connection.exec_driver_sql("analyze")
    connection.commit()


@contextmanager
def _left_out(connection: Connection, query: str) -> Iterator[None]:
    """Without what the query names by kind, name and declaration, which is made anew after that."""
    left_out = connection.exec_driver_sql(query).all()
    for what, name, _ in left_out:
        connection.exec_driver_sql(f'drop {what} "{name}"')
    connection.commit()
    yield
    for *_, declaration in left_out:
        connection.exec_driver_sql(declaration)
        connection.commit()


@dataclass(frozen=True)
class _Numbers:
    """Of the first copy: the highest numbers, and those of what is not copied, which are in a row.

    `records` and `shared` say how many there are, `shared` of them are not copied; `first_shared`
    and `first_revision` are where these begin.
    """

    highest: dict[str, int]
    records: int
    shared: int
    first_shared: int
    first_revision: int
    stream: str

    @classmethod
    def read(cls, connection: Connection) -> "_Numbers":
        query = "select coalesce(max(id), 0) from {}"
        highest = {
            table: connection.execute(text(query.format(table))).scalar_one()
            for table in ("record", "disagreement", "passage")
        }
        query = "select count(*), min(id), max(id), min(revision), max(revision) from record"
        shared, first, last, first_revision, last_revision = connection.execute(
            text(f"{query} where key not like :marked"), {"marked": f"%{MARK}%"}
        ).one()
        assert shared == last - first + 1 == last_revision - first_revision + 1
        records = connection.execute(text("select count(*) from record")).scalar_one()
        head = connection.execute(text("select * from head")).one()
        assert head.revision == records
        connection.commit()
        return cls(highest, records, shared, first, first_revision, head.stream)

    @property
    def copied(self) -> int:
        return self.records - self.shared

    def record(self, column: str) -> str:
        """The number of the record in a copy."""
        span = self.highest["record"]
        last = self.first_shared + self.shared - 1
        shared = f"{column} between {self.first_shared} and {last}"
        return f"case when {shared} then {column} else {column} + :copy * {span} end"

    def revision(self, column: str) -> str:
        """Of a copy's change, without gaps."""
        own = f"case when {column} > {self.first_revision} then {self.shared} else 0 end"
        return f"{column} - {own} + :before"


class _Copying:
    def __init__(self, connection: Connection, numbers: _Numbers) -> None:
        self._connection, self._numbers = connection, numbers
        self._sha256 = "encode(sha256(convert_to({}, 'UTF8')), 'hex')"
        if connection.dialect.name == "sqlite":
            self._sha256 = "sha256_hex({})"
        self._chain = connection.execute(text("select chain from head")).scalar_one()
        self._totals: defaultdict[str, Total] = defaultdict(Total)
        first = f"select type, key, document from snapshot where key like '%{MARK}%'"
        connection.execute(text(f"create temporary table first_snapshot as {first}"))

    def place(self, copy: int) -> dict[str, object]:
        """What the statements of a copy take."""
        before = self._numbers.records + (copy - 1) * self._numbers.copied
        return {"copy": copy, "mark": mark(copy), "before": before}

    def statement(self, table: SqlTable) -> str:
        """It copies the rows of the first copy of a table."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(self._value(column) for column in table.columns)
        return f"insert into {table.name} ({names}) select {values} {self._rows(table)}"

    def recording(self, table: SqlTable) -> str:
        """It records them as the first commit after all copies before has them."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(self._value(column) for column in table.columns)
        selected = f"{values}, :before + 1, {STILL_RECORDED} {self._rows(table)}"
        return f"insert into recorded_{table.name} ({names}, {_INTERVAL}) select {selected}"

    def _rows(self, table: SqlTable) -> str:
        """Of the first copy: the first column of the key tells, and what they belong to."""
        number = next(iter(table.primary_key))
        owner = table.c.get("source_id", number)
        rows = f"from {table.name} where {number.name} <= {self._numbers.highest[_space(number)]}"
        if _space(owner) != "record":
            return rows
        first, shared = self._numbers.first_shared, self._numbers.shared
        return f"{rows} and {owner.name} not between {first} and {first + shared - 1}"

    def _value(self, column: "Column[Any]") -> str:
        name = f'"{column.name}"'
        if column.name == "revision":
            return self._numbers.revision(name)
        if isinstance(column.type, Integer) and (space := _space(column)):
            if space == "record":
                return self._numbers.record(name)
            return f"{name} + :copy * {self._numbers.highest[space]}"
        other = isinstance(column.type, Boolean | Date | Integer)
        return name if other else self._marked(column)

    def _marked(self, column: "Column[Any]") -> str:
        """With the mark of the copy, where the first has its own."""
        name = f'"{column.name}"'
        query = f"select 1 from {column.table.name} where {name} like :marked limit 1"
        if self._connection.execute(text(query), {"marked": f"%{MARK}%"}).first():
            return f"replace({name}, '{MARK}', :mark)"
        return name

    def append_changes(self, place: dict[str, object]) -> None:
        """The changes of a copy, as one commit, and what copies of the feed hold by then."""
        self._append_snapshot(place)
        self._chain = self._hash(place)
        values = {
            "revision": self._numbers.revision("revision"),
            "commit_end": ":before + :copied",
            "chain": ":chain",
            "key": f"replace(key, '{MARK}', :mark)",
            "document": f"replace(document, '{MARK}', :mark)",
        }
        names = [column.name for column in Table.metadata.tables["change"].columns]
        selected = ", ".join(values.get(name, name) for name in names)
        rows = f"from change where revision <= {self._numbers.records} and key like '%{MARK}%'"
        statement = f"insert into change ({', '.join(names)}) select {selected} {rows}"
        more = {"copied": self._numbers.copied, "chain": self._chain}
        self._connection.execute(text(statement), {**place, **more})

    def _append_snapshot(self, place: dict[str, object]) -> None:
        """No document has a text that could be withheld: both digests are the same."""
        named = f"replace(key, '{MARK}', :mark) as key, replace(document, '{MARK}', :mark)"
        made = f"select type, {named} as document from first_snapshot"
        hashed = f"select made.*, {self._sha256.format('document')} as sha256 from ({made}) made"
        columns = "type, key, document, sha256, textless_sha256"
        selected = "select type, key, document, sha256, sha256"
        statement = f"insert into snapshot ({columns}) {selected} from ({hashed}) hashed"
        self._connection.execute(text(statement), place)

    def _hash(self, place: dict[str, object]) -> str:
        chain = Chain(self._chain, self._numbers.stream)
        query = (
            "select c.type, s.key, s.sha256 from change c join snapshot s"
            f" on s.type = c.type and s.key = replace(c.key, '{MARK}', :mark)"
            f" where c.revision <= {self._numbers.records} and c.key like '%{MARK}%'"
            " order by c.revision"
        )
        for type_name, key, sha256 in self._connection.execute(text(query), place):
            chain.add(type_name, key, sha256)
            self._totals[type_name].add(sha256)
        return chain.end()

    def count(self, copies: int) -> None:
        """What each type amounts to, and where the feed stands, after the last copy."""
        query = "select type, count, checksum from tally"
        for type_name, count, checksum in self._connection.execute(text(query)).all():
            total = self._totals[type_name]
            self._connection.execute(
                text(
                    "update tally set count = :count, checksum = :sum, textless_checksum = :sum"
                    " where type = :type"
                ),
                {"type": type_name, "count": count + total.count, "sum": total.checksum(checksum)},
            )
        self._connection.execute(text("delete from membership_tally"))
        self._connection.execute(text(_TALLIED))
        revision = self._numbers.records + (copies - 1) * self._numbers.copied
        self._connection.execute(
            text("update head set revision = :revision, chain = :chain"),
            {"revision": revision, "chain": self._chain},
        )
        self._record_whole(revision - self._numbers.copied + 1)
        self._connection.commit()

    def _record_whole(self, revision: int) -> None:
        """What is not copied row by row is recorded as the last copy left it."""
        for name in sorted(_WHOLE.intersection(RECORDED)):
            names = ", ".join(f'"{each.name}"' for each in Table.metadata.tables[name].columns)
            for statement in (
                f"update recorded_{name} set recorded_to = {revision}"
                f" where recorded_to = {STILL_RECORDED}",
                f"insert into recorded_{name} ({names}, {_INTERVAL})"
                f" select {names}, {revision}, {STILL_RECORDED} from {name}",
            ):
                self._connection.execute(text(statement))


def _space(column: "Column[Any]") -> str:
    """Which numbers a column has: those of records, of disagreements, of passages, or none."""
    if column.name == "disagreement_id":
        return "disagreement"
    if column.name == "id" and column.table.name in ("disagreement", "passage"):
        return str(column.table.name)
    return "record" if column.name == "id" or column.name.endswith("_id") else ""
