"""Records in the tables: written whole, removed, and what is kept in step with that.

In: an open write transaction, and `Rows` with references as (type, key) pairs. Out: nothing but the
numbers of the records. `kb.commit.finish` ends the transaction and gives the records their
revisions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby

from sqlalchemy import Connection, Delete, Select, Update, delete, func, select, update

from kb import database
from kb.database.in_array import LOOKED_UP, in_bound, look_up
from kb.database.prepared import fetch_rows, fetch_values
from kb.models import Table
from kb.records.record_tables import (
    DATE_COLUMNS,
    KEPT_NAMES,
    OWNER_COLUMNS,
    RECORD_TABLES,
    KeptName,
    batches,
    part_names,
)
from kb.records.rows import Ref, Rows, TableRow, date_row, latest_own_day
from kb.records.types import type_of_table

_TABLES = Table.metadata.tables
_RECORD, _DATE = _TABLES["record"], _TABLES["partial_date"]
NOBODY: Mapping[Ref, str] = {}
_UNNUMBERED = 0
"""The revision of a record until its transaction ends."""
# What ingestion finds in articles goes with the record that it belongs to.
_EXTRACTED = (("paragraph", "article_id"), ("mention", "article_id"), ("mention", "subject_id"))


def replace(
    connection: Connection,
    records: Mapping[Ref, Rows],
    ids: Mapping[Ref, int],
    stored: Collection[Ref],
    owners: Mapping[Ref, str] = NOBODY,
) -> Mapping[Ref, int]:
    """Write the records whole; all their deletions come before all their insertions.

    `ids` has at least those that are `stored` and those referred to; with the new ones it comes
    back. `owners` are the sets of those that come from none yet.
    """
    # Before anything is deleted: a number that is taken is not given anew.
    numbers = _assign_numbers(connection, ids, records)
    origins = {numbers[ref]: owner for ref, owner in owners.items() if ref in records}
    origins |= _read_origins(connection, [ids[ref] for ref in stored])
    # As well: while references lead nowhere, SQLite looks through all that a new date might mend.
    insert_dates(connection, dates_of(records.values()))
    _delete(connection, stored, ids)
    names = _kept_names(connection, records, numbers)
    _insert(connection, records.values(), numbers, origins, names)
    return numbers


def _read_origins(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """The sets that those records come from which are written anew, if any."""
    return {
        number: origin
        for batch in batches(numbers)
        for number, origin in fetch_rows(connection, _ORIGINS, ids=batch)
        if origin
    }


_ORIGINS = select(_RECORD.c.id, _RECORD.c.origin).where(in_bound(_RECORD.c.id))


def remove(connection: Connection, removed: Collection[Ref], ids: Mapping[Ref, int]) -> None:
    """Delete the records, with what ingestion found of them in articles."""
    for batch in batches([ids[ref] for ref in removed]):
        for name, column in _EXTRACTED:
            connection.execute(_deletion(name, column), {"ids": batch})
    _delete(connection, removed, ids)


def clear(connection: Connection, moved: Sequence[Ref], ids: Mapping[Ref, int]) -> None:
    """Delete their own rows alone, which are written anew before the transaction ends."""
    for ref in moved:
        connection.execute(_deletion(RECORD_TABLES[ref.type], "id"), {"ids": [ids[ref]]})


def _assign_numbers(
    connection: Connection, ids: Mapping[Ref, int], refs: Collection[Ref]
) -> Mapping[Ref, int]:
    if all(ref in ids for ref in refs):
        return ids
    numbers = dict(ids)
    last = fetch_values(connection, _LAST)[0] or 0
    for ref in refs:
        if ref not in numbers:
            last += 1
            numbers[ref] = last
    return numbers


_LAST = select(func.max(_RECORD.c.id))


def _delete(connection: Connection, refs: Iterable[Ref], ids: Mapping[Ref, int]) -> None:
    """All rows of these records."""
    for type_name, group in groupby(sorted(refs), key=lambda ref: ref.type):
        places = [(name, OWNER_COLUMNS[name]) for name in part_names(type_name)]
        for batch in batches([ids[ref] for ref in group]):
            for name, column in (*places, (RECORD_TABLES[type_name], "id"), ("record", "id")):
                connection.execute(_deletion(name, column), {"ids": batch})


@cache
def _deletion(name: str, column: str) -> Delete:
    table = _TABLES[name]
    return delete(table).where(in_bound(table.c[column]))


def _insert(
    connection: Connection,
    records: Iterable[Rows],
    numbers: Mapping[Ref, int],
    origins: Mapping[int, str],
    names: Mapping[Ref, str],
) -> None:
    """All rows of a table at once."""
    rows: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for record in records:
        number = numbers[record.ref]
        noted: dict[str, object] = {"revision": _UNNUMBERED, "disputed": record.disputed}
        noted["origin"] = origins.get(number, "")
        rows["record"].append({"id": number, **record.ref._asdict(), **noted})
        own_row = {"id": number, **_with_numbers(record.row, numbers), **first_day(record)}
        own_row |= _names_beside(record, names)
        rows[RECORD_TABLES[record.ref.type]].append(own_row)
        for name, parts in record.parts.items():
            rows[name] += [
                {OWNER_COLUMNS[name]: number, **_with_numbers(part, numbers)} for part in parts
            ]
    for name, listed in rows.items():
        database.insert(connection, _TABLES[name], listed)


def _kept_names(
    connection: Connection, records: Mapping[Ref, Rows], numbers: Mapping[Ref, int]
) -> dict[Ref, str]:
    """Of what the records refer to, where names are kept beside that."""
    named = {ref for record in records.values() for ref, _ in _named_refs(record) if ref}
    names = {ref: str(records[ref].row["name"]) for ref in named if ref in records}
    by_number = {numbers[ref]: ref for ref in named - names.keys()}
    for table in {kept.named for kept in KEPT_NAMES}:
        of_table = [number for number, ref in by_number.items() if RECORD_TABLES[ref.type] == table]
        for batch in batches(of_table):
            rows = fetch_rows(connection, _names_of(table), ids=batch)
            names |= {by_number[number]: name for number, name in rows}
    return names


@cache
def _names_of(table: str) -> Select[int, str]:
    columns = _TABLES[table].c
    return select(columns.id, columns.name).where(in_bound(columns.id))


def _named_refs(record: Rows) -> Iterator[tuple[Ref | None, str]]:
    """What a record refers to, with the column of the name that is kept beside it."""
    for kept in _KEPT_BY_TABLE.get(RECORD_TABLES[record.ref.type], ()):
        ref = record.row[kept.reference]
        yield (ref if isinstance(ref, Ref) else None), kept.column


def _names_beside(record: Rows, names: Mapping[Ref, str]) -> dict[str, str]:
    return {column: names.get(ref, "") if ref else "" for ref, column in _named_refs(record)}


_KEPT_BY_TABLE = {
    name: [kept for kept in KEPT_NAMES if kept.table == name] for name in RECORD_TABLES.values()
}


def first_day(record: Rows) -> dict[str, str]:
    """Of an article: the day from which it is known, until its issue is looked at."""
    if record.ref.type != "Article":
        return {}
    issued_on, dated_on = record.row["issued_on"], record.row["dated_on"]
    issued = None if issued_on is None else str(issued_on)
    day = latest_own_day(issued, str(dated_on))
    return {"known_from": day.isoformat()} if day else {}


def _with_numbers(row: TableRow, numbers: Mapping[Ref, int]) -> dict[str, str | int | date | None]:
    return {
        name: numbers[value] if isinstance(value, Ref) else value for name, value in row.items()
    }


def spread_names(connection: Connection, numbers: Mapping[Ref, int]) -> None:
    """Update the names kept beside references, in these records and in those that refer to them."""
    changed: defaultdict[str, list[int]] = defaultdict(list)
    for ref, number in numbers.items():
        changed[RECORD_TABLES[ref.type]].append(number)
    for kept in KEPT_NAMES:
        for table, column in ((kept.table, "id"), (kept.named, kept.reference)):
            for batch in batches(changed[table]):
                connection.execute(_spread(kept, column), {"ids": batch})


@cache
def _spread(kept: KeptName, place: str) -> Update:
    """In those rows of its table that have one of the numbers in the column `place`."""
    table, target = _TABLES[kept.table], _TABLES[kept.named]
    name = select(target.c.name).where(target.c.id == table.c[kept.reference]).scalar_subquery()
    spread = update(table).values({kept.column: name}).where(table.c[kept.column] != name)
    return spread.where(in_bound(table.c[place]))


def insert_dates(connection: Connection, carried: Collection[str]) -> None:
    """The partial dates that are not there yet. They stay when nothing carries them any more."""
    for batch in batches(carried):
        known = fetch_rows(connection, _KNOWN_DATES, dates=batch)
        new = [date_row(edtf) for edtf, there in known if there is None]
        database.insert(connection, _DATE, new)


_KNOWN_DATES = look_up(select(_DATE.c.edtf).where(_DATE.c.edtf == LOOKED_UP), "dates")


def dates_of(records: Iterable[Rows]) -> set[str]:
    """The partial dates that they carry."""
    return {
        str(value)
        for record in records
        for name in DATE_COLUMNS[RECORD_TABLES[record.ref.type]]
        if (value := record.row[name]) is not None
    }


def find_stale_names(connection: Connection) -> Iterator[tuple[Ref, str, str]]:
    """Records, their columns of names, and whose names these are not."""
    for table_name, column, reference, named in KEPT_NAMES:
        table, target = _TABLES[table_name], _TABLES[named]
        wrong = target.c.name != table.c[column]
        query = select(table.c.key).join(target, target.c.id == table.c[reference])
        for key in connection.execute(query.where(wrong)).scalars():
            yield Ref(type_of_table(table_name).name, key), column, named
