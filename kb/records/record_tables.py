"""What is to be known of the tables of records, by whoever reads or writes them whole.

In: the models' metadata. Out: names of tables and columns, by what they are for; and the order of
types that lets each record come after those that it needs. Pure: no I/O.
"""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy.sql.schema import Column

from kb.models import Table
from kb.records.id_set import Numbers
from kb.records.rows import Ref
from kb.records.types import RECORD_TYPES

_Sortable = TypeVar("_Sortable", int, str, Ref)
_TABLES = Table.metadata.tables
BATCH = 1000
"""So many values stand in one statement, well below what the engines allow."""
TYPES = tuple(each.name for each in RECORD_TYPES)
"""The types of records."""
PARTS = {
    "participation": "summit_id",
    "event_organisation": "event_id",
    "event_state": "event_id",
    "event_official": "event_id",
}
# The names of records that others refer to, kept beside the references to be sorted by.
NAMED = tuple(
    (f"{table}{suffix}", column, named)
    for table, column, named in (
        ("membership", "organisation_name", "organisation"),
        ("membership", "state_name", "state"),
        ("term", "holder_name", "official"),
    )
    for suffix in ("", "_version")
)


def _is_reference(column: "Column[object]") -> bool:
    return any(key.column.table.name != "partial_date" for key in column.foreign_keys)


def _is_date(column: "Column[str]") -> bool:
    return any(key.column.table.name == "partial_date" for key in column.foreign_keys)


OWN = {each.name: each.table for each in RECORD_TYPES}
"""By type, the table of its records."""
COLUMNS = {name: [column.name for column in table.columns] for name, table in _TABLES.items()}
REFERENCES = {
    name: [column.name for column in table.columns if _is_reference(column)]
    for name, table in _TABLES.items()
}
"""By table, the columns that refer to records."""
DATES = {
    name: [column.name for column in table.columns if _is_date(column)]
    for name, table in _TABLES.items()
}
"""By table, the columns that refer to partial dates."""


def in_order(ref: Ref) -> tuple[int, str]:
    """By what each record comes after those that it needs."""
    return TYPES.index(ref.type), ref.key


def part_names(kind: str) -> list[str]:
    return [name for name, owner in PARTS.items() if owner == f"{OWN[kind]}_id"]


def batches(values: Collection[_Sortable]) -> Iterator[list[_Sortable]]:
    """In order, as many at once as a statement takes."""
    ordered = iter(values) if isinstance(values, Numbers) else iter(sorted(values))
    while batch := list(islice(ordered, BATCH)):
        yield batch
