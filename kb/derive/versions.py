"""The histories of sourced records, worked out from their citations.

In: an open transaction, a type, and numbers of records of it. Out: a `RecordHistory` of each, by
what its citations say (`kb.derive.as_known`), what they say of the members of its lists
(`kb.derive.members`), and what spans take over from what they are of (`kb.derive.inherited`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select

from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows
from kb.derive.as_known import Version, derive_versions, first_support, referenced_records
from kb.derive.assertions import ASSERTABLE, FLOOR_FIELDS, value_text
from kb.derive.disagreements import DerivedDisagreement
from kb.derive.history import (
    Columns,
    DatedDisagreement,
    NumberedAssertion,
    RecordHistory,
    sort_disagreements,
)
from kb.derive.history_sources import (
    PartRows,
    StoredRow,
    read_recorded_names,
    read_refs_and_days,
    read_statements,
    referenced_numbers,
)
from kb.derive.inherited import HERITAGES, NAME, Heritage, HeritageStep, split_versions, steps
from kb.derive.knowledge import FLOOR
from kb.derive.members import MemberDay, member_days
from kb.derive.support import first_days_of_dependents
from kb.models import Table
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.records.read import find_ids, resolve_refs
from kb.records.record_tables import OWNER_COLUMNS, RECORD_TABLES, part_names
from kb.records.rows import Ref, TableRow

Content = TypeVar("Content")
_TABLES = Table.metadata.tables


def derive_histories(
    connection: Connection, type_name: str, ids: Collection[int], parts: PartRows
) -> dict[int, RecordHistory]:
    """What the citations of these records give; `parts` are the rows of their lists."""
    rows = [row._asdict() for row in fetch_rows(connection, _rows_of(type_name), ids=ids)]
    builder = _HistoryBuilder(connection, type_name, rows, parts)
    return {row["id"]: builder.history(row) for row in rows}


@cache
def _rows_of(type_name: str) -> Select[Any]:
    table = _TABLES[RECORD_TABLES[type_name]]
    return select(table).where(in_bound(table.c.id)).order_by(table.c.id)


class _HistoryBuilder:
    """Rows of one type with all that their histories follow from."""

    def __init__(
        self,
        connection: Connection,
        type_name: str,
        rows: Sequence[StoredRow],
        part_rows: PartRows,
    ) -> None:
        self._type_name, self._table = type_name, _TABLES[RECORD_TABLES[type_name]]
        self._statements, cited = read_statements(connection, [row["id"] for row in rows])
        referenced = referenced_numbers(self._table.name, rows)
        referenced |= {
            number for name, each in part_rows.items() for number in referenced_numbers(name, each)
        }
        self._refs, _ = read_refs_and_days(connection, referenced)
        self._parts = self._resolve_parts(part_rows)
        self._first_days_of_dependents = first_days_of_dependents(
            connection, type_name, [row["id"] for row in rows]
        )
        every_statement = [
            statement for statements in self._statements.values() for statement in statements
        ]
        self._fields = ASSERTABLE[type_name]
        named = referenced_records(self._fields, every_statement)
        self._numbers = {**cited, **find_ids(connection, named)}
        self._steps = self._read_steps(connection, rows)
        self._versions = {row["id"]: self._derive_versions(row) for row in rows}

    def history(self, row: StoredRow) -> RecordHistory:
        versions = self._versions[row["id"]]
        rows = tuple(self._rows(row, versions))
        if inherited := self._inherited(row):
            rows = tuple(split_versions(rows, inherited))
        return RecordHistory(
            self._first_day(row),
            self._floor(rows),
            rows,
            self._members(row),
            sort_disagreements(self._disagreements(row, versions)),
        )

    def _floor(self, versions: Sequence[Columns]) -> str | None:
        """That of the newest version; None in tables that have none."""
        if FLOOR not in self._table.c:
            return None
        return str(versions[-1][FLOOR]) if versions else BEFORE_ALL

    def _read_steps(
        self, connection: Connection, rows: Sequence[StoredRow]
    ) -> Mapping[tuple[str, int], Sequence[HeritageStep]]:
        """Of what spans are of, by its type and number."""
        taken: dict[tuple[str, int], Sequence[HeritageStep]] = {}
        heritages = HERITAGES.get(self._type_name, ())
        for type_name in {heritage.type_name for heritage in heritages}:
            columns = [each.reference for each in heritages if each.type_name == type_name]
            numbers = {row[column] for column in columns for row in rows} - {None}
            fields = (NAME, *FLOOR_FIELDS[type_name])
            statements, _ = read_statements(connection, sorted(numbers), fields)
            for number, name in read_recorded_names(connection, type_name, numbers):
                taken[type_name, number] = steps(type_name, name, statements[number])
        return taken

    def _inherited(self, row: StoredRow) -> list[tuple[Heritage, Sequence[HeritageStep]]]:
        return [
            (heritage, self._steps[heritage.type_name, row[heritage.reference]])
            for heritage in HERITAGES.get(self._type_name, ())
            if row[heritage.reference] is not None
        ]

    def _resolve_parts(self, part_rows: PartRows) -> Mapping[tuple[object, str], list[TableRow]]:
        """By the number of the record and the table."""
        parts: defaultdict[tuple[object, str], list[TableRow]] = defaultdict(list)
        for name, rows in part_rows.items():
            owner = OWNER_COLUMNS[name]
            for row in rows:
                parts[row[owner], name].append(resolve_refs(name, row, self._refs, (owner,)))
        return parts

    def _members(self, row: StoredRow) -> tuple[MemberDay, ...]:
        tables = part_names(self._type_name)
        parts = {name: self._parts.get((row["id"], name), ()) for name in tables}
        return member_days(parts, self._statements[row["id"]], self._fields) if tables else ()

    def _first_day(self, row: StoredRow) -> str:
        """From its own first support, or the first of what must point to it."""
        first = first_support(self._statements[row["id"]])
        first_day = first.isoformat() if first else AFTER_ALL
        return min(first_day, self._first_days_of_dependents.get(row["id"], AFTER_ALL))

    def _derive_versions(self, row: StoredRow) -> list[Version]:
        first_day = self._first_day(row)
        if first_day == AFTER_ALL:
            return []
        resolved = resolve_refs(self._table.name, row, self._refs, ())
        statements = self._statements[row["id"]]
        first = date.fromisoformat(first_day)
        return derive_versions(resolved, statements, first, self._numbers, self._fields)

    def _rows(self, row: StoredRow, versions: Sequence[Version]) -> Iterator[Columns]:
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
        self, row: StoredRow, versions: Sequence[Version]
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
        self, row: StoredRow, disagreement: DerivedDisagreement, first: str, last: str
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
