"""What histories are worked out of, as the tables have it.

In: an open transaction, and numbers of records. Out: what citations assert of them, the rows of
their lists, and what they refer to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, RowMapping, select
from sqlmodel import col

from kb.database.in_array import in_array
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
    cited, article = _TABLES["citation"], _TABLES["article"]
    query = select(cited, article.c.dated_earliest, article.c.known_from).join(
        article, article.c.id == cited.c.article_id
    )
    if fields:
        query = query.where(cited.c.field.in_(fields))
    for row in connection.execute(query.where(in_array(cited.c.subject_id, ids))).all():
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


def read_parts(connection: Connection, type_name: str, ids: Sequence[int]) -> PartRows:
    """The rows of those lists of these records whose members are known from a day, by table."""
    parts: dict[str, Sequence[RowMapping]] = {}
    for name in filter(MEMBER_DAYS.get, part_names(type_name)):
        table = _TABLES[name]
        query = select(table).where(in_array(table.c[OWNER_COLUMNS[name]], ids))
        query = query.order_by(table.c[OWNER_COLUMNS[name]], table.c.position)
        parts[name] = connection.execute(query).mappings().all()
    return parts


def referenced_numbers(table: str, rows: Iterable[RowMapping]) -> set[int]:
    references = REFERENCE_COLUMNS[table]
    return {row[name] for row in rows for name in references if row[name] is not None}


def read_refs_and_days(
    connection: Connection, ids: Collection[int]
) -> tuple[Mapping[int, Ref], Mapping[int, str]]:
    """Their types and keys, and the days from which they show."""
    refs: dict[int, Ref] = {}
    first_days: dict[int, str] = {}
    columns = col(Record.id), col(Record.type), col(Record.key), col(Record.known_from)
    for batch in batches(ids):
        query = select(*columns).where(in_array(col(Record.id), batch))
        for number, type_name, key, since in connection.execute(query).all():
            refs[number], first_days[number] = Ref(type_name, key), since
    return refs, first_days


def read_numbers(connection: Connection, refs: Collection[Ref]) -> Mapping[Ref, int]:
    numbers: dict[Ref, int] = {}
    for type_name in {ref.type for ref in refs}:
        query = select(col(Record.key), col(Record.id)).where(col(Record.type) == type_name)
        for batch in batches({ref.key for ref in refs if ref.type == type_name}):
            rows = connection.execute(query.where(in_array(col(Record.key), batch)))
            for key, number in rows.all():
                numbers[Ref(type_name, key)] = number
    return numbers


def read_recorded_names(
    connection: Connection, type_name: str, ids: Collection[int]
) -> Iterable[tuple[int, str]]:
    """The numbers and recorded names of these records."""
    table = _TABLES[RECORD_TABLES[type_name]]
    query = select(table.c.id, table.c.name).where(in_array(table.c.id, ids))
    return [(number, name) for number, name in connection.execute(query)]
