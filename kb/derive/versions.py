"""The histories of sourced records: worked out from their citations, and as they are stored.

In: an open transaction, a type, and numbers of records of it. Out: a `RecordHistory` of each, from
what its citations say, by `kb.derive.as_known`, or as the tables have it; the two compare. Written
whole or not at all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, func, select, update
from sqlmodel import col

from kb import database
from kb.database.in_array import in_array
from kb.derive.as_known import Version, derive_versions, first_support, referenced_records
from kb.derive.assertions import ArticleDates, Statement, value_text
from kb.derive.disagreements import DerivedDisagreement
from kb.derive.support import Target, first_days_of_dependents, targets_of_row
from kb.models import VERSIONS, Record, Stance, Table
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.records.read import resolve_refs
from kb.records.record_tables import DATE_COLUMNS, RECORD_TABLES, REFERENCE_COLUMNS, batches
from kb.records.rows import Ref
from kb.records.write import insert_dates

Content = TypeVar("Content")
Columns = Mapping[str, object]
_TABLES = Table.metadata.tables
_DISAGREEMENT, _ASSERTION, _ASSERTION_CITATION = (
    _TABLES[name] for name in ("disagreement", "assertion", "assertion_citation")
)


class NumberedAssertion(NamedTuple):
    """A value, as people read it, and the numbers of the citations that assert it."""

    value: str
    text: str
    citations: tuple[int, ...]


class DatedDisagreement(NamedTuple):
    """A disagreement for as long as it holds."""

    key: str
    field: str | None
    kind: str
    recorded: str | None
    known_from: str
    known_to: str
    values: tuple[NumberedAssertion, ...]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """The day from which a record shows, its versions as rows, and its disagreements."""

    first_day: str = AFTER_ALL
    versions: tuple[Columns, ...] = ()
    disagreements: tuple[DatedDisagreement, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether there is a first day at most."""
        return not (self.versions or self.disagreements)


def changed_targets(
    type_name: str, before: RecordHistory, after: RecordHistory
) -> Iterator[Target]:
    """What the record must point to, where it or the day of its support is another than before."""
    for target, _ in _supported_targets(type_name, before) ^ _supported_targets(type_name, after):
        yield target


def _supported_targets(type_name: str, history: RecordHistory) -> set[tuple[Target, str]]:
    """What a record must point to, the same in all its versions, and since when it supports it."""
    targets = (targets_of_row(type_name, row) for row in history.versions[:1])
    return {(target, history.first_day) for target in chain.from_iterable(targets)}


def derive_histories(
    connection: Connection, type_name: str, ids: Collection[int]
) -> dict[int, RecordHistory]:
    """What the citations of these records give."""
    table = _TABLES[RECORD_TABLES[type_name]]
    query = select(table).where(in_array(table.c.id, ids)).order_by(table.c.id)
    rows = connection.execute(query).mappings().all()
    builder = _HistoryBuilder(connection, type_name, rows)
    return {row["id"]: builder.history(row) for row in rows}


class _HistoryBuilder:
    """Rows of one type with all that their histories follow from."""

    def __init__(self, connection: Connection, type_name: str, rows: Sequence[RowMapping]) -> None:
        self._type_name, self._table = type_name, _TABLES[RECORD_TABLES[type_name]]
        self._statements = _statements(connection, [row["id"] for row in rows])
        references = REFERENCE_COLUMNS[self._table.name]
        referenced = {row[name] for row in rows for name in references if row[name] is not None}
        self._refs, _ = _records(connection, referenced)
        self._first_days_of_dependents = first_days_of_dependents(
            connection, type_name, [row["id"] for row in rows]
        )
        every_statement = [
            statement for statements in self._statements.values() for statement in statements
        ]
        self._numbers = _numbers(
            connection, referenced_records(every_statement) | _cited_refs(every_statement)
        )
        self._versions = {row["id"]: self._derive_versions(row) for row in rows}

    def history(self, row: RowMapping) -> RecordHistory:
        versions = self._versions[row["id"]]
        return RecordHistory(
            self._first_day(row),
            tuple(self._rows(row, versions)),
            _sort_disagreements(self._disagreements(row, versions)),
        )

    def _first_day(self, row: RowMapping) -> str:
        """From its own first support, or the first of what must point to it."""
        first = first_support(self._statements[row["id"]])
        first_day = first.isoformat() if first else AFTER_ALL
        return min(first_day, self._first_days_of_dependents.get(row["id"], AFTER_ALL))

    def _derive_versions(self, row: RowMapping) -> list[Version]:
        first_day = self._first_day(row)
        if first_day == AFTER_ALL:
            return []
        resolved = resolve_refs(self._table.name, row, self._refs, ())
        statements = self._statements[row["id"]]
        return derive_versions(resolved, statements, date.fromisoformat(first_day), self._numbers)

    def _rows(self, row: RowMapping, versions: Sequence[Version]) -> Iterator[Columns]:
        """Each holds until the next; the recorded values where nothing is changed."""
        for first, last, changed in _merge_steps(
            (version.known_from, version.changed) for version in versions
        ):
            values = {
                name: self._numbers[value] if isinstance(value, Ref) else value
                for name, value in changed.items()
            }
            yield {**row, **values, "known_from": first, "known_to": last}

    def _disagreements(
        self, row: RowMapping, versions: Sequence[Version]
    ) -> Iterator[DatedDisagreement]:
        for field in {
            disagreement.field for version in versions for disagreement in version.disagreements
        }:
            steps = _merge_steps(
                (version.known_from, _disagreement_about(version, field)) for version in versions
            )
            for first, last, disagreement in steps:
                if disagreement:
                    yield self._date_disagreement(row, disagreement, first, last)

    def _date_disagreement(
        self, row: RowMapping, disagreement: DerivedDisagreement, first: str, last: str
    ) -> DatedDisagreement:
        place = f"#{disagreement.field}" if disagreement.field else ""
        values = tuple(
            NumberedAssertion(
                asserted.value,
                value_text(disagreement.field, asserted.value),
                tuple(sorted(self._numbers[Ref("Citation", key)] for key in asserted.citations)),
            )
            for asserted in disagreement.values
        )
        key = f"{self._type_name}:{row['key']}{place}"
        return DatedDisagreement(
            key,
            disagreement.field,
            disagreement.kind.name,
            disagreement.recorded,
            first,
            last,
            values,
        )


def _statements(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Statement]]:
    statements: defaultdict[int, list[Statement]] = defaultdict(list)
    cited, article = _TABLES["citation"], _TABLES["article"]
    query = select(cited, article.c.dated_earliest, article.c.known_from).join(
        article, article.c.id == cited.c.article_id
    )
    for row in connection.execute(query.where(in_array(cited.c.subject_id, ids))).all():
        earliest = None if row.dated_earliest == BEFORE_ALL else row.dated_earliest
        dated = ArticleDates(date.fromisoformat(earliest) if earliest else None, row.known_from)
        supports = row.stance == Stance.SUPPORTS
        statements[row.subject_id].append(
            Statement(row.key, row.field, row.value, row.claim, supports, dated)
        )
    return statements


def _records(
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


def _numbers(connection: Connection, refs: Collection[Ref]) -> Mapping[Ref, int]:
    numbers: dict[Ref, int] = {}
    for type_name in {ref.type for ref in refs}:
        query = select(col(Record.key), col(Record.id)).where(col(Record.type) == type_name)
        for batch in batches({ref.key for ref in refs if ref.type == type_name}):
            rows = connection.execute(query.where(in_array(col(Record.key), batch)))
            for key, number in rows.all():
                numbers[Ref(type_name, key)] = number
    return numbers


def _cited_refs(statements: Iterable[Statement]) -> set[Ref]:
    return {Ref("Citation", statement.citation) for statement in statements}


def _sort_disagreements(
    disagreements: Iterable[DatedDisagreement],
) -> tuple[DatedDisagreement, ...]:
    return tuple(
        sorted(disagreements, key=lambda disagreement: (disagreement.key, disagreement.known_from))
    )


def _disagreement_about(version: Version, field: str | None) -> DerivedDisagreement | None:
    return next(
        (disagreement for disagreement in version.disagreements if disagreement.field == field),
        None,
    )


def _merge_steps(steps: Iterable[tuple[date, Content]]) -> Iterator[tuple[str, str, Content]]:
    """From when until before when each content holds; neighbours that are alike are one."""
    merged: list[tuple[str, Content]] = []
    for day, content in steps:
        if not merged or merged[-1][1] != content:
            merged.append((day.isoformat(), content))
    days = [*(day for day, _ in merged[1:]), AFTER_ALL]
    for (first, content), last in zip(merged, days, strict=bool(merged)):
        yield first, last, content


def read_histories(
    connection: Connection, type_name: str, ids: Collection[int]
) -> dict[int, RecordHistory]:
    """What is stored of these records."""
    rows: defaultdict[int, list[Columns]] = defaultdict(list)
    table = VERSIONS[RECORD_TABLES[type_name]]
    query = select(table).where(in_array(table.c.id, ids)).order_by(table.c.known_from)
    for row in connection.execute(query).mappings():
        rows[row["id"]].append({**row})
    disagreements = _read_disagreements(connection, ids)
    _, first_days = _records(connection, ids)
    return {
        number: RecordHistory(
            first_days.get(number, AFTER_ALL),
            tuple(rows[number]),
            _sort_disagreements(disagreements[number]),
        )
        for number in ids
    }


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
    _write_disagreements(
        connection,
        [
            (number, disagreement)
            for number, history in histories.items()
            for disagreement in history.disagreements
        ],
    )


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
