"""The histories of records as the tables have them: read, removed, written.

In: an open transaction, a type, and numbers of records of it, or what to write. Out: a
`RecordHistory` of each. Written whole or not at all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Select,
    and_,
    delete,
    func,
    select,
)

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.derive.history import (
    Columns,
    DatedDisagreement,
    NumberedAssertion,
    RecordHistory,
    sort_disagreements,
)
from kb.derive.history_sources import PartRows, read_refs_and_days
from kb.derive.knowledge import FLOOR
from kb.derive.members import MemberDay
from kb.models import MEMBER_DAYS, VERSIONS, Table
from kb.models.base import AFTER_ALL
from kb.records.documents import SOURCED
from kb.records.record_tables import DATE_COLUMNS, OWNER_COLUMNS, RECORD_TABLES, batches
from kb.records.write import insert_dates

_TABLES = Table.metadata.tables
_DISAGREEMENT, _ASSERTION, _ASSERTION_CITATION = (
    _TABLES[name] for name in ("disagreement", "assertion", "assertion_citation")
)


def read_histories(
    connection: Connection, type_name: str, ids: Collection[int], parts: PartRows
) -> dict[int, RecordHistory]:
    """What is stored of these records; `parts` are the rows of their lists."""
    rows: defaultdict[int, list[Columns]] = defaultdict(list)
    for row in fetch_rows(connection, _versions_of(type_name), ids=ids):
        rows[row.id].append(row._asdict())
    members = _members(parts)
    disagreements = _read_disagreements(connection, ids)
    floors = _read_floors(connection, type_name, ids)
    _, first_days = read_refs_and_days(connection, ids)
    return {
        number: RecordHistory(
            first_days.get(number, AFTER_ALL),
            floors.get(number),
            tuple(rows[number]),
            tuple(members[number]),
            sort_disagreements(disagreements[number]),
        )
        for number in ids
    }


@cache
def _versions_of(type_name: str) -> Select[Any]:
    table = VERSIONS[RECORD_TABLES[type_name]]
    return select(table).where(in_bound(table.c.id)).order_by(table.c.known_from)


def _read_floors(connection: Connection, type_name: str, ids: Collection[int]) -> Mapping[int, str]:
    name = RECORD_TABLES[type_name]
    if FLOOR not in _TABLES[name].c:
        return {}
    return {row.id: row.floor for row in fetch_rows(connection, _floors_of(name), ids=ids)}


@cache
def _floors_of(name: str) -> Select[int, str]:
    table = _TABLES[name]
    return select(table.c.id, table.c.floor).where(in_bound(table.c.id))


def _members(parts: PartRows) -> Mapping[int, list[MemberDay]]:
    members: defaultdict[int, list[MemberDay]] = defaultdict(list)
    for name, rows in parts.items():
        for row in rows:
            members[row[OWNER_COLUMNS[name]]] += [
                MemberDay(name, row["position"], column, row[column])
                for reference, column in MEMBER_DAYS[name].items()
                if row[reference] is not None
            ]
    return members


def _read_disagreements(
    connection: Connection, ids: Collection[int]
) -> Mapping[int, list[DatedDisagreement]]:
    rows = fetch_rows(connection, _DISAGREEMENTS, ids=ids)
    values = _read_values(connection, ids) if rows else {}
    disagreements: defaultdict[int, list[DatedDisagreement]] = defaultdict(list)
    for row in rows:
        columns = (row.key, row.field, row.kind, row.recorded, row.known_from, row.known_to)
        disagreements[row.subject_id].append(DatedDisagreement(*columns, tuple(values[row.id])))
    return disagreements


_DISAGREEMENTS = select(_DISAGREEMENT).where(in_bound(_DISAGREEMENT.c.subject_id))


def _read_values(
    connection: Connection, ids: Collection[int]
) -> Mapping[int, list[NumberedAssertion]]:
    """By disagreement, in their order."""
    values: defaultdict[int, list[NumberedAssertion]] = defaultdict(list)
    grouped = groupby(
        fetch_rows(connection, _VALUES, ids=ids),
        key=lambda row: (row.disagreement_id, row.value, row.text),
    )
    for (number, value, words), rows in grouped:
        citations = tuple(row.citation_id for row in rows)
        values[number].append(NumberedAssertion(value, words, citations))
    return values


_VALUES: Select[Any] = (
    select(_ASSERTION, _ASSERTION_CITATION.c.citation_id)
    .join(_DISAGREEMENT, _DISAGREEMENT.c.id == _ASSERTION.c.disagreement_id)
    .join(
        _ASSERTION_CITATION,
        and_(
            _ASSERTION_CITATION.c.disagreement_id == _ASSERTION.c.disagreement_id,
            _ASSERTION_CITATION.c.position == _ASSERTION.c.position,
        ),
    )
    .where(in_bound(_DISAGREEMENT.c.subject_id))
    .order_by(
        _ASSERTION.c.disagreement_id, _ASSERTION.c.position, _ASSERTION_CITATION.c.citation_id
    )
)


def delete_histories(
    connection: Connection, ids: Collection[int], type_names: Collection[str] = SOURCED
) -> None:
    """Remove what is stored of these records, which are of these types."""
    for batch in batches(ids):
        for type_name in type_names:
            connection.execute(_deletion_of(type_name), {"ids": batch})
        for deletion in _DELETE_DISAGREEMENTS:
            connection.execute(deletion, {"ids": batch})


@cache
def _deletion_of(type_name: str) -> Delete:
    table = VERSIONS[RECORD_TABLES[type_name]]
    return delete(table).where(in_bound(table.c.id))


_NUMBERS = select(_DISAGREEMENT.c.id).where(in_bound(_DISAGREEMENT.c.subject_id))
_DELETE_DISAGREEMENTS = (
    *(
        delete(part).where(part.c.disagreement_id.in_(_NUMBERS))
        for part in (_ASSERTION_CITATION, _ASSERTION)
    ),
    delete(_DISAGREEMENT).where(in_bound(_DISAGREEMENT.c.subject_id)),
)


def write_histories(
    connection: Connection, type_name: str, histories: Mapping[int, RecordHistory]
) -> None:
    """Store these, of which nothing else is stored."""
    first_days = [
        {"id": number, "known_from": history.first_day} for number, history in histories.items()
    ]
    database.update(connection, _TABLES["record"], first_days)
    rows = [row for history in histories.values() for row in history.versions]
    if rows:
        table = VERSIONS[RECORD_TABLES[type_name]]
        carried = DATE_COLUMNS[table.name]
        insert_dates(connection, {str(row[name]) for row in rows for name in carried if row[name]})
        database.insert(connection, table, rows)
    _write_floors(connection, type_name, histories)
    _write_members(connection, histories)
    _write_disagreements(
        connection,
        [
            (number, disagreement)
            for number, history in histories.items()
            for disagreement in history.disagreements
        ],
    )


def _write_floors(
    connection: Connection, type_name: str, histories: Mapping[int, RecordHistory]
) -> None:
    rows = [
        {"id": number, "floor": history.floor}
        for number, history in histories.items()
        if history.floor is not None
    ]
    database.update(connection, _TABLES[RECORD_TABLES[type_name]], rows)


def _write_members(connection: Connection, histories: Mapping[int, RecordHistory]) -> None:
    days: defaultdict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
    for number, history in histories.items():
        for member in history.members:
            owner, since = OWNER_COLUMNS[member.table], member.known_from
            row = {owner: number, "position": member.position, member.column: since}
            days[member.table, member.column].append(row)
    for (name, _), rows in days.items():
        database.update(connection, _TABLES[name], rows, (OWNER_COLUMNS[name], "position"))


def _write_disagreements(
    connection: Connection, disagreements: Sequence[tuple[int, DatedDisagreement]]
) -> None:
    if not disagreements:
        return
    first = (fetch_values(connection, _LAST)[0] or 0) + 1
    rows: dict[str, list[Columns]] = {
        table.name: [] for table in (_DISAGREEMENT, _ASSERTION, _ASSERTION_CITATION)
    }
    for number, (subject, disagreement) in enumerate(disagreements, first):
        row = {"id": number, "subject_id": subject, **disagreement._asdict()}
        del row["values"]
        rows[_DISAGREEMENT.name].append(row)
        for position, (value, words, citations) in enumerate(disagreement.values):
            place = {"disagreement_id": number, "position": position}
            rows[_ASSERTION.name].append({**place, "value": value, "text": words})
            rows[_ASSERTION_CITATION.name] += [
                {**place, "citation_id": citation} for citation in citations
            ]
    for table in (_DISAGREEMENT, _ASSERTION, _ASSERTION_CITATION):
        database.insert(connection, table, rows[table.name])


_LAST = select(func.max(_DISAGREEMENT.c.id))
