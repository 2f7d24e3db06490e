"""Records as they are stored, read back as they were written.

In: an open transaction, and numbers of records. Out: `Rows` with references as (type, key) pairs,
so that what is stored compares with what a file says.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from kb.database.in_array import in_array
from kb.models import Table
from kb.records.record_tables import (
    BATCH,
    COLUMNS,
    NAMED,
    OWN,
    PARTS,
    REFERENCES,
    batches,
    part_names,
)
from kb.records.rows import Ref, Row, Rows

_TABLES = Table.metadata.tables
# Set by reading other records, not by files: it survives a comparison, not a rewrite.
_DERIVED = {"id", "verified", "visible_from", *(each.column for each in NAMED)}


def read_ids(connection: Connection) -> dict[Ref, int]:
    record = _TABLES["record"]
    rows = connection.execute(select(record.c.type, record.c.key, record.c.id))
    return {Ref(kind, key): number for kind, key, number in rows}


def pages(connection: Connection, kind: str) -> Iterator[dict[Ref, int]]:
    """The numbers of the records of a type, in the order of keys, a batch at a time."""
    record = _TABLES["record"]
    asked = select(record.c.key, record.c.id).where(record.c.type == kind)
    asked = asked.order_by(record.c.key).limit(BATCH)
    page = connection.execute(asked).all()
    while page:
        yield {Ref(kind, key): number for key, number in page}
        page = connection.execute(asked.where(record.c.key > page[-1].key)).all()


def read_records(connection: Connection, ids: Mapping[Ref, int]) -> dict[Ref, Rows]:
    """Everything that files can say, as it is stored."""
    refs = _Known({number: ref for ref, number in ids.items()})
    found = {name: _fetch(connection, name, None) for name in (*OWN.values(), *PARTS)}
    return {rows.ref: rows for rows in _rows(connection, found, refs, None).values()}


def read_batch(connection: Connection, batch: Collection[int]) -> dict[int, Rows]:
    """The same of as many records as a statement takes."""
    refs = _Known(read_refs(connection, batch))
    found = _fetch_batch(connection, refs)
    pointed = {
        row[name]
        for table, rows in found.items()
        for name in REFERENCES[table]
        for row in rows
        if row[name] is not None
    }
    refs |= read_refs(connection, pointed - refs.keys())
    return _rows(connection, found, refs, batch)


def read_refs(connection: Connection, numbers: Collection[int]) -> dict[int, Ref]:
    """What the records of these numbers are."""
    record = _TABLES["record"]
    asked = select(record.c.id, record.c.type, record.c.key)
    return {
        number: Ref(kind, key)
        for some in batches(numbers)
        for number, kind, key in connection.execute(asked.where(in_array(record.c.id, some))).all()
    }


_Fetched = dict[str, list[dict[str, Any]]]
"""The rows of tables, as they are stored."""


def _fetch_batch(connection: Connection, refs: Mapping[int, Ref]) -> _Fetched:
    """Those of the records, from the tables of their types alone."""
    found: _Fetched = {}
    for kind in {ref.type for ref in refs.values()}:
        numbers = sorted(number for number, ref in refs.items() if ref.type == kind)
        for name in (OWN[kind], *part_names(kind)):
            found[name] = _fetch(connection, name, numbers)
    return found


def _fetch(connection: Connection, name: str, only: Sequence[int] | None) -> list[dict[str, Any]]:
    """The rows of a table; all of them, or only those of these records."""
    table = _TABLES[name]
    asked = select(table) if name in OWN.values() else select(table).order_by("position")
    if only is not None:
        asked = asked.where(in_array(table.c[PARTS.get(name, "id")], only))
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in connection.execute(asked).all()]


def _rows(
    connection: Connection, found: _Fetched, refs: Mapping[int, Ref], only: Collection[int] | None
) -> dict[int, Rows]:
    """By number; all records, or only these."""
    record = _TABLES["record"]
    asked = select(record.c.id).where(record.c.disputed)
    disputed = asked if only is None else asked.where(in_array(record.c.id, only))
    doubted = {*connection.execute(disputed).scalars()}
    parts: defaultdict[str, defaultdict[object, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for name, owner in PARTS.items():
        for row in found.get(name, ()):
            parts[name][row[owner]].append(with_refs(name, row, refs, (owner,)))
    stored: dict[int, Rows] = {}
    for kind, name in OWN.items():
        names = part_names(kind)
        for row in found.get(name, ()):
            number = row["id"]
            mine = {part: tuple(parts[part][number]) for part in names}
            own = with_refs(name, row, refs, _DERIVED)
            stored[number] = Rows(refs[number], own, mine, number in doubted)
    return stored


class _Known(dict[int, Ref]):
    """Records by number; a number that no record has stays readable, so that it can be named."""

    def __missing__(self, number: int) -> Ref:
        return Ref("Nothing", str(number))


def with_refs(
    table: str,
    row: Mapping[str, Any] | RowMapping,
    refs: Mapping[int, Ref],
    left_out: Collection[str],
) -> Row:
    found = {**row}
    for name in left_out:
        found.pop(name, None)
    for name in REFERENCES[table]:
        if found.get(name) is not None:
            found[name] = refs[found[name]]
    return found
