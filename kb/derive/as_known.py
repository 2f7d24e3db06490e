"""What could be known of a record on a day: its value then, and since when it shows at all.

In: a record's own row, what citations assert of it, and the day from which all that it must point
to shows. Out: its `Version`s, the last of which carries the recorded values. Pure: no I/O.

A value counts as recorded once every citation of its field is known, or as soon as those known
yield it. Until then it is what they do yield: the days that they share, or where they exclude each
other the newest. Nothing known of a field leaves it unknown, or as recorded where a record cannot
be without it.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
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
    folded,
)
from kb.derive.disagreements import Disagreement, disagreements, recorded_value
from kb.folding import folding_of
from kb.periods import EndKind, Period
from kb.records.rows import (
    Ref,
    Row,
    Value,
    date_columns,
    period_columns,
    text_columns,
)
from kb.records.traits import Reference
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
    changed: Row
    disagreements: tuple[Disagreement, ...]


def first_support(statements: Iterable[Statement]) -> date | None:
    """From when some article supports the record."""
    return min((one.dated.known for one in statements if one.supports), default=None)


def pointed_to(statements: Iterable[Statement]) -> set[Ref]:
    """The records that values may refer to, whether or not there are any."""
    fitted = (
        _fitting(one.field, one.value)
        for one in statements
        if one.field in _REFERENCES and one.value
    )
    return {value for value in fitted if isinstance(value, Ref)}


def versions(
    own: Row, statements: Sequence[Statement], shows: date, there: Container[Ref]
) -> list[Version]:
    """One for each day, from the one on which it shows, on which another citation is known.

    What refers to none of the records that are `there` is as good as unknown.
    """
    days = sorted({shows, *(one.dated.known for one in statements if one.dated.known > shows)})
    found: list[Version] = []
    for day in days:
        known = [one for one in statements if one.dated.known <= day]
        changed = as_known(own, statements, known, there)
        found.append(Version(day, changed, disagreements(own | changed, known)))
    return found


def as_known(
    own: Row,
    statements: Sequence[Statement],
    known: Sequence[Statement],
    there: Container[Ref],
) -> Row:
    """The columns that are not as recorded, where of all statements only these are known."""
    changed: Row = {}
    told = _by_field(known)
    waiting = {
        field
        for field, all_told in _by_field(statements).items()
        if len(told.get(field, ())) < len(all_told)
    }
    for field in sorted(waiting - START_FIELDS - END_FIELDS):
        changed |= _field(own, field, told.get(field, ()))
    if waiting & (START_FIELDS | END_FIELDS):
        changed |= _span(own, waiting, told, known)
    for name, value in changed.items():
        if isinstance(value, Ref) and value not in there:
            changed[name] = None
    return {name: value for name, value in changed.items() if value != own[name]}


def _by_field(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    fields: dict[str, list[Statement]] = {}
    for one in sorted(statements, key=lambda one: one.rank):
        if one.field and one.value and one.field not in NAMES_AND_LISTS | _IDENTITY:
            fields.setdefault(one.field, []).append(one)
    return fields


def _field(own: Row, field: str, told: Sequence[Statement]) -> Row:
    if field in DATE_FIELDS:
        when = _date(recorded_value(own, field), told)
        edtf = when.edtf if when else None
        if edtf is None and field in _REQUIRED:
            edtf = between(None, None).edtf
        return date_columns(ASSERTABLE[field].name, edtf)
    return _word(own, field, told)


def _date(
    recorded: str | None, told: Sequence[Statement], *, bound: bool = False
) -> PartialDate | None:
    """The recorded date if the statements yield it, else what they do; None if that is nothing.

    The `bound` of a period carries no flags, though a statement may.
    """
    if not told:
        return None
    spans = [days_of(str(one.value), one.dated.earliest) for one in told]
    shared = _shared(spans)
    if recorded and days_of(recorded) in (*spans, shared):
        return PartialDate.parse(recorded)
    dates = [PartialDate.parse(str(one.value)) for one in told if one.value != STILL_RUNNING]
    words = [one for one in dates if not (bound and one.qualified)]
    return _exact(spans[-1] if shared is None else shared, words)


def _shared(spans: Sequence[Days]) -> Days | None:
    """The days that all of them allow; None if there are none."""
    shared = reduce(lambda one, other: one.shared(other), spans)
    ordered = shared.first is None or shared.last is None or shared.first <= shared.last
    return shared if ordered else None


def _exact(days: Days, words: Sequence[PartialDate]) -> PartialDate | None:
    """In the newest words that give just these days, if any do."""
    if days == Days(None, None):
        return None
    alike = [one for one in words if (one.earliest, one.latest) == days]
    return alike[-1] if alike else between(*days)


def _word(own: Row, field: str, told: Sequence[Statement]) -> Row:
    told_of = ASSERTABLE[field]
    recorded = recorded_value(own, field)
    if told and recorded and folded(recorded) in {folded(str(one.value)) for one in told}:
        return {}
    value = _fitting(field, str(told[-1].value)) if told else None
    if value is None and field in _REQUIRED:
        return {}
    if isinstance(value, Ref) or told_of.reference:
        return {told_of.column: value}
    return text_columns(told_of, value if isinstance(value, str) else None)


_REQUIRED = frozenset(name for name, field in ASSERTABLE.items() if field.required)


def _fitting(field: str, value: str) -> Value:
    """The value in the record's own vocabulary; None if it is none of it."""
    if field in _VALUES:
        return value.upper() if value.upper() in _VALUES[field].__members__ else None
    if field in _REFERENCES:
        kind = _REFERENCES[field].type
        return Ref(kind, folding_of(snake_case(kind))(value))
    return value


def _span(
    own: Row,
    waiting: Iterable[str],
    told: Mapping[str, Sequence[Statement]],
    known: Sequence[Statement],
) -> Row:
    """The period's columns; a bound whose statements are all known is as recorded."""
    running = attestations(known)
    start, (end, kind) = _recorded_bounds(own)
    for field in waiting:
        if field in START_FIELDS:
            start = _date(start.edtf if start else None, told.get(field, ()), bound=True)
        elif field in END_FIELDS:
            end, kind = _end(recorded_value(own, field), told.get(field, ()), bool(running))
    if kind is EndKind.ONGOING and running:
        start = _begun(start, running)
    if start and end and start.earliest and end.latest and start.earliest > end.latest:
        end, kind = None, EndKind.UNKNOWN
    if not running or start is None or start.latest is None:
        # It would never be certain, as a recorded one may not be.
        kind = EndKind.UNKNOWN if kind is EndKind.ONGOING else kind
    until = max(running) if kind is EndKind.ONGOING else None
    found = period_columns(Period.from_ends(start, end, kind), until)
    # What was recorded as one date reads otherwise than a span from it to it.
    same = all(found[name] == own[name] for name in found if name != "period_text")
    return {} if same else found


def _recorded_bounds(own: Row) -> tuple[PartialDate | None, tuple[PartialDate | None, EndKind]]:
    start, end = (
        PartialDate.parse(str(own[column])) if own[column] else None
        for column in ("period_start", "period_end")
    )
    return start, (end, EndKind(str(own["end_kind"])))


def _end(
    recorded: str | None, told: Sequence[Statement], running: bool
) -> tuple[PartialDate | None, EndKind]:
    """Ongoing where that is all that is known, or the newest of what excludes each other."""
    if not told:
        return None, EndKind.UNKNOWN
    if recorded == STILL_RUNNING:
        yielded = any(one.value == STILL_RUNNING for one in told)
        recorded = None
        if yielded and running:
            return None, EndKind.ONGOING
    spans = {one: days_of(str(one.value), one.dated.earliest) for one in told}
    shared = _shared(list(spans.values()))
    days = spans[told[-1]] if shared is None else shared
    if (
        running
        and any(one.value == STILL_RUNNING and span == days for one, span in spans.items())
        and not (recorded and days_of(recorded) == days)
    ):
        return None, EndKind.ONGOING
    end = _date(recorded, told, bound=True)
    return end, EndKind.DATED if end and end.latest else EndKind.UNKNOWN


def _begun(start: PartialDate | None, running: Sequence[date]) -> PartialDate | None:
    """What was running on a day had begun by then."""
    if start and start.latest:
        return start
    first = start.earliest if start else None
    by = min((day for day in running if first is None or first <= day), default=None)
    return between(first, by)
