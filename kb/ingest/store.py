"""Records in the tables: read back as they were written, replaced, removed.

In: an open write transaction. Out: `Rows` with references as (type, key) pairs, so that what is
stored compares with what a file says. The transaction ends with `kb.ingest.feed`, which numbers
what was touched.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, union, update
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Table as SqlTable

from kb.ingest.records import Ref, Row, Rows, date_row
from kb.models import Table

Asked = TypeVar("Asked", bound="Select[*tuple[object, ...]]")
_Sortable = TypeVar("_Sortable", int, str, Ref)
_TABLES = Table.metadata.tables
# So many values stand in one statement, well below what the engines allow.
_BATCH = 1000
_UNNUMBERED = 0
"""The revision of a record until its transaction ends."""
TYPES = (
    "Publication",
    "Article",
    "Organisation",
    "State",
    "Official",
    "Membership",
    "Term",
    "Summit",
    "Event",
    "Citation",
)
"""The types of records; each has the table of its name in lower case."""
PARTS = {
    "participation": "summit_id",
    "event_organisation": "event_id",
    "event_state": "event_id",
    "event_official": "event_id",
}
# What ingestion finds in articles goes with the record that it belongs to.
_FOUND = (("paragraph", "article_id"), ("mention", "article_id"), ("mention", "subject_id"))
# The names of records that others refer to, kept beside the references to be sorted by.
_NAMED = tuple(
    (f"{table}{suffix}", column, named)
    for table, column, named in (
        ("membership", "organisation_name", "organisation"),
        ("membership", "state_name", "state"),
        ("term", "holder_name", "official"),
    )
    for suffix in ("", "_version")
)
# Set by reading other records, not by files: it survives a comparison, not a rewrite.
_DERIVED = {"id", "verified", "visible_from", *(name for _, name, _ in _NAMED)}


def read_ids(connection: Connection) -> dict[Ref, int]:
    record = _TABLES["record"]
    rows = connection.execute(select(record.c.type, record.c.key, record.c.id))
    return {Ref(kind, key): number for kind, key, number in rows}


def read_records(connection: Connection, ids: Mapping[Ref, int]) -> dict[Ref, Rows]:
    """Everything that files can say, as it is stored."""
    refs = _Known({number: ref for ref, number in ids.items()})
    return {rows.ref: rows for rows in _read(connection, refs, None).values()}


def read_batch(connection: Connection, batch: Sequence[int]) -> dict[int, Rows]:
    """The same of as many records as a statement takes."""
    record, numbers = _TABLES["record"], set(batch)
    for table in (_TABLES[name] for name in (*(kind.lower() for kind in TYPES), *PARTS)):
        columns = [column for column in table.columns if is_reference(column)]
        owner = table.c[PARTS.get(table.name, "id")]
        for row in connection.execute(select(*columns).where(owner.in_(batch))):
            numbers.update(value for value in row if value is not None)
    refs = _Known()
    for some in batches(numbers):
        asked = select(record.c.id, record.c.type, record.c.key).where(record.c.id.in_(some))
        refs |= {number: Ref(kind, key) for number, kind, key in connection.execute(asked)}
    return _read(connection, refs, batch)


def _read(
    connection: Connection, refs: Mapping[int, Ref], only: Sequence[int] | None
) -> dict[int, Rows]:
    """By number; all records, or only these."""
    record = _TABLES["record"]
    disputed = connection.execute(_of(select(record.c.id, record.c.disputed), record.c.id, only))
    doubted = {number for number, is_disputed in disputed if is_disputed}
    parts = _read_parts(connection, refs, only)
    stored: dict[int, Rows] = {}
    for kind in TYPES:
        table = _TABLES[kind.lower()]
        for row in connection.execute(_of(select(table), table.c.id, only)).mappings():
            ref, own = refs[row["id"]], with_refs(table, row, refs, _DERIVED)
            empty = dict.fromkeys(_part_names(kind), ())
            mine = {name: tuple(rows) for name, rows in parts[ref].items()}
            stored[row["id"]] = Rows(ref, own, empty | mine, row["id"] in doubted)
    return stored


def _of(asked: Asked, column: "Column[int]", only: Sequence[int] | None) -> Asked:
    return asked if only is None else asked.where(column.in_(only))


class _Known(dict[int, Ref]):
    """Records by number; a number that no record has stays readable, so that it can be named."""

    def __missing__(self, number: int) -> Ref:
        return Ref("Nothing", str(number))


def _part_names(kind: str) -> list[str]:
    return [name for name, owner in PARTS.items() if owner == f"{kind.lower()}_id"]


def _read_parts(
    connection: Connection, refs: Mapping[int, Ref], only: Sequence[int] | None
) -> defaultdict[Ref, dict[str, list[Row]]]:
    parts: defaultdict[Ref, dict[str, list[Row]]] = defaultdict(dict)
    for name, owner in PARTS.items():
        table = _TABLES[name]
        asked = _of(select(table).order_by("position"), table.c[owner], only)
        for row in connection.execute(asked).mappings():
            rows = parts[refs[row[owner]]].setdefault(name, [])
            rows.append(with_refs(table, row, refs, {owner}))
    return parts


def with_refs(
    table: SqlTable, row: RowMapping, refs: Mapping[int, Ref], left_out: Collection[str]
) -> Row:
    return {
        column.name: refs[row[column.name]]
        if is_reference(column) and row[column.name] is not None
        else row[column.name]
        for column in table.columns
        if column.name not in left_out
    }


def is_reference(column: "Column[object]") -> bool:
    return any(key.column.table.name != "partial_date" for key in column.foreign_keys)


def replace(
    connection: Connection, records: Sequence[Rows], removed: Sequence[Ref], ids: Mapping[Ref, int]
) -> Mapping[Ref, int]:
    """Write the records whole and remove others; all deletions come before all insertions.

    `ids` has at least those that are stored and those referred to; with the new ones it comes back.
    """
    if not records and not removed:
        return ids
    # Before anything is deleted: a number that is taken is not given anew.
    numbers = _numbered(connection, ids, [record.ref for record in records])
    gone = [ids[ref] for ref in removed]
    carried = _carried(connection, [*(record.ref for record in records), *removed], ids)
    _delete(connection, [ids[record.ref] for record in records if record.ref in ids], kept=True)
    _delete(connection, gone, kept=False)
    insert_dates(connection, _dates_of(records))
    _insert(connection, records, numbers)
    if carried - _dates_of(records):
        drop_dates(connection)
    return numbers


def _numbered(
    connection: Connection, ids: Mapping[Ref, int], refs: Iterable[Ref]
) -> dict[Ref, int]:
    numbers = dict(ids)
    last = connection.execute(select(func.max(_TABLES["record"].c.id))).scalar() or 0
    for ref in refs:
        if ref not in numbers:
            last += 1
            numbers[ref] = last
    return numbers


def _delete(connection: Connection, numbers: Sequence[int], *, kept: bool) -> None:
    """Rows of these records; what was found in articles too, unless the record is kept."""
    places = [*PARTS.items(), *(() if kept else _FOUND)]
    places += [(kind.lower(), "id") for kind in TYPES]
    for batch in batches(numbers):
        for name, column in [*places, ("record", "id")]:
            table = _TABLES[name]
            connection.execute(delete(table).where(table.c[column].in_(batch)))


def _insert(connection: Connection, records: Sequence[Rows], numbers: Mapping[Ref, int]) -> None:
    """All rows of a table at once."""
    rows: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for record in records:
        number = numbers[record.ref]
        noted = {"revision": _UNNUMBERED, "disputed": record.disputed}
        rows["record"].append({"id": number, **record.ref._asdict(), **noted})
        own = {"id": number, **_with_numbers(record.own, numbers)}
        rows[record.ref.type.lower()].append(own)
        for name, parts in record.parts.items():
            rows[name] += [{PARTS[name]: number, **_with_numbers(one, numbers)} for one in parts]
    for name, listed in rows.items():
        if listed:
            connection.execute(insert(_TABLES[name]), listed)


def _with_numbers(row: Row, numbers: Mapping[Ref, int]) -> dict[str, str | int | date | None]:
    return {
        name: numbers[value] if isinstance(value, Ref) else value for name, value in row.items()
    }


def spread_names(connection: Connection, ids: Collection[int]) -> None:
    """Beside the references of these records, and of those that refer to them."""
    for table_name, column, named in _NAMED:
        table, target = _TABLES[table_name], _TABLES[named]
        reference = table.c[f"{named}_id"]
        name = select(target.c.name).where(target.c.id == reference).scalar_subquery()
        spread = update(table).values({column: name}).where(table.c[column] != name)
        for batch in batches(ids):
            connection.execute(spread.where(table.c.id.in_(batch) | reference.in_(batch)))


def batches(values: Collection[_Sortable]) -> Iterator[list[_Sortable]]:
    """In order, as many at once as a statement takes."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]


def insert_dates(connection: Connection, carried: Collection[str]) -> None:
    """The partial dates that are not there yet."""
    table = _TABLES["partial_date"]
    for batch in batches(carried):
        asked = select(table.c.edtf).where(table.c.edtf.in_(batch))
        known = set(connection.execute(asked).scalars())
        if missing := [date_row(edtf) for edtf in batch if edtf not in known]:
            connection.execute(insert(table), missing)


def _dates_of(records: Iterable[Rows]) -> set[str]:
    return {
        str(value)
        for record in records
        for name, value in record.own.items()
        if value is not None and is_date(_TABLES[record.ref.type.lower()].c[name])
    }


def _carried(
    connection: Connection, refs: Iterable[Ref], ids: Mapping[Ref, int]
) -> set[str | None]:
    """The partial dates that these records carry in the tables."""
    carried: set[str | None] = set()
    for ref in refs:
        table = _TABLES[ref.type.lower()]
        columns = [column for column in table.columns if is_date(column)]
        if columns and ref in ids:
            for row in connection.execute(select(*columns).where(table.c.id == ids[ref])):
                carried |= set(row)
    return carried - {None}


def drop_dates(connection: Connection) -> None:
    """Partial dates that no record carries any more."""
    dates = _TABLES["partial_date"]
    carried = union(*(select(column).where(column.is_not(None)) for column in date_columns()))
    connection.execute(delete(dates).where(dates.c.edtf.not_in(carried)))


def misnamed(connection: Connection) -> Iterator[tuple[Ref, str, str]]:
    """Records, their columns of names, and whose names these are not."""
    for table_name, column, named in _NAMED:
        table, target = _TABLES[table_name], _TABLES[named]
        wrong = target.c.name != table.c[column]
        asked = select(table.c.key).join(target, target.c.id == table.c[f"{named}_id"])
        for key in connection.execute(asked.where(wrong)).scalars():
            yield Ref(table_name.removesuffix("_version").title(), key), column, named


def date_columns() -> "list[Column[str]]":
    """Every column that refers to a partial date."""
    return [column for table in _TABLES.values() for column in table.columns if is_date(column)]


def is_date(column: "Column[str]") -> bool:
    return any(key.column.table.name == "partial_date" for key in column.foreign_keys)
