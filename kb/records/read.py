"""Records as they are stored, read back as they were written.

In: an open transaction, and numbers of records. Out: `Rows` with references as (type, key) pairs,
so that what is stored compares with what a file says.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

from kb.database.in_array import LOOKED_UP, in_bound, look_up
from kb.database.prepared import fetch_rows
from kb.models import MEMBER_DAYS, Table
from kb.records.record_tables import (
    BATCH,
    COLUMNS,
    KEPT_NAMES,
    OWNER_COLUMNS,
    RECORD_TABLES,
    REFERENCE_COLUMNS,
    batches,
    part_names,
)
from kb.records.rows import Ref, Rows, TableRow

_TABLES = Table.metadata.tables
_RECORD = _TABLES["record"]
# Set by reading other records, not by files: it survives a comparison, not a rewrite.
_DERIVED = {
    *("id", "known_from", "verified", "visible_from", "floor"),
    *(each.column for each in KEPT_NAMES),
}


def read_id_pages(connection: Connection, type_name: str) -> Iterator[dict[Ref, int]]:
    """The numbers of the records of a type, in the order of keys, a batch at a time."""
    query = select(_RECORD.c.key, _RECORD.c.id).where(_RECORD.c.type == type_name)
    query = query.order_by(_RECORD.c.key).limit(BATCH)
    page = connection.execute(query).all()
    while page:
        yield {Ref(type_name, key): number for key, number in page}
        page = connection.execute(query.where(_RECORD.c.key > page[-1].key)).all()


def read_batch(connection: Connection, batch: Collection[int]) -> dict[int, Rows]:
    """Everything that files can say, as it is stored, of as many records as a statement takes."""
    rows, _ = read_whole(connection, batch)
    return rows


def read_whole(
    connection: Connection, batch: Collection[int]
) -> tuple[dict[int, Rows], Mapping[int, Ref]]:
    """The same, and what the records of these numbers are, and of those that they point to."""
    records = fetch_rows(connection, _RECORDS, ids=batch)
    refs = _RefsById((row.id, Ref(row.type, row.key)) for row in records)
    fetched = _fetch_batch(connection, refs)
    pointed = {
        row[name]
        for table, rows in fetched.items()
        for name in REFERENCE_COLUMNS[table]
        for row in rows
        if row[name] is not None
    }
    refs |= read_refs(connection, pointed - refs.keys())
    return _rows(fetched, refs, {row.id for row in records if row.disputed}), refs


def read_refs(connection: Connection, numbers: Collection[int]) -> dict[int, Ref]:
    """What the records of these numbers are."""
    return {
        row.id: Ref(row.type, row.key)
        for batch in batches(numbers)
        for row in fetch_rows(connection, _RECORDS, ids=batch)
    }


_RECORDS = select(_RECORD.c.id, _RECORD.c.type, _RECORD.c.key, _RECORD.c.disputed).where(
    in_bound(_RECORD.c.id)
)


def find_ids(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, int]:
    """The numbers of those that are there."""
    ids: dict[Ref, int] = {}
    for type_name, group in groupby(sorted(refs), key=lambda ref: ref.type):
        for batch in batches({ref.key for ref in group}):
            rows = fetch_rows(connection, _NUMBERS, type=type_name, keys=batch)
            ids |= {Ref(type_name, key): number for key, number in rows if number is not None}
    return ids


_NUMBERS = look_up(
    select(_RECORD.c.id).where(_RECORD.c.type == bindparam("type"), _RECORD.c.key == LOOKED_UP),
    "keys",
)
_RowsByTable = dict[str, list[dict[str, Any]]]
"""The rows of tables, as they are stored."""


def _fetch_batch(connection: Connection, refs: Mapping[int, Ref]) -> _RowsByTable:
    """Those of the records, from the tables of their types alone."""
    fetched: _RowsByTable = defaultdict(list)
    for type_name in {ref.type for ref in refs.values()}:
        numbers = sorted(number for number, ref in refs.items() if ref.type == type_name)
        for name in (RECORD_TABLES[type_name], *part_names(type_name)):
            fetched[name] += _fetch(connection, name, numbers)
    return fetched


def _fetch(connection: Connection, name: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of a table that belong to these records."""
    rows = fetch_rows(connection, _rows_of(name), ids=numbers)
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]


@cache
def _rows_of(name: str) -> Select[Any]:
    table = _TABLES[name]
    query = select(table) if name in RECORD_TABLES.values() else select(table).order_by("position")
    return query.where(in_bound(table.c[OWNER_COLUMNS.get(name, "id")]))


def _rows(
    fetched: _RowsByTable, refs: Mapping[int, Ref], disputed: Collection[int]
) -> dict[int, Rows]:
    """By number."""
    parts: defaultdict[str, defaultdict[object, list[TableRow]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for name, owner in OWNER_COLUMNS.items():
        for row in fetched.get(name, ()):
            derived = (owner, *MEMBER_DAYS.get(name, {}).values())
            parts[name][row[owner]].append(resolve_refs(name, row, refs, derived))
    stored: dict[int, Rows] = {}
    for type_name, name in RECORD_TABLES.items():
        names = part_names(type_name)
        for row in fetched.get(name, ()):
            number = row["id"]
            own_parts = {part: tuple(parts[part][number]) for part in names}
            own_row = resolve_refs(name, row, refs, _DERIVED)
            stored[number] = Rows(refs[number], own_row, own_parts, number in disputed)
    return stored


class _RefsById(dict[int, Ref]):
    """Records by number; a number that no record has stays readable, so that it can be named."""

    def __missing__(self, number: int) -> Ref:
        return Ref("Nothing", str(number))


def resolve_refs(
    table: str,
    row: Mapping[str, Any] | RowMapping,
    refs: Mapping[int, Ref],
    left_out: Collection[str],
) -> TableRow:
    resolved = {**row}
    for name in left_out:
        resolved.pop(name, None)
    for name in REFERENCE_COLUMNS[table]:
        if resolved.get(name) is not None:
            resolved[name] = refs[resolved[name]]
    return resolved
