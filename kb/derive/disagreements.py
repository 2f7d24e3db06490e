"""Where sources disagree: fields of a record for which they assert values that cannot all be true.

In: a record's own row and what citations assert of it. Out: its `Disagreement`s, as the contract
defines them. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pydantic.alias_generators import to_snake

from kb.derive.assertions import (
    DATE_FIELDS,
    END_FIELDS,
    NAMES_AND_LISTS,
    START_FIELDS,
    STILL_RUNNING,
    Days,
    Statement,
    days_of,
    folded,
)
from kb.models import DisagreementKind
from kb.periods import EndKind
from kb.records.rows import Ref, Row


@dataclass(frozen=True, order=True, slots=True)
class Asserted:
    """A value, and the keys of the citations that assert it, in their order."""

    value: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Of one field; None is the record as a whole."""

    field: str | None
    kind: DisagreementKind
    recorded: str | None
    values: tuple[Asserted, ...]


def disagreements(own: Row, statements: Iterable[Statement]) -> tuple[Disagreement, ...]:
    """The whole record first, then field by field."""
    told: defaultdict[str, list[Statement]] = defaultdict(list)
    denied: list[Statement] = []
    for one in sorted(statements, key=lambda one: one.citation):
        if one.field is None and not one.supports:
            denied.append(one)
        elif one.field and one.value and one.field not in NAMES_AND_LISTS:
            told[one.field].append(one)
    found = [_of_field(field, own, told[field]) for field in sorted(told)]
    return (*_of_record(denied), *(one for one in found if one))


def is_disputed(found: Iterable[Disagreement]) -> bool:
    """Whether articles contradict the record, or each other about a field of it."""
    return any(one.kind is DisagreementKind.CONFLICT for one in found)


def recorded_value(own: Row, field: str) -> str | None:
    """What the record carries, as a citation would assert it."""
    if field in END_FIELDS and own["end_kind"] == EndKind.ONGOING:
        return STILL_RUNNING
    value = own.get(_column(field), own.get(f"{_column(field)}_id"))
    return value.key if isinstance(value, Ref) else None if value is None else str(value)


@lru_cache
def _column(field: str) -> str:
    if field in START_FIELDS:
        return "period_start"
    return "period_end" if field in END_FIELDS else to_snake(field)


def _of_record(denied: Sequence[Statement]) -> Iterator[Disagreement]:
    """Those who deny the record assert no value but what they say."""
    if denied:
        values = _grouped(denied, lambda one: one.claim, str)
        yield Disagreement(None, DisagreementKind.CONFLICT, None, values)


def _of_field(field: str, own: Row, told: Sequence[Statement]) -> Disagreement | None:
    recorded = recorded_value(own, field)
    dates = field in DATE_FIELDS
    kind = _between_dates(recorded, told) if dates else _between_words(recorded, told)
    if kind is None:
        return None
    values = _grouped(told, lambda one: str(one.value), str if dates else folded)
    return Disagreement(field, kind, recorded, values)


def _grouped(
    told: Iterable[Statement], value_of: Callable[[Statement], str], same: Callable[[str], str]
) -> tuple[Asserted, ...]:
    """By values that count as the same, of which the first stands for all."""
    groups: dict[str, list[Statement]] = {}
    for one in told:
        groups.setdefault(same(value_of(one)), []).append(one)
    return tuple(
        sorted(
            Asserted(value_of(group[0]), tuple(one.citation for one in group))
            for group in groups.values()
        )
    )


def _between_words(recorded: str | None, told: Iterable[Statement]) -> DisagreementKind | None:
    values = {folded(str(one.value)) for one in told} | ({folded(recorded)} if recorded else set())
    return DisagreementKind.CONFLICT if len(values) > 1 else None


def _between_dates(recorded: str | None, told: Iterable[Statement]) -> DisagreementKind | None:
    """Of any two values, by their days: that they share none, or that one says more."""
    spans = {(str(one.value), days_of(str(one.value), one.dated.earliest)) for one in told}
    if recorded and recorded != STILL_RUNNING:
        spans.add((recorded, days_of(recorded)))
    first = max(days.first or date.min for _, days in spans)
    last = min(days.last or date.max for _, days in spans)
    if first > last:
        return DisagreementKind.CONFLICT
    return DisagreementKind.REFINEMENT if _refined(spans) else None


def _refined(spans: Iterable[tuple[str, Days]]) -> bool:
    """Whether any lies within another of another value; what still runs is of one value."""
    values: defaultdict[Days, set[str]] = defaultdict(set)
    for value, days in spans:
        values[days].add(value)
    # What comes before begins no later, and reaches as far if it ends no earlier.
    widest = widest_dated = 0
    for days in sorted(values, key=_outermost_first):
        dated, last = values[days] != {STILL_RUNNING}, (days.last or date.max).toordinal()
        if last <= (widest if dated else widest_dated):
            return True
        widest = max(widest, last)
        widest_dated = max(widest_dated, last) if dated else widest_dated
    return False


def _outermost_first(days: Days) -> tuple[date, int]:
    return days.first or date.min, -(days.last or date.max).toordinal()
