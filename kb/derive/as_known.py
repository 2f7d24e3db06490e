"""What could be known of a record on a day: its value then, and since when it shows at all.

In: a record's own row, what citations assert of it, and the day from which it shows: that of its
first support, or of an earlier one of what must point to it. Out: its `Version`s, the last of which
carries the recorded values. Pure: no I/O.

A value counts as recorded once every citation of its field is known, or as soon as those known
yield it. Until then it is what they do yield: the days that they share, or where they exclude each
other the newest. Nothing known of a field leaves it unknown, or as recorded where a record cannot
be without it. While a record shows by the support of others alone, whatever may be left out is
unknown, of which no citation of its own speaks: names and lists too.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce

from kb.dates import PartialDate, between
from kb.derive.assertions import (
    ASSERTABLE,
    DATE_FIELDS,
    END_FIELDS,
    NAMES_AND_LISTS,
    START_FIELDS,
    STILL_RUNNING,
    Days,
    Statement,
    attestations,
    days_of,
    fold_value,
)
from kb.derive.disagreements import DerivedDisagreement, find_disagreements, recorded_value
from kb.folding import folding_of
from kb.periods import EndKind, Period
from kb.records.documents import SOURCED
from kb.records.rows import (
    ColumnValue,
    Ref,
    TableRow,
    date_columns,
    period_columns,
    text_columns,
)
from kb.records.traits import Reference, fields_of_document
from kb.records.types import snake_case

_VALUES: Mapping[str, type[StrEnum]] = {
    name: field.enum for name, field in ASSERTABLE.items() if field.enum
}
_IDENTITY = frozenset(name for name, field in ASSERTABLE.items() if field.is_identity)
"""What a membership or term is of: to point elsewhere would make it another one."""
_REFERENCES: dict[str, Reference] = {
    name: field.reference
    for name, field in ASSERTABLE.items()
    if field.reference and not field.many and not field.is_identity
}


@dataclass(frozen=True, slots=True)
class Version:
    """The record from a day on; `changed` are the columns that differ from the recorded ones."""

    known_from: date
    changed: TableRow
    disagreements: tuple[DerivedDisagreement, ...]


def first_support(statements: Iterable[Statement]) -> date | None:
    """From when some article supports the record."""
    return min(
        (statement.dated.known for statement in statements if statement.supports), default=None
    )


def referenced_records(statements: Iterable[Statement]) -> set[Ref]:
    """The records that values may refer to, whether or not there are any."""
    values = (
        _parse_value(statement.field, statement.value)
        for statement in statements
        if statement.field in _REFERENCES and statement.value
    )
    return {value for value in values if isinstance(value, Ref)}


def derive_versions(
    row: TableRow, statements: Sequence[Statement], first_day: date, there: Container[Ref]
) -> list[Version]:
    """One for each day, from the one on which it shows, on which another citation is known.

    What refers to none of the records that are `there` is as good as unknown.
    """
    days_known = {statement.dated.known for statement in statements}
    days = sorted({first_day, *(day for day in days_known if day > first_day)})
    versions: list[Version] = []
    for day in days:
        known = [statement for statement in statements if statement.dated.known <= day]
        changed = as_known(row, statements, known, there)
        versions.append(Version(day, changed, find_disagreements(row | changed, known)))
    return versions


def as_known(
    row: TableRow,
    statements: Sequence[Statement],
    known: Sequence[Statement],
    there: Container[Ref],
) -> TableRow:
    """The columns that are not as recorded, where of all statements only these are known."""
    changed: TableRow = {}
    known_by_field = _by_field(known)
    waiting = {
        field
        for field, all_statements in _by_field(statements).items()
        if len(known_by_field.get(field, ())) < len(all_statements)
    }
    for field in sorted(waiting - START_FIELDS - END_FIELDS):
        changed |= _field_columns(row, field, known_by_field.get(field, ()))
    if waiting & (START_FIELDS | END_FIELDS):
        changed |= _span_columns(row, waiting, known_by_field, known)
    for name, value in changed.items():
        if isinstance(value, Ref) and value not in there:
            changed[name] = None
    if first_support(statements) and not first_support(known):
        changed |= _unsupported_columns(row, statements)
    return {name: value for name, value in changed.items() if value != row[name]}


def _unsupported_columns(row: TableRow, statements: Iterable[Statement]) -> TableRow:
    """Unknown: what may be left out, but for fields that follow from citations of their own."""
    cited = _by_field(statements).keys()
    columns: TableRow = {}
    for name, field in ASSERTABLE.items():
        if field.column in row and not _is_needed(row, name) and name not in cited:
            columns |= _unknown_columns(name)
    return columns


def _unknown_columns(name: str) -> TableRow:
    field = ASSERTABLE[name]
    if name in DATE_FIELDS:
        return date_columns(field.name, None)
    if field.many or field.reference:
        return {field.column: "[]" if field.many else None}
    return text_columns(field, None)


def _by_field(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    fields: dict[str, list[Statement]] = {}
    for statement in sorted(statements, key=lambda statement: statement.rank):
        if (
            statement.field
            and statement.value
            and statement.field not in NAMES_AND_LISTS | _IDENTITY
        ):
            fields.setdefault(statement.field, []).append(statement)
    return fields


def _field_columns(row: TableRow, field: str, statements: Sequence[Statement]) -> TableRow:
    if field in DATE_FIELDS:
        when = _derive_date(recorded_value(row, field), statements)
        edtf = when.edtf if when else None
        if edtf is None and _is_needed(row, field):
            edtf = between(None, None).edtf
        return date_columns(ASSERTABLE[field].name, edtf)
    return _text_columns(row, field, statements)


def _derive_date(
    recorded: str | None, statements: Sequence[Statement], *, bound: bool = False
) -> PartialDate | None:
    """The recorded date if the statements yield it, else what they do; None if that is nothing.

    The `bound` of a period carries no flags, though a statement may.
    """
    if not statements:
        return None
    spans = [days_of(str(statement.value), statement.dated.earliest) for statement in statements]
    shared = _intersection(spans)
    if recorded and days_of(recorded) in (*spans, shared):
        return PartialDate.parse(recorded)
    dates = [
        PartialDate.parse(str(statement.value))
        for statement in statements
        if statement.value != STILL_RUNNING
    ]
    worded = [when for when in dates if not (bound and when.qualified)]
    return _date_of_days(spans[-1] if shared is None else shared, worded)


def _intersection(spans: Sequence[Days]) -> Days | None:
    """The days that all of them allow; None if there are none."""
    shared = reduce(lambda days, other: days.shared(other), spans)
    ordered = shared.first is None or shared.last is None or shared.first <= shared.last
    return shared if ordered else None


def _date_of_days(days: Days, dates: Sequence[PartialDate]) -> PartialDate | None:
    """In the newest words that give just these days, if any do."""
    if days == Days(None, None):
        return None
    alike = [when for when in dates if (when.earliest, when.latest) == days]
    return alike[-1] if alike else between(*days)


def _text_columns(row: TableRow, field: str, statements: Sequence[Statement]) -> TableRow:
    document_field = ASSERTABLE[field]
    recorded = recorded_value(row, field)
    if (
        statements
        and recorded
        and fold_value(recorded) in {fold_value(str(statement.value)) for statement in statements}
    ):
        return {}
    value = _parse_value(field, str(statements[-1].value)) if statements else None
    if value is None and _is_needed(row, field):
        return {}
    if isinstance(value, Ref) or document_field.reference:
        return {document_field.column: value}
    return text_columns(document_field, value if isinstance(value, str) else None)


def _is_needed(row: TableRow, name: str) -> bool:
    """Whether a record of this row cannot be without the field: a term has an office, an event may.

    What a record is of is needed, too.
    """
    needed = any(columns <= row.keys() for columns in _REQUIRED.get(name, ()))
    return needed or name in _IDENTITY


def _required_columns() -> Mapping[str, Sequence[AbstractSet[str]]]:
    """By each field that some type requires, the columns by which rows of that type are told."""
    columns_by_field: dict[str, list[AbstractSet[str]]] = {}
    for form in SOURCED.values():
        fields = fields_of_document(form).values()
        required = [field for field in fields if field.required and not field.many]
        columns = frozenset(field.column for field in required if not field.is_span)
        for name in (name for field in required for name in field.assertable):
            columns_by_field.setdefault(name, []).append(columns)
    return columns_by_field


_REQUIRED = _required_columns()


def _parse_value(field: str, value: str) -> ColumnValue:
    """The value in the record's own vocabulary; None if it is none of it."""
    if field in _VALUES:
        return value.upper() if value.upper() in _VALUES[field].__members__ else None
    if field in _REFERENCES:
        type_name = _REFERENCES[field].type
        return Ref(type_name, folding_of(snake_case(type_name))(value))
    return value


def _span_columns(
    row: TableRow,
    waiting: Iterable[str],
    known_by_field: Mapping[str, Sequence[Statement]],
    known: Sequence[Statement],
) -> TableRow:
    """The period's columns; a bound whose statements are all known is as recorded."""
    running = attestations(known)
    start, (end, end_kind) = _recorded_bounds(row)
    for field in waiting:
        if field in START_FIELDS:
            start = _derive_date(
                start.edtf if start else None, known_by_field.get(field, ()), bound=True
            )
        elif field in END_FIELDS:
            end, end_kind = _derive_end(
                recorded_value(row, field), known_by_field.get(field, ()), bool(running)
            )
    if end_kind is EndKind.ONGOING and running:
        start = _start_while_running(start, running)
    if start and end and start.earliest and end.latest and start.earliest > end.latest:
        end, end_kind = None, EndKind.UNKNOWN
    if not running or start is None or start.latest is None:
        # It would never be certain, as a recorded one may not be.
        end_kind = EndKind.UNKNOWN if end_kind is EndKind.ONGOING else end_kind
    until = max(running) if end_kind is EndKind.ONGOING else None
    columns = period_columns(Period.from_ends(start, end, end_kind), until)
    # What was recorded as one date reads otherwise than a span from it to it.
    same = all(columns[name] == row[name] for name in columns if name != "period_text")
    return {} if same else columns


def _recorded_bounds(
    row: TableRow,
) -> tuple[PartialDate | None, tuple[PartialDate | None, EndKind]]:
    start, end = (
        PartialDate.parse(str(row[column])) if row[column] else None
        for column in ("period_start", "period_end")
    )
    return start, (end, EndKind(str(row["end_kind"])))


def _derive_end(
    recorded: str | None, statements: Sequence[Statement], running: bool
) -> tuple[PartialDate | None, EndKind]:
    """Ongoing where that is all that is known, or the newest of what excludes each other."""
    if not statements:
        return None, EndKind.UNKNOWN
    if recorded == STILL_RUNNING:
        yielded = any(statement.value == STILL_RUNNING for statement in statements)
        recorded = None
        if yielded and running:
            return None, EndKind.ONGOING
    spans = {
        statement: days_of(str(statement.value), statement.dated.earliest)
        for statement in statements
    }
    shared = _intersection(list(spans.values()))
    days = spans[statements[-1]] if shared is None else shared
    if (
        running
        and any(
            statement.value == STILL_RUNNING and span == days for statement, span in spans.items()
        )
        and not (recorded and days_of(recorded) == days)
    ):
        return None, EndKind.ONGOING
    end = _derive_date(recorded, statements, bound=True)
    return end, EndKind.DATED if end and end.latest else EndKind.UNKNOWN


def _start_while_running(start: PartialDate | None, running: Sequence[date]) -> PartialDate | None:
    """What was running on a day had begun by then."""
    if start and start.latest:
        return start
    first = start.earliest if start else None
    by = min((day for day in running if first is None or first <= day), default=None)
    return between(first, by)
