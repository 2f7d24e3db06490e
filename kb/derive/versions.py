"""The histories of sourced records: worked out from their citations, and as they are stored.

In: an open transaction, a type, and numbers of records of it. Out: a `History` of each, either from
what its citations say, by `kb.derive.as_known`, or as the tables have it; the two compare. Written
whole or not at all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, func, select, update
from sqlmodel import col

from kb import database
from kb.database.in_array import in_array
from kb.derive.as_known import Version, first_support, pointed_to, versions
from kb.derive.assertions import Dated, Statement
from kb.derive.disagreements import Disagreement
from kb.models import VERSIONS, Record, Stance, Table
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.records.documents import SOURCED
from kb.records.read import resolve_refs
from kb.records.record_tables import DATE_COLUMNS, RECORD_TABLES, REFERENCE_COLUMNS, batches
from kb.records.rows import Ref
from kb.records.traits import fields_of_document
from kb.records.write import insert_dates

Content = TypeVar("Content")
Columns = Mapping[str, object]
_TABLES = Table.metadata.tables
_TOLD, _VALUE, _CITED = (
    _TABLES[name] for name in ("disagreement", "assertion", "assertion_citation")
)


def identity_columns(form: type[BaseModel]) -> tuple[str, ...]:
    """The columns that point to what a record of this form shows only with."""
    fields = fields_of_document(form).values()
    return tuple(field.column for field in fields if field.is_identity)


POINTING: Mapping[str, tuple[str, ...]] = {
    name: columns for name, form in SOURCED.items() if (columns := identity_columns(form))
}
"""What shows only once that to which it must point does, and the columns that point there."""
FREE = tuple(name for name in SOURCED if name not in POINTING)
"""What shows whatever else does."""


class Told(NamedTuple):
    """A disagreement for as long as it holds; its values with the numbers of their citations."""

    key: str
    field: str | None
    kind: str
    recorded: str | None
    known_from: str
    known_to: str
    values: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class History:
    """From when a record shows, its versions as rows, and its disagreements."""

    shows: str = AFTER_ALL
    versions: tuple[Columns, ...] = ()
    told: tuple[Told, ...] = ()


def work_out(connection: Connection, kind: str, ids: Collection[int]) -> dict[int, History]:
    """What the citations of these records give."""
    table = _TABLES[RECORD_TABLES[kind]]
    asked = select(table).where(in_array(table.c.id, ids)).order_by(table.c.id)
    rows = connection.execute(asked).mappings().all()
    found = _Found(connection, kind, rows)
    return {row["id"]: found.history(row) for row in rows}


class _Found:
    """Rows of one type with all that their histories follow from."""

    def __init__(self, connection: Connection, kind: str, rows: Sequence[RowMapping]) -> None:
        self._kind, self._table = kind, _TABLES[RECORD_TABLES[kind]]
        self._told = _statements(connection, [row["id"] for row in rows])
        references = REFERENCE_COLUMNS[self._table.name]
        pointed = {row[name] for row in rows for name in references if row[name] is not None}
        self._refs, self._shown = _records(connection, pointed)
        every_statement = [one for told in self._told.values() for one in told]
        self._numbers = _numbers(connection, pointed_to(every_statement) | _cited(every_statement))
        self._versions = {row["id"]: self._work_out(row) for row in rows}

    def history(self, row: RowMapping) -> History:
        found = self._versions[row["id"]]
        stored = RECORD_TABLES[self._kind] in VERSIONS
        return History(
            self._shows(row),
            tuple(self._rows(row, found)) if stored else (),
            _ordered(self._disagreements(row, found)),
        )

    def _shows(self, row: RowMapping) -> str:
        first = first_support(self._told[row["id"]])
        days = [self._shown[row[name]] for name in POINTING.get(self._kind, ()) if row[name]]
        return max(first.isoformat() if first else AFTER_ALL, *days, BEFORE_ALL)

    def _work_out(self, row: RowMapping) -> list[Version]:
        shows = self._shows(row)
        if shows == AFTER_ALL:
            return []
        own = resolve_refs(self._table.name, row, self._refs, ())
        statements = self._told[row["id"]]
        return versions(own, statements, date.fromisoformat(shows), self._numbers)

    def _rows(self, row: RowMapping, found: Sequence[Version]) -> Iterator[Columns]:
        """Each holds until the next; the recorded values where nothing is changed."""
        for first, last, changed in _steps((one.known_from, one.changed) for one in found):
            values = {
                name: self._numbers[value] if isinstance(value, Ref) else value
                for name, value in changed.items()
            }
            yield {**row, **values, "known_from": first, "known_to": last}

    def _disagreements(self, row: RowMapping, found: Sequence[Version]) -> Iterator[Told]:
        for field in {one.field for version in found for one in version.disagreements}:
            steps = _steps((version.known_from, _about(version, field)) for version in found)
            for first, last, about in steps:
                if about:
                    yield self._as_told(row, about, first, last)

    def _as_told(self, row: RowMapping, about: Disagreement, first: str, last: str) -> Told:
        place = f"#{about.field}" if about.field else ""
        values = tuple(
            (one.value, tuple(sorted(self._numbers[Ref("Citation", key)] for key in one.citations)))
            for one in about.values
        )
        key = f"{self._kind}:{row['key']}{place}"
        return Told(key, about.field, about.kind.name, about.recorded, first, last, values)


def _statements(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Statement]]:
    told: defaultdict[int, list[Statement]] = defaultdict(list)
    cited, article = _TABLES["citation"], _TABLES["article"]
    asked = select(cited, article.c.dated_earliest, article.c.known_from).join(
        article, article.c.id == cited.c.article_id
    )
    for row in connection.execute(asked.where(in_array(cited.c.subject_id, ids))).all():
        earliest = None if row.dated_earliest == BEFORE_ALL else row.dated_earliest
        dated = Dated(date.fromisoformat(earliest) if earliest else None, row.known_from)
        supports = row.stance == Stance.SUPPORTS
        told[row.subject_id].append(
            Statement(row.key, row.field, row.value, row.claim, supports, dated)
        )
    return told


def _records(
    connection: Connection, ids: Collection[int]
) -> tuple[Mapping[int, Ref], Mapping[int, str]]:
    """What they are, and from when they show."""
    refs: dict[int, Ref] = {}
    shown: dict[int, str] = {}
    columns = col(Record.id), col(Record.type), col(Record.key), col(Record.known_from)
    for batch in batches(ids):
        asked = select(*columns).where(in_array(col(Record.id), batch))
        for number, kind, key, since in connection.execute(asked).all():
            refs[number], shown[number] = Ref(kind, key), since
    return refs, shown


def _numbers(connection: Connection, refs: Collection[Ref]) -> Mapping[Ref, int]:
    numbers: dict[Ref, int] = {}
    for kind in {ref.type for ref in refs}:
        own = select(col(Record.key), col(Record.id)).where(col(Record.type) == kind)
        for batch in batches({ref.key for ref in refs if ref.type == kind}):
            rows = connection.execute(own.where(in_array(col(Record.key), batch)))
            for key, number in rows.all():
                numbers[Ref(kind, key)] = number
    return numbers


def _cited(statements: Iterable[Statement]) -> set[Ref]:
    return {Ref("Citation", one.citation) for one in statements}


def _ordered(told: Iterable[Told]) -> tuple[Told, ...]:
    return tuple(sorted(told, key=lambda one: (one.key, one.known_from)))


def _about(version: Version, field: str | None) -> Disagreement | None:
    return next((one for one in version.disagreements if one.field == field), None)


def _steps(found: Iterable[tuple[date, Content]]) -> Iterator[tuple[str, str, Content]]:
    """From when until before when each content holds; neighbours that are alike are one."""
    merged: list[tuple[str, Content]] = []
    for day, content in found:
        if not merged or merged[-1][1] != content:
            merged.append((day.isoformat(), content))
    days = [*(day for day, _ in merged[1:]), AFTER_ALL]
    for (first, content), last in zip(merged, days, strict=bool(merged)):
        yield first, last, content


def read(connection: Connection, kind: str, ids: Collection[int]) -> dict[int, History]:
    """What is stored of these records."""
    rows: defaultdict[int, list[Columns]] = defaultdict(list)
    if RECORD_TABLES[kind] in VERSIONS:
        table = VERSIONS[RECORD_TABLES[kind]]
        asked = select(table).where(in_array(table.c.id, ids)).order_by(table.c.known_from)
        for row in connection.execute(asked).mappings():
            rows[row["id"]].append({**row})
    told = _read_told(connection, ids)
    _, shown = _records(connection, ids)
    return {
        number: History(shown.get(number, AFTER_ALL), tuple(rows[number]), _ordered(told[number]))
        for number in ids
    }


def _read_told(connection: Connection, ids: Collection[int]) -> Mapping[int, list[Told]]:
    values = _read_values(connection, ids)
    told: defaultdict[int, list[Told]] = defaultdict(list)
    for row in connection.execute(select(_TOLD).where(in_array(_TOLD.c.subject_id, ids))):
        columns = (row.key, row.field, row.kind, row.recorded, row.known_from, row.known_to)
        told[row.subject_id].append(Told(*columns, tuple(values[row.id])))
    return told


def _read_values(
    connection: Connection, ids: Collection[int]
) -> Mapping[int, list[tuple[str, tuple[int, ...]]]]:
    """By disagreement, in their order."""
    values: defaultdict[int, list[tuple[str, tuple[int, ...]]]] = defaultdict(list)
    same_place = and_(
        _CITED.c.disagreement_id == _VALUE.c.disagreement_id,
        _CITED.c.position == _VALUE.c.position,
    )
    asked = (
        select(_VALUE, _CITED.c.citation_id)
        .join(_TOLD, _TOLD.c.id == _VALUE.c.disagreement_id)
        .join(_CITED, same_place)
        .where(in_array(_TOLD.c.subject_id, ids))
        .order_by(_VALUE.c.disagreement_id, _VALUE.c.position, _CITED.c.citation_id)
    )
    grouped = groupby(connection.execute(asked), key=lambda row: (row.disagreement_id, row.value))
    for (number, value), rows in grouped:
        values[number].append((value, tuple(row.citation_id for row in rows)))
    return values


def forget(connection: Connection, ids: Collection[int]) -> set[str]:
    """Remove what is stored of these records; the partial dates that their versions carried."""
    dates: set[str] = set()
    for batch in batches(ids):
        for table in VERSIONS.values():
            columns = [table.c[name] for name in DATE_COLUMNS[table.name]]
            if columns:
                for row in connection.execute(select(*columns).where(in_array(table.c.id, batch))):
                    dates.update(value for value in row if value)
            connection.execute(delete(table).where(in_array(table.c.id, batch)))
        gone = select(_TOLD.c.id).where(in_array(_TOLD.c.subject_id, batch))
        for part in (_CITED, _VALUE):
            connection.execute(delete(part).where(part.c.disagreement_id.in_(gone)))
        connection.execute(delete(_TOLD).where(in_array(_TOLD.c.subject_id, batch)))
    return dates


_SHOWN = (
    update(_TABLES["record"])
    .where(col(Record.id) == bindparam("own"))
    .values(known_from=bindparam("since"))
)


def write(connection: Connection, kind: str, histories: Mapping[int, History]) -> None:
    """Store these, of which nothing else is stored."""
    shown = [{"own": number, "since": one.shows} for number, one in histories.items()]
    if shown:
        connection.execute(_SHOWN, shown)
    rows = [row for one in histories.values() for row in one.versions]
    if rows:
        table = VERSIONS[RECORD_TABLES[kind]]
        carried = DATE_COLUMNS[table.name]
        insert_dates(connection, {str(row[name]) for row in rows for name in carried if row[name]})
        database.insert(connection, table, rows)
    _write_told(
        connection, [(number, told) for number, one in histories.items() for told in one.told]
    )


def _write_told(connection: Connection, told: Sequence[tuple[int, Told]]) -> None:
    first = (connection.execute(select(func.max(_TOLD.c.id))).scalar() or 0) + 1
    rows: dict[str, list[Columns]] = {table.name: [] for table in (_TOLD, _VALUE, _CITED)}
    for number, (subject, one) in enumerate(told, first):
        own = {"id": number, "subject_id": subject, **one._asdict()}
        del own["values"]
        rows[_TOLD.name].append(own)
        for position, (value, citations) in enumerate(one.values):
            place = {"disagreement_id": number, "position": position}
            rows[_VALUE.name].append({**place, "value": value})
            rows[_CITED.name] += [{**place, "citation_id": citation} for citation in citations]
    for table in (_TOLD, _VALUE, _CITED):
        database.insert(connection, table, rows[table.name])
