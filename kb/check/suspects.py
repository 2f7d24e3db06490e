"""Records whose place or revision is likely wrong: the engine finds them among all others.

In: an open read transaction. Out: these records, the keys under which tables hold them, and what
stands in a table without being a record; as few as there are faults.
"""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select
from sqlmodel import col

from kb.check.findings import RecordRow
from kb.database.in_array import in_array
from kb.models import Head, Record, Table
from kb.records.record_tables import RECORD_TABLES
from kb.records.rows import Ref

_RECORD = Table.metadata.tables["record"]
_TABLES = {name: Table.metadata.tables[table] for name, table in RECORD_TABLES.items()}


def read_suspects(connection: Connection) -> tuple[RecordRow, ...]:
    """All of those that share a revision, have one that cannot be, or are not where they belong."""
    revision = col(Record.revision)
    shared = select(revision).group_by(revision).having(func.count() > 1)
    newest = select(func.max(col(Head.revision))).scalar_subquery()
    wrong = or_(revision < 1, revision > newest, revision.in_(shared), *_misplaced())
    query = select(col(Record.id), col(Record.type), col(Record.key), revision).where(wrong)
    return tuple(
        RecordRow(number, Ref(record_type, key), stored)
        for number, record_type, key, stored in connection.execute(query)
    )


def _misplaced() -> Iterator[ColumnElement[bool]]:
    yield col(Record.type).not_in(RECORD_TABLES)
    for name, table in _TABLES.items():
        is_there = exists().where(table.c.id == _RECORD.c.id)
        yield and_(_RECORD.c.type == name, ~is_there)
        # By the rows of the table: each would else be looked for in all tables.
        others = select(table.c.id).join(_RECORD, _RECORD.c.id == table.c.id)
        yield _RECORD.c.id.in_(others.where(_RECORD.c.type != name))


def read_keys(
    connection: Connection, suspects: Collection[RecordRow]
) -> Mapping[str, dict[int, str]]:
    """By type, the keys of its table's rows that are these records, or none at all."""
    numbers = [record.id for record in suspects]
    keys: dict[str, dict[int, str]] = {}
    for name, table in _TABLES.items():
        is_record = exists().where(_RECORD.c.id == table.c.id)
        wanted = or_(in_array(table.c.id, numbers), ~is_record)
        keys[name] = dict(connection.execute(select(table.c.id, table.c.key).where(wanted)).all())
    return keys
