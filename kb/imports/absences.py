"""What a mapping names and a file does not have: tables, and columns of these.

In: a mapping of a table, and what the file has. Out: the names that are absent, and faults that
tell them. Pure: no I/O.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kb.errors import Fault
from kb.imports.mapping import TableMap
from kb.imports.record_maker import SPECIAL_COLUMNS, columns_of_record
from kb.records.form_errors import quote_shortened

_MOST_NAMED = 20


def missing_columns(table_map: TableMap, columns: Sequence[str]) -> list[str]:
    """The columns that the mapping names and the table does not have."""
    there = {*columns, *SPECIAL_COLUMNS}
    named = [join.by for join in table_map.join.values()]
    if unpivot := table_map.unpivot:
        named += unpivot.keep
        there |= {unpivot.name, unpivot.value}
    if spells := table_map.spells:
        named += [*spells.by, spells.year]
        there |= {"first", "last", "end"}
    for record in table_map.records:
        named += columns_of_record(record)
    joined = tuple(f"{name}." for name in table_map.join)
    return [
        column
        for column in dict.fromkeys(named)
        if column not in there and not column.startswith(joined)
    ]


def choosing_columns(table_map: TableMap) -> set[str]:
    """Those by which rows are chosen for a record: where no row has one, none is chosen."""
    return {column for record in table_map.records for column in record.when} - SPECIAL_COLUMNS


def unseen_fault(path: Path, unseen: Iterable[str]) -> Fault:
    what = f"no row of it has {quote_shortened(min(unseen))}, by which rows are chosen"
    return Fault(str(path), 1, what, "correct `when`, or take another mapping")


def absent_fault(path: Path, pattern: str, others: Sequence[str]) -> Fault:
    """Of a list or a sheet that a file has to have."""
    what = f"it has no table {quote_shortened(pattern.partition(':')[2])}"
    there = f"it has {_first_of(others)}" if others else "it has none"
    remedy = f"correct `tables.{pattern}` of the mapping, or make it `optional`: {there}"
    return Fault(str(path), 1, what, remedy)


def missing_fault(path: Path, missing: Sequence[str], columns: Sequence[str]) -> Fault:
    what = f"it has no column {quote_shortened(missing[0])}"
    return Fault(str(path), 1, what, f"correct the mapping: it has {_first_of(columns)}")


def _first_of(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
