"""What histories are worked out of, as the tables have it.

In: an open transaction, and numbers of records. Out: what citations assert of them, the rows of
their lists, and what they refer to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlmodel import col

from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows
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
StoredRow = Mapping[str, Any]
PartRows = Mapping[str, Sequence[StoredRow]]
"""Rows of lists by table."""


def read_statements(
    connection: Connection, ids: Sequence[int], fields: Collection[str] = ()
) -> tuple[Mapping[int, list[Statement]], Mapping[Ref, int]]:
    """By record, and the numbers of the citations that make them; if fields are given, only those
    that speak of one of these."""
    statements: defaultdict[int, list[Statement]] = defaultdict(list)
    numbers: dict[Ref, int] = {}
    query, values = (_STATEMENTS_OF_FIELDS, {"fields": fields}) if fields else (_STATEMENTS, {})
    for row in fetch_rows(connection, query, ids=ids, **values):
        earliest = None if row.dated_earliest == BEFORE_ALL else row.dated_earliest
        known = date.fromisoformat(row.known_from)
        dated = ArticleDates(date.fromisoformat(earliest) if earliest else None, known).observed_on(
            row.observed_on
        )
        supports = row.stance == Stance.SUPPORTS
        statements[row.subject_id].append(
            Statement(row.key, row.field, row.value, row.claim, supports, dated)
        )
        numbers[Ref("Citation", row.key)] = row.id
    return statements, numbers


_CITED, _ARTICLE = _TABLES["citation"], _TABLES["article"]
_STATEMENTS: Select[Any] = (
    select(_CITED, _ARTICLE.c.dated_earliest, _ARTICLE.c.known_from)
    .join(_ARTICLE, _ARTICLE.c.id == _CITED.c.article_id)
    .where(in_bound(_CITED.c.subject_id))
)
_STATEMENTS_OF_FIELDS = _STATEMENTS.where(in_bound(_CITED.c.field, "fields"))


def read_parts(connection: Connection, type_name: str, ids: Sequence[int]) -> PartRows:
    """The rows of those lists of these records whose members are known from a day, by table."""
    return {
        name: [row._asdict() for row in fetch_rows(connection, _parts_of(name), ids=ids)]
        for name in filter(MEMBER_DAYS.get, part_names(type_name))
    }


@cache
def _parts_of(name: str) -> Select[Any]:
    table = _TABLES[name]
    owner = table.c[OWNER_COLUMNS[name]]
    return select(table).where(in_bound(owner)).order_by(owner, table.c.position)


def referenced_numbers(table: str, rows: Iterable[StoredRow]) -> set[int]:
    references = REFERENCE_COLUMNS[table]
    return {row[name] for row in rows for name in references if row[name] is not None}


def read_refs_and_days(
    connection: Connection, ids: Collection[int]
) -> tuple[Mapping[int, Ref], Mapping[int, str]]:
    """Their types and keys, and the days from which they show."""
    refs: dict[int, Ref] = {}
    first_days: dict[int, str] = {}
    for batch in batches(ids):
        rows = fetch_rows(connection, _REFS_AND_DAYS, ids=batch)
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
    rows = fetch_rows(connection, _names_of(RECORD_TABLES[type_name]), ids=[*ids])
    return [(number, name) for number, name in rows]


@cache
def _names_of(name: str) -> Select[int, str]:
    table = _TABLES[name]
    return select(table.c.id, table.c.name).where(in_bound(table.c.id))
