"""Records in the tables: written whole, removed, and what is kept in step with that.

In: an open write transaction, and `Rows` with references as (type, key) pairs. Out: nothing but the
numbers of the records. `kb.commit.finish` ends the transaction and gives the records their
revisions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, delete, func, select, union, update
from sqlalchemy.sql.schema import Column

from kb import database
from kb.database.in_array import in_array
from kb.models import Table
from kb.records.record_tables import (
    DATE_COLUMNS,
    KEPT_NAMES,
    OWNER_COLUMNS,
    RECORD_TABLES,
    batches,
    part_names,
)
from kb.records.rows import Ref, Rows, TableRow, date_row, latest_own_day
from kb.records.types import type_of_table

_TABLES = Table.metadata.tables
_UNNUMBERED = 0
"""The revision of a record until its transaction ends."""
# What ingestion finds in articles goes with the record that it belongs to.
_EXTRACTED = (("paragraph", "article_id"), ("mention", "article_id"), ("mention", "subject_id"))


def replace(
    connection: Connection,
    records: Mapping[Ref, Rows],
    ids: Mapping[Ref, int],
    stored: Collection[Ref],
) -> Mapping[Ref, int]:
    """Write the records whole; all deletions come before all insertions.

    `ids` has at least those that are `stored` and those referred to; with the new ones it comes
    back. Partial dates that nothing carries any more are left to `drop_dates`.
    """
    # Before anything is deleted: a number that is taken is not given anew.
    numbers = _assign_numbers(connection, ids, records)
    origins = _read_origins(connection, [ids[ref] for ref in stored])
    _delete(connection, stored, ids)
    insert_dates(connection, dates_of(records.values()))
    _insert(connection, records.values(), numbers, origins)
    return numbers


def _read_origins(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """The sets that those records came from which are written anew."""
    record = _TABLES["record"]
    query = select(record.c.id, record.c.origin)
    return {
        number: origin
        for batch in batches(numbers)
        for number, origin in connection.execute(query.where(in_array(record.c.id, batch))).all()
    }


def remove(connection: Connection, removed: Collection[Ref], ids: Mapping[Ref, int]) -> None:
    """Delete the records, with what ingestion found of them in articles."""
    for batch in batches([ids[ref] for ref in removed]):
        for name, column in _EXTRACTED:
            table = _TABLES[name]
            connection.execute(delete(table).where(in_array(table.c[column], batch)))
    _delete(connection, removed, ids)


def clear(connection: Connection, moved: Sequence[Ref], ids: Mapping[Ref, int]) -> None:
    """Delete their own rows alone, which are written anew before the transaction ends."""
    for ref in moved:
        table = _TABLES[RECORD_TABLES[ref.type]]
        connection.execute(delete(table).where(table.c.id == ids[ref]))


def _assign_numbers(
    connection: Connection, ids: Mapping[Ref, int], refs: Collection[Ref]
) -> Mapping[Ref, int]:
    if all(ref in ids for ref in refs):
        return ids
    numbers = dict(ids)
    last = connection.execute(select(func.max(_TABLES["record"].c.id))).scalar() or 0
    for ref in refs:
        if ref not in numbers:
            last += 1
            numbers[ref] = last
    return numbers


def _delete(connection: Connection, refs: Iterable[Ref], ids: Mapping[Ref, int]) -> None:
    """All rows of these records."""
    for type_name, group in groupby(sorted(refs), key=lambda ref: ref.type):
        places = [(name, OWNER_COLUMNS[name]) for name in part_names(type_name)]
        for batch in batches([ids[ref] for ref in group]):
            for name, column in (*places, (RECORD_TABLES[type_name], "id"), ("record", "id")):
                table = _TABLES[name]
                connection.execute(delete(table).where(in_array(table.c[column], batch)))


def _insert(
    connection: Connection,
    records: Iterable[Rows],
    numbers: Mapping[Ref, int],
    origins: Mapping[int, str],
) -> None:
    """All rows of a table at once."""
    rows: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for record in records:
        number = numbers[record.ref]
        noted: dict[str, object] = {"revision": _UNNUMBERED, "disputed": record.disputed}
        noted["origin"] = origins.get(number, "")
        rows["record"].append({"id": number, **record.ref._asdict(), **noted})
        own_row = {"id": number, **_with_numbers(record.row, numbers), **first_day(record)}
        rows[RECORD_TABLES[record.ref.type]].append(own_row)
        for name, parts in record.parts.items():
            rows[name] += [
                {OWNER_COLUMNS[name]: number, **_with_numbers(part, numbers)} for part in parts
            ]
    for name, listed in rows.items():
        database.insert(connection, _TABLES[name], listed)


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
    for table_name, column, reference_name, named in KEPT_NAMES:
        table, target = _TABLES[table_name], _TABLES[named]
        reference = table.c[reference_name]
        name = select(target.c.name).where(target.c.id == reference).scalar_subquery()
        spread = update(table).values({column: name}).where(table.c[column] != name)
        for changed_table, place in ((table_name, table.c.id), (named, reference)):
            changed = [
                number
                for ref, number in numbers.items()
                if RECORD_TABLES.get(ref.type) == changed_table
            ]
            for batch in batches(changed):
                connection.execute(spread.where(in_array(place, batch)))


def insert_dates(connection: Connection, carried: Collection[str]) -> None:
    """The partial dates that are not there yet."""
    table = _TABLES["partial_date"]
    for batch in batches(carried):
        query = select(table.c.edtf).where(in_array(table.c.edtf, batch))
        known = set(connection.execute(query).scalars())
        database.insert(connection, table, [date_row(edtf) for edtf in batch if edtf not in known])


def dates_of(records: Iterable[Rows]) -> set[str]:
    """The partial dates that they carry."""
    return {
        str(value)
        for record in records
        for name in DATE_COLUMNS[RECORD_TABLES[record.ref.type]]
        if (value := record.row[name]) is not None
    }


def drop_dates(connection: Connection) -> None:
    """Partial dates that no record carries any more."""
    dates = _TABLES["partial_date"]
    carried = union(*(select(column).where(column.is_not(None)) for column in all_date_columns()))
    connection.execute(delete(dates).where(dates.c.edtf.not_in(carried)))


def find_stale_names(connection: Connection) -> Iterator[tuple[Ref, str, str]]:
    """Records, their columns of names, and whose names these are not."""
    for table_name, column, reference, named in KEPT_NAMES:
        table, target = _TABLES[table_name], _TABLES[named]
        wrong = target.c.name != table.c[column]
        query = select(table.c.key).join(target, target.c.id == table.c[reference])
        for key in connection.execute(query.where(wrong)).scalars():
            yield Ref(type_of_table(table_name).name, key), column, named


def all_date_columns() -> "list[Column[str]]":
    """Every column that refers to a partial date."""
    return [_TABLES[table].c[name] for table, names in DATE_COLUMNS.items() for name in names]
