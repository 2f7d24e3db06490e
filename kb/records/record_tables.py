"""Names of tables and columns by what they are for, and the order of types.

In: the models' metadata. Out: what is needed to read and write the rows of records whole; and the
order of types that lets each record come after those that it needs. Pure: no I/O.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

from pydantic import BaseModel
from sqlalchemy.sql.schema import Column

from kb.models import Table
from kb.records.documents import FORMS
from kb.records.id_set import IdSet
from kb.records.rows import Ref
from kb.records.traits import fields_of_document
from kb.records.types import RECORD_TYPES, record_type

_Sortable = TypeVar("_Sortable", int, str, Ref)
_TABLES = Table.metadata.tables
BATCH = 1000
"""The number of values bound to one statement, well below what the engines allow."""
TYPE_NAMES = tuple(each.name for each in RECORD_TYPES)
"""The types of records."""
PART_TABLES: Mapping[str, tuple[str, ...]] = {
    each.name: tuple(
        part
        for field in fields_of_document(FORMS[each.name]).values()
        if (part := field.part_table(each.table))
    )
    for each in RECORD_TYPES
    if each.name in FORMS
}
"""By type, the tables of rows that belong to a record of it."""
OWNER_COLUMNS = {
    part: (field.parts and field.parts.owner) or f"{each.table}_id"
    for each in RECORD_TYPES
    if each.name in FORMS
    for field in fields_of_document(FORMS[each.name]).values()
    if (part := field.part_table(each.table))
}
"""By table of rows that belong to a record, the column that tells to which."""


class KeptName(NamedTuple):
    """A column for the name of the record of the table `named` that `reference` refers to."""

    table: str
    column: str
    reference: str
    named: str


def kept_names(table: str, form: type[BaseModel]) -> Iterator[KeptName]:
    """The names that are kept beside references, to be sorted by."""
    for field in fields_of_document(form).values():
        if field.reference and field.reference.name_column:
            named = record_type(field.reference.type).table
            yield KeptName(table, field.reference.name_column, field.column, named)


KEPT_NAMES = tuple(
    each for name, form in FORMS.items() for each in kept_names(record_type(name).table, form)
)


def _is_reference(column: "Column[object]") -> bool:
    return any(key.column.table.name != "partial_date" for key in column.foreign_keys)


def _is_date(column: "Column[str]") -> bool:
    return any(key.column.table.name == "partial_date" for key in column.foreign_keys)


RECORD_TABLES = {each.name: each.table for each in RECORD_TYPES}
"""By type, the table of its records."""
COLUMNS = {name: [column.name for column in table.columns] for name, table in _TABLES.items()}
REFERENCE_COLUMNS = {
    name: [column.name for column in table.columns if _is_reference(column)]
    for name, table in _TABLES.items()
}
"""By table, the columns that refer to records."""
DATE_COLUMNS = {
    name: [column.name for column in table.columns if _is_date(column)]
    for name, table in _TABLES.items()
}
"""By table, the columns that refer to partial dates."""


def dependency_order(ref: Ref) -> tuple[int, str]:
    """A sort key by which each record comes after those that it needs."""
    return TYPE_NAMES.index(ref.type), ref.key


def part_names(type_name: str) -> tuple[str, ...]:
    return PART_TABLES.get(type_name, ())


def batches(values: Collection[_Sortable]) -> Iterator[list[_Sortable]]:
    """In order, as many at once as a statement takes."""
    ordered = iter(values) if isinstance(values, IdSet) else iter(sorted(values))
    while batch := list(islice(ordered, BATCH)):
        yield batch
