"""What histories are worked out of, as the tables have it.

In: an open transaction, and numbers of records. Out: what citations assert of them, the rows of
their lists, and what they refer to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select
from sqlmodel import col

from kb.database.in_array import in_bound
from kb.derive.assertions import ArticleDates, Statement
from kb.models import MEMBER_DAYS, Record, Stance, Table
from kb.models.base import BEFORE_ALL
from kb.records.record_tables import (
    OWNER_COLUMNS,
    RECORD_TABLES,
    REFERENCE_COLUMNS,
    batches,
    part_names,
)
from kb.records.rows import Ref

_TABLES = Table.metadata.tables
PartRows = Mapping[str, Sequence[RowMapping]]
"""Rows of lists by table."""


def read_statements(
    connection: Connection, ids: Sequence[int], fields: Collection[str] = ()
) -> Mapping[int, list[Statement]]:
    """By record; if fields are given, only those that speak of one of these."""
    statements: defaultdict[int, list[Statement]] = defaultdict(list)
    for row in connection.execute(_statements_of(tuple(fields)), {"ids": ids}).all():
        earliest = None if row.dated_earliest == BEFORE_ALL else row.dated_earliest
        known = date.fromisoformat(row.known_from)
        dated = ArticleDates(date.fromisoformat(earliest) if earliest else None, known).observed_on(
            row.observed_on
        )
        supports = row.stance == Stance.SUPPORTS
        statements[row.subject_id].append(
            Statement(row.key, row.field, row.value, row.claim, supports, dated)
        )
    return statements


@cache
def _statements_of(fields: Sequence[str]) -> Select[Any]:
    cited, article = _TABLES["citation"], _TABLES["article"]
    query = select(cited, article.c.dated_earliest, article.c.known_from)
    query = query.join(article, article.c.id == cited.c.article_id)
    if fields:
        query = query.where(cited.c.field.in_(fields))
    return query.where(in_bound(cited.c.subject_id))


def read_parts(connection: Connection, type_name: str, ids: Sequence[int]) -> PartRows:
    """The rows of those lists of these records whose members are known from a day, by table."""
    return {
        name: connection.execute(_parts_of(name), {"ids": ids}).mappings().all()
        for name in filter(MEMBER_DAYS.get, part_names(type_name))
    }


@cache
def _parts_of(name: str) -> Select[Any]:
    table = _TABLES[name]
    owner = table.c[OWNER_COLUMNS[name]]
    return select(table).where(in_bound(owner)).order_by(owner, table.c.position)


def referenced_numbers(table: str, rows: Iterable[RowMapping]) -> set[int]:
    references = REFERENCE_COLUMNS[table]
    return {row[name] for row in rows for name in references if row[name] is not None}


def read_refs_and_days(
    connection: Connection, ids: Collection[int]
) -> tuple[Mapping[int, Ref], Mapping[int, str]]:
    """Their types and keys, and the days from which they show."""
    refs: dict[int, Ref] = {}
    first_days: dict[int, str] = {}
    for batch in batches(ids):
        rows = connection.execute(_REFS_AND_DAYS, {"ids": batch}).all()
        for number, type_name, key, since in rows:
            refs[number], first_days[number] = Ref(type_name, key), since
    return refs, first_days


_REFS_AND_DAYS = select(
    col(Record.id), col(Record.type), col(Record.key), col(Record.known_from)
).where(in_bound(col(Record.id)))


def read_recorded_names(
    connection: Connection, type_name: str, ids: Collection[int]
) -> Iterable[tuple[int, str]]:
    """The numbers and recorded names of these records."""
    rows = connection.execute(_names_of(RECORD_TABLES[type_name]), {"ids": [*ids]})
    return [(number, name) for number, name in rows]


@cache
def _names_of(name: str) -> Select[int, str]:
    table = _TABLES[name]
    return select(table.c.id, table.c.name).where(in_bound(table.c.id))
