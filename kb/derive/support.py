"""Since when records are supported by those that must point to them.

In: an open transaction, and numbers of records that others point to, or of removed ones that did.
Out: the first day on which an article supports one that points to each; and what those removed
pointed to. Whoever says that a state was a member says that there is the state: what must be
pointed to shows no later than what points.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import CompoundSelect, Connection, func, select, union_all
from sqlmodel import col

from kb.database.in_array import in_array, in_bound
from kb.database.prepared import fetch_rows
from kb.models import VERSIONS, Record, Table
from kb.records.documents import SOURCED
from kb.records.record_tables import RECORD_TABLES, TYPE_NAMES
from kb.records.traits import fields_of_document

_TABLES = Table.metadata.tables


class Target(NamedTuple):
    """A record that another must point to."""

    type_name: str
    number: int


def identity_columns(form: type[BaseModel]) -> Mapping[str, str]:
    """The columns that point to what a record of this form must point to, with the type of that."""
    fields = fields_of_document(form).values()
    return {
        field.column: field.reference.type
        for field in fields
        if field.reference and field.is_identity
    }


DEPENDENT_TYPES: Mapping[str, Mapping[str, str]] = {
    name: columns for name, form in SOURCED.items() if (columns := identity_columns(form))
}
"""Types whose records must point to others: the columns that point, and to which type."""
DEPENDENTS_FIRST = tuple(sorted(SOURCED, key=TYPE_NAMES.index, reverse=True))
"""Sourced types, each before those that its records must point to."""


def first_days_of_dependents(
    connection: Connection, type_name: str, ids: Collection[int]
) -> dict[int, str]:
    """For those of these records that others must point to: the day from which the first shows."""
    query = _first_days_by_dependents(type_name)
    days: defaultdict[int, list[str]] = defaultdict(list)
    for number, day in fetch_rows(connection, query, ids=ids) if query is not None else ():
        days[number].append(day)
    return {number: min(first_days) for number, first_days in days.items()}


@cache
def _first_days_by_dependents(type_name: str) -> CompoundSelect[Any] | None:
    """Of the records of this type, by each column that must point to them."""
    pointing = [
        (_TABLES[RECORD_TABLES[name]], column)
        for name, columns in DEPENDENT_TYPES.items()
        for column, target in columns.items()
        if target == type_name
    ]
    queries = (
        select(table.c[column], func.min(col(Record.known_from)))
        .join(Record, col(Record.id) == table.c.id)
        .where(in_bound(table.c[column]))
        .group_by(table.c[column])
        for table, column in pointing
    )
    return union_all(*queries) if pointing else None


def targets_of_removed(connection: Connection, ids: Collection[int]) -> Iterator[Target]:
    """What these had to point to, of which only their versions are still there."""
    for name, columns in DEPENDENT_TYPES.items() if ids else ():
        table = VERSIONS[RECORD_TABLES[name]]
        query = select(*(table.c[column] for column in columns)).where(in_array(table.c.id, ids))
        for row in connection.execute(query.distinct()).mappings():
            yield from targets_of_row(name, {**row})


def targets_of_row(type_name: str, row: Mapping[str, object]) -> Iterator[Target]:
    """What the record of this row, in whichever version, must point to."""
    for column, target in DEPENDENT_TYPES.get(type_name, {}).items():
        number = row[column]
        if isinstance(number, int):
            yield Target(target, number)
