"""Where sources disagree: fields of a record for which they assert values that cannot all be true.

In: a record's own row and what citations assert of it. Out: its `DerivedDisagreement`s, by
the definition of the contract. Pure: no I/O.

Dates are compared by their days. They are in CONFLICT if any two exclude each other, of those
asserted and, where no citation asserts it, the recorded one. They are a REFINEMENT if one asserted
date is a proper part of another that has both a first and a last day. What is open on a side is a
bound, and so is `..`, "not before the day of that article": bounds narrow, and nothing refines
them. Dates that overlap, or that together give the recorded one, do not disagree.

Other single values are in CONFLICT if they differ, the recorded one counted in the same way; names,
those of offices among them, and lists never are. A record that is denied as a whole is in CONFLICT
as a whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from pydantic.alias_generators import to_snake

from kb.derive.assertions import (
    DATE_FIELDS,
    END_FIELDS,
    FALSE,
    NEVER_DISPUTED,
    START_FIELDS,
    STILL_RUNNING,
    TRUE,
    Days,
    Statement,
    days_of,
    fold_value,
)
from kb.models import DisagreementKind
from kb.periods import EndKind
from kb.records.rows import Ref, TableRow


@dataclass(frozen=True, order=True, slots=True)
class CitedValue:
    """A value, and the keys of the citations that assert it, in their order."""

    value: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DerivedDisagreement:
    """A disagreement about one field; None is the record as a whole."""

    field: str | None
    kind: DisagreementKind
    recorded: str | None
    values: tuple[CitedValue, ...]


def find_disagreements(
    row: TableRow, statements: Iterable[Statement]
) -> tuple[DerivedDisagreement, ...]:
    """About the record as a whole first, then field by field."""
    statements_by_field: defaultdict[str, list[Statement]] = defaultdict(list)
    denied: list[Statement] = []
    for statement in sorted(statements, key=lambda statement: statement.citation):
        if statement.field is None and not statement.supports:
            denied.append(statement)
        elif statement.field and statement.value and statement.field not in NEVER_DISPUTED:
            statements_by_field[statement.field].append(statement)
    disagreements = [
        _of_field(field, row, statements_by_field[field]) for field in sorted(statements_by_field)
    ]
    return (*_of_record(denied), *(disagreement for disagreement in disagreements if disagreement))


def is_disputed(disagreements: Iterable[DerivedDisagreement]) -> bool:
    """Whether articles contradict the record, or each other about a field of it."""
    return any(disagreement.kind is DisagreementKind.CONFLICT for disagreement in disagreements)


def recorded_value(row: TableRow, field: str) -> str | None:
    """What the record carries, as a citation would assert it."""
    if field in END_FIELDS and row["end_kind"] == EndKind.ONGOING:
        return STILL_RUNNING
    value = row.get(_column(field), row.get(f"{_column(field)}_id"))
    if isinstance(value, Ref):
        return value.key
    if isinstance(value, bool):
        return TRUE if value else FALSE
    return None if value is None else str(value)


@lru_cache
def _column(field: str) -> str:
    if field in START_FIELDS:
        return "period_start"
    return "period_end" if field in END_FIELDS else to_snake(field)


def _of_record(denied: Sequence[Statement]) -> Iterator[DerivedDisagreement]:
    """Those who deny the record assert no value but what they say."""
    if denied:
        values = _group_values(denied, lambda statement: statement.claim, str)
        yield DerivedDisagreement(None, DisagreementKind.CONFLICT, None, values)


def _of_field(
    field: str, row: TableRow, statements: Sequence[Statement]
) -> DerivedDisagreement | None:
    recorded = recorded_value(row, field)
    dates = field in DATE_FIELDS
    kind = _compare_dates(recorded, statements) if dates else _compare_words(recorded, statements)
    if kind is None:
        return None
    values = _group_values(
        statements, lambda statement: str(statement.value), str if dates else fold_value
    )
    return DerivedDisagreement(field, kind, recorded, values)


def _group_values(
    statements: Iterable[Statement],
    value_of: Callable[[Statement], str],
    same: Callable[[str], str],
) -> tuple[CitedValue, ...]:
    """By values that count as the same, of which the first stands for all."""
    groups: dict[str, list[Statement]] = {}
    for statement in statements:
        groups.setdefault(same(value_of(statement)), []).append(statement)
    return tuple(
        sorted(
            CitedValue(value_of(group[0]), tuple(statement.citation for statement in group))
            for group in groups.values()
        )
    )


def _compare_words(
    recorded: str | None, statements: Iterable[Statement]
) -> DisagreementKind | None:
    values = {fold_value(str(statement.value)) for statement in statements} | (
        {fold_value(recorded)} if recorded else set()
    )
    return DisagreementKind.CONFLICT if len(values) > 1 else None


def _compare_dates(
    recorded: str | None, statements: Iterable[Statement]
) -> DisagreementKind | None:
    asserted = {days_of(str(statement.value), statement.dated.earliest) for statement in statements}
    # What still runs, as recorded, says no day: only an article has one.
    dated = {days_of(recorded)} if recorded and recorded != STILL_RUNNING else set()
    first = max(days.first or date.min for days in asserted | dated)
    last = min(days.last or date.max for days in asserted | dated)
    if first > last:
        return DisagreementKind.CONFLICT
    return DisagreementKind.REFINEMENT if _has_refinement(asserted) else None


def _has_refinement(asserted: Iterable[Days]) -> bool:
    """Whether any is a proper part of one that has a first and a last day."""
    closed = {(days.first, days.last) for days in asserted if days.first and days.last}
    # Each begins no earlier than the one before: if none lies within that, none lies within any.
    outermost_first = sorted(closed, key=lambda days: (days[0], -days[1].toordinal()))
    return any(inner[1] <= outer[1] for outer, inner in pairwise(outermost_first))
