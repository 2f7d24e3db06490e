"""The histories of records as the tables have them: read, removed, written.

In: an open transaction, a type, and numbers of records of it, or what to write. Out: a
`RecordHistory` of each. Written whole or not at all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update
from sqlmodel import col

from kb import database
from kb.database.in_array import in_array
from kb.derive.history import (
    Columns,
    DatedDisagreement,
    NumberedAssertion,
    RecordHistory,
    sort_disagreements,
)
from kb.derive.history_sources import read_parts, read_refs_and_days
from kb.derive.knowledge import FLOOR
from kb.derive.members import MemberDay
from kb.models import MEMBER_DAYS, VERSIONS, Record, Table
from kb.models.base import AFTER_ALL
from kb.records.record_tables import DATE_COLUMNS, OWNER_COLUMNS, RECORD_TABLES, batches
from kb.records.write import insert_dates

_TABLES = Table.metadata.tables
_DISAGREEMENT, _ASSERTION, _ASSERTION_CITATION = (
    _TABLES[name] for name in ("disagreement", "assertion", "assertion_citation")
)


def read_histories(
    connection: Connection, type_name: str, ids: Collection[int]
) -> dict[int, RecordHistory]:
    """What is stored of these records."""
    rows: defaultdict[int, list[Columns]] = defaultdict(list)
    table = VERSIONS[RECORD_TABLES[type_name]]
    query = select(table).where(in_array(table.c.id, ids)).order_by(table.c.known_from)
    for row in connection.execute(query).mappings():
        rows[row["id"]].append({**row})
    members = _read_members(connection, type_name, ids)
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


def _read_floors(connection: Connection, type_name: str, ids: Collection[int]) -> Mapping[int, str]:
    table = _TABLES[RECORD_TABLES[type_name]]
    if FLOOR not in table.c:
        return {}
    rows = connection.execute(select(table.c.id, table.c.floor).where(in_array(table.c.id, ids)))
    return {row.id: row.floor for row in rows}


def _read_members(
    connection: Connection, type_name: str, ids: Collection[int]
) -> Mapping[int, list[MemberDay]]:
    members: defaultdict[int, list[MemberDay]] = defaultdict(list)
    for name, rows in read_parts(connection, type_name, [*ids]).items():
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
    values = _read_values(connection, ids)
    disagreements: defaultdict[int, list[DatedDisagreement]] = defaultdict(list)
    for row in connection.execute(
        select(_DISAGREEMENT).where(in_array(_DISAGREEMENT.c.subject_id, ids))
    ):
        columns = (row.key, row.field, row.kind, row.recorded, row.known_from, row.known_to)
        disagreements[row.subject_id].append(DatedDisagreement(*columns, tuple(values[row.id])))
    return disagreements


def _read_values(
    connection: Connection, ids: Collection[int]
) -> Mapping[int, list[NumberedAssertion]]:
    """By disagreement, in their order."""
    values: defaultdict[int, list[NumberedAssertion]] = defaultdict(list)
    same_place = and_(
        _ASSERTION_CITATION.c.disagreement_id == _ASSERTION.c.disagreement_id,
        _ASSERTION_CITATION.c.position == _ASSERTION.c.position,
    )
    query = (
        select(_ASSERTION, _ASSERTION_CITATION.c.citation_id)
        .join(_DISAGREEMENT, _DISAGREEMENT.c.id == _ASSERTION.c.disagreement_id)
        .join(_ASSERTION_CITATION, same_place)
        .where(in_array(_DISAGREEMENT.c.subject_id, ids))
        .order_by(
            _ASSERTION.c.disagreement_id, _ASSERTION.c.position, _ASSERTION_CITATION.c.citation_id
        )
    )
    grouped = groupby(
        connection.execute(query), key=lambda row: (row.disagreement_id, row.value, row.text)
    )
    for (number, value, words), rows in grouped:
        citations = tuple(row.citation_id for row in rows)
        values[number].append(NumberedAssertion(value, words, citations))
    return values


def delete_histories(connection: Connection, ids: Collection[int]) -> set[str]:
    """Remove what is stored of these records; the partial dates that their versions carried."""
    dates: set[str] = set()
    for batch in batches(ids):
        for table in VERSIONS.values():
            columns = [table.c[name] for name in DATE_COLUMNS[table.name]]
            if columns:
                for row in connection.execute(select(*columns).where(in_array(table.c.id, batch))):
                    dates.update(value for value in row if value)
            connection.execute(delete(table).where(in_array(table.c.id, batch)))
        disagreement_ids = select(_DISAGREEMENT.c.id).where(
            in_array(_DISAGREEMENT.c.subject_id, batch)
        )
        for part in (_ASSERTION_CITATION, _ASSERTION):
            connection.execute(delete(part).where(part.c.disagreement_id.in_(disagreement_ids)))
        connection.execute(delete(_DISAGREEMENT).where(in_array(_DISAGREEMENT.c.subject_id, batch)))
    return dates


_UPDATE_FIRST_DAYS = (
    update(_TABLES["record"])
    .where(col(Record.id) == bindparam("own"))
    .values(known_from=bindparam("since"))
)


def write_histories(
    connection: Connection, type_name: str, histories: Mapping[int, RecordHistory]
) -> None:
    """Store these, of which nothing else is stored."""
    first_days = [
        {"own": number, "since": history.first_day} for number, history in histories.items()
    ]
    if first_days:
        connection.execute(_UPDATE_FIRST_DAYS, first_days)
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
    table = _TABLES[RECORD_TABLES[type_name]]
    rows = [
        {"own": number, "since": history.floor}
        for number, history in histories.items()
        if history.floor is not None
    ]
    if rows:
        of_record = table.c.id == bindparam("own")
        connection.execute(update(table).where(of_record).values(floor=bindparam("since")), rows)


def _write_members(connection: Connection, histories: Mapping[int, RecordHistory]) -> None:
    days: defaultdict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
    for number, history in histories.items():
        for member in history.members:
            row = {"own": number, "place": member.position, "since": member.known_from}
            days[member.table, member.column].append(row)
    for (name, column), rows in days.items():
        table = _TABLES[name]
        of_owner = table.c[OWNER_COLUMNS[name]] == bindparam("own")
        at_place = table.c.position == bindparam("place")
        changed = update(table).where(of_owner, at_place).values({column: bindparam("since")})
        connection.execute(changed, rows)


def _write_disagreements(
    connection: Connection, disagreements: Sequence[tuple[int, DatedDisagreement]]
) -> None:
    first = (connection.execute(select(func.max(_DISAGREEMENT.c.id))).scalar() or 0) + 1
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
