"""What could be known of a record on a day: its value then, and since when it shows at all.

In: a record's own row, what citations assert of it, and the day from which it shows: that of its
first support, or of an earlier one of what must point to it. Out: its `Version`s, the last of which
carries the recorded values. Pure: no I/O.

A value counts as recorded once every citation of its field is known, or as soon as those known
yield it. Until then it is what they do yield: the days that they share, or where they exclude each
other the newest; of other names, those that they contain. Nothing known of a field leaves it
unknown, or as recorded where a record cannot be without it. What no citation speaks of is known
from the first support of the record as a whole on, else once all that is said of it is known.
"""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kb.dates import between
from kb.derive.assertions import NAMES, TRUE, Statement, fold_value, is_floor
from kb.derive.disagreements import DerivedDisagreement, find_disagreements, recorded_value
from kb.derive.knowledge import FLOOR, Knowledge, floor
from kb.derive.spans_as_known import derive_date, span_columns
from kb.folding import folding_of
from kb.records.rows import ColumnValue, Ref, TableRow, date_columns, list_text, text_columns
from kb.records.traits import DocumentField, FieldsByName, NameTrait
from kb.records.types import snake_case


@dataclass(frozen=True, slots=True)
class Version:
    """The record from a day on; `changed` are the columns that differ from the recorded ones."""

    known_from: date
    changed: TableRow
    disagreements: tuple[DerivedDisagreement, ...]


def first_support(statements: Iterable[Statement]) -> date | None:
    """From when some article says that there is the record."""
    return min(
        (statement.dated.known for statement in statements if statement.is_support), default=None
    )


def referenced_records(fields: FieldsByName, statements: Iterable[Statement]) -> set[Ref]:
    """The records that values may refer to, whether or not there are any."""
    values = (
        _parse_value(fields[statement.field], statement.value)
        for statement in statements
        if statement.field and statement.value and _is_reference(fields.get(statement.field))
    )
    return {value for value in values if isinstance(value, Ref)}


def derive_versions(
    row: TableRow,
    statements: Sequence[Statement],
    first_day: date,
    there: Container[Ref],
    fields: FieldsByName,
) -> list[Version]:
    """One for each day, from the one on which it shows, on which another citation is known.

    What refers to none of the records that are `there` is as good as unknown. `fields` are those
    of the record's type that citations speak of.
    """
    days_known = {statement.dated.known for statement in statements}
    days = sorted({first_day, *(day for day in days_known if day > first_day)})
    versions: list[Version] = []
    for day in days:
        knowledge = Knowledge(statements, day)
        changed = as_known(row, knowledge, there, fields) | _floor_column(row, knowledge, fields)
        versions.append(Version(day, changed, find_disagreements(row | changed, knowledge.known)))
    return versions


def _floor_column(row: TableRow, knowledge: Knowledge, fields: FieldsByName) -> TableRow:
    names = [name for name, field in fields.items() if is_floor(name, field)]
    if not names or FLOOR not in row:
        return {}
    value = floor(knowledge, names)
    return {FLOOR: value} if row[FLOOR] != value else {}


def as_known(
    row: TableRow, knowledge: Knowledge, there: Container[Ref], fields: FieldsByName
) -> TableRow:
    """The columns that are not as recorded."""
    if knowledge.is_complete:
        return {}
    changed = span_columns(row, knowledge, fields)
    for name, field in fields.items():
        if field.column in row and not (field.is_span or field.is_identity):
            changed |= field_as_known(row, name, field, knowledge)
    for name, value in changed.items():
        if isinstance(value, Ref) and value not in there:
            changed[name] = None
    return {name: value for name, value in changed.items() if value != row[name]}


def field_as_known(
    row: TableRow, name: str, field: DocumentField, knowledge: Knowledge
) -> TableRow:
    """The columns of one field; nothing if it is as recorded."""
    if field.many:
        return {field.column: _names_as_known(str(row[field.column]), knowledge)}
    speaking = NAMES if _is_among_names(name, field, knowledge) else [name]
    if not knowledge.awaits(speaking):
        return {}
    if field.is_date:
        return _date_as_known(row, name, field, knowledge)
    return _word_as_known(row, name, field, knowledge)


def _names_as_known(recorded: str, knowledge: Knowledge) -> str:
    """Of a list of other names, those that citations known by then contain."""
    names: list[str] = json.loads(recorded)
    if not knowledge.awaits(NAMES):
        return recorded
    known = [name for name in names if knowledge.names(NAMES, name)]
    return recorded if known == names else list_text(known)


def _date_as_known(
    row: TableRow, name: str, field: DocumentField, knowledge: Knowledge
) -> TableRow:
    when = derive_date(recorded_value(row, name), knowledge.of(name))
    edtf = when.edtf if when else None
    if edtf is None and field.required:
        edtf = between(None, None).edtf
    return date_columns(field.name, edtf)


def _word_as_known(
    row: TableRow, name: str, field: DocumentField, knowledge: Knowledge
) -> TableRow:
    recorded, statements = recorded_value(row, name), knowledge.of(name)
    if recorded and _is_stated(recorded, name, field, knowledge):
        return {}
    value = _parse_value(field, str(statements[-1].value)) if statements else None
    if value is None and field.required:
        return {}
    if isinstance(value, Ref) or field.reference:
        return {field.column: value}
    if field.default is not None:
        # What cannot be unknown is what it would be if nobody had said anything.
        return {field.column: field.default if value is None else value}
    return text_columns(field, value if isinstance(value, str) else None)


def _is_stated(recorded: str, name: str, field: DocumentField, knowledge: Knowledge) -> bool:
    """Whether a citation known by then says just that, of this field or of another name."""
    if fold_value(recorded) in {fold_value(str(each.value)) for each in knowledge.of(name)}:
        return True
    return _is_among_names(name, field, knowledge) and knowledge.names(NAMES, recorded)


def _is_among_names(name: str, field: DocumentField, knowledge: Knowledge) -> bool:
    """Whether it is a further name of which no citation speaks by itself: any name may give it."""
    return field.has(NameTrait) and not field.required and not knowledge.speaks_of(name)


def _is_reference(field: DocumentField | None) -> bool:
    return bool(field and field.reference and not field.many and not field.is_identity)


def _parse_value(field: DocumentField, value: str) -> ColumnValue:
    """The value in the record's own vocabulary; None if it is none of it."""
    if field.enum:
        return value.upper() if value.upper() in field.enum.__members__ else None
    if field.plain_type is bool:
        return fold_value(value) == TRUE
    if field.reference:
        type_name = field.reference.type
        return Ref(type_name, folding_of(snake_case(type_name))(value))
    return value
