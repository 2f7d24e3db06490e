"""Records made of rows: which a row gives, under which keys, cited by what.

In: a mapping, and rows in the shape that it gives them. Out: `MadeRecord` objects, with the fields
that a seed file would have, and faults by row and column of what cannot be made.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from kb.errors import Fault
from kb.imports.mapping import (
    CitationMap,
    Condition,
    Expression,
    FieldValue,
    ListForm,
    Mapping,
    PartsForm,
    PeriodForm,
    RecordMap,
)
from kb.imports.mapping_reader import fields_by_alias, fields_of_record
from kb.imports.rows import Cells, SourceRow
from kb.imports.templates import read_template
from kb.imports.values import Finder, Made, ValueIssue, ValueMaker, own_key
from kb.records.documents import SOURCED, CitationDocument
from kb.records.entries import Place
from kb.records.types import record_type

CITATIONS = "citations"
SPECIAL_COLUMNS = frozenset({"row", "file", "set", "today"})
"""What every row has, unless its table has a column of that name."""
_ADD_KEY = "fill the columns of its key"


class MadeRecord(NamedTuple):
    """A record with the number of its row, and of the mapping of records that made it."""

    type: str
    key: str
    fields: dict[str, Made]
    row: int
    maker: int


class RecordMaker:
    """Makes the records of one mapping; they are made the same way each time."""

    def __init__(self, mapping: Mapping, finder: Finder, today: str) -> None:
        self._mapping = mapping
        self._values = ValueMaker(mapping.prefix, finder)
        self._common = {"set": mapping.set, "today": today}
        tables = chain.from_iterable(table.records for table in mapping.tables.values())
        self._records = [*mapping.records, *tables]
        self._numbers = {id(record): number for number, record in enumerate(self._records)}
        self._citation_fields = fields_by_alias(CitationDocument)

    def make(
        self, file: str, records: list[RecordMap], row: SourceRow
    ) -> Iterator[MadeRecord | Fault]:
        """All records of a row; a record with a fault of its values comes too, without them."""
        cells = {"row": str(row.number), "file": file.rpartition("/")[2], **self._common}
        cells |= row.cells
        for record in records:
            if _holds(record, cells):
                yield from self._make(file, record, row.number, cells)

    def _make(
        self, file: str, record: RecordMap, row: int, cells: Cells
    ) -> Iterator[MadeRecord | Fault]:
        named = read_template(record.key).fill(cells)
        if named is None:
            yield self._fault(file, record, row, "", ValueIssue(("key",), "it is empty", _ADD_KEY))
            return
        key = own_key(self._mapping.prefix, record.type, named)
        made = self._values.fields((), record.fields, fields_of_record(record.type), cells)
        if record.type in SOURCED:
            made[CITATIONS] = self._cite(record, key, cells)
        issues = [*self._values.issues]
        self._values.issues.clear()
        yield from (self._fault(file, record, row, key, issue) for issue in issues)
        if not issues:
            yield MadeRecord(record.type, key, made, row, self._numbers[id(record)])

    def _cite(self, record: RecordMap, key: str, cells: Cells) -> Made:
        """A citation of a field that has no value is left out."""
        cited: dict[str, Made] = {}
        base = f"{record_type(record.type).table.replace('_', '-')}-{key.lower()}"
        for number, citation in enumerate(record.citations, 1):
            given, place = self._mapping.source | citation.fields, (CITATIONS, str(number))
            if _holds(citation, cells):
                fields = self._values.fields(place, given, self._citation_fields, cells)
                named = read_template(citation.key).fill(cells) if citation.key else None
                if "value" not in given or "value" in fields:
                    cited[named or (base if number == 1 else f"{base}-{number}")] = fields
        return cited

    def columns_at(self, maker: int, place: Place) -> list[str]:
        """The columns from which what stands at the place of a record was made."""
        return _columns_at(self._records[maker], self._mapping, place)

    def _fault(self, file: str, record: RecordMap, row: int, key: str, issue: ValueIssue) -> Fault:
        where = ".".join(map(str, (key or record.type, *issue.place)))
        told = tell_columns(_columns_at(record, self._mapping, issue.place))
        return Fault(file, row, f"{where}{told}: {issue.what}", issue.remedy, issue.place)


def tell_columns(columns: list[str]) -> str:
    """In parentheses, behind the name of a field."""
    if not columns:
        return ""
    word = "column" if len(columns) == 1 else "columns"
    return f" ({word} {', '.join(f'`{column}`' for column in columns)})"


def _holds(record: RecordMap | CitationMap, cells: Cells) -> bool:
    return _all_of(record.when, cells) and not (record.unless and _any_of(record.unless, cells))


def _all_of(condition: Condition, cells: Cells) -> bool:
    return all(cells.get(column, "") in texts for column, texts in condition.items())


def _any_of(condition: Condition, cells: Cells) -> bool:
    return any(cells.get(column, "") in texts for column, texts in condition.items())


def _columns_at(record: RecordMap, mapping: Mapping, place: Place) -> list[str]:
    match place:
        case ("key", *_):
            return [*read_template(record.key).columns]
        case ("citations", *_, name) if len(place) > 2:
            cited = (mapping.source | each.fields for each in record.citations)
            values = (each[name] for each in cited if isinstance(name, str) and name in each)
            return [*dict.fromkeys(column for value in values for column in named_columns(value))]
        case (str(name), *within) if name in record.fields:
            return named_columns(_part_at(record.fields[name], within))
    return []


def _part_at(value: FieldValue | None, place: Sequence[str | int]) -> FieldValue | None:
    """The part of a value that stands there within it; the value itself, if it has none."""
    match value, place:
        case PeriodForm(start=start), ["start", *_]:
            return start
        case PeriodForm(end=end), ["end", *_]:
            return end
        case PartsForm(root=parts), [str(name), *within] if name in parts:
            return _part_at(parts[name], within)
    return value


def columns_of_record(record: RecordMap) -> list[str]:
    """All columns that it names."""
    values = [record.key, *record.fields.values()]
    values += [value for cited in record.citations for value in cited.fields.values()]
    values += [cited.key for cited in record.citations if cited.key]
    conditions = [
        column for each in (record, *record.citations) for column in (*each.when, *each.unless)
    ]
    return [column for value in values for column in named_columns(value)] + conditions


def named_columns(value: FieldValue | None) -> list[str]:
    """The columns that its templates name."""
    match value:
        case str():
            return [*read_template(value).columns]
        case Expression():
            return named_columns(value.from_)
        case PeriodForm():
            return named_columns(value.start) + named_columns(value.end)
        case ListForm():
            return [column for member in value.root for column in named_columns(member)]
        case PartsForm():
            return [column for member in value.root.values() for column in named_columns(member)]
    return []
