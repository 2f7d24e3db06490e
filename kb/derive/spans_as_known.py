"""What could be known of the span of a record on a day.

In: the record's row, and what its citations say by then. Out: the columns of its period, as they
were known. Of an uncited bound nothing is known but what `kb.derive.knowledge` allows; the end of
what happened on some day of one date is its start. Pure: no I/O.
"""

from collections.abc import Sequence
from datetime import date
from functools import reduce

from kb.dates import PartialDate, between
from kb.derive.assertions import STILL_RUNNING, Days, Statement, attestations, days_of
from kb.derive.disagreements import recorded_value
from kb.derive.knowledge import Knowledge
from kb.periods import EndKind, Period
from kb.records.rows import NO_PERIOD, TableRow, period_columns
from kb.records.traits import FieldsByName

End = tuple[PartialDate | None, EndKind]


def span_columns(row: TableRow, knowledge: Knowledge, fields: FieldsByName) -> TableRow:
    """The columns of the period, for each type that has one."""
    columns: TableRow = {}
    spans = [name for name, field in fields.items() if field.is_span]
    for start, end in zip(spans[::2], spans[1::2], strict=True):
        required = fields[start].required
        if not required and _is_unspoken(row, knowledge, (start, end)):
            columns |= NO_PERIOD
        else:
            columns |= _period_as_known(row, knowledge, start, end)
    return columns


def _is_unspoken(row: TableRow, knowledge: Knowledge, bounds: Sequence[str]) -> bool:
    """Whether nothing is known of a period that need not be there."""
    is_awaited = row["end_kind"] is None or knowledge.awaits(bounds)
    return is_awaited and not any(knowledge.of(name) for name in bounds)


def _period_as_known(
    row: TableRow, knowledge: Knowledge, start_field: str, end_field: str
) -> TableRow:
    start, end = _recorded_bounds(row)
    is_one_date = start and start == end[0] and not knowledge.speaks_of(end_field)
    awaits_start = knowledge.awaits([start_field])
    awaits_end = knowledge.awaits([start_field if is_one_date else end_field])
    if not (awaits_start or awaits_end):
        return {}
    if start and is_one_date:
        return _one_date(derive_date(start.edtf, knowledge.of(start_field), bound=True))
    if awaits_start:
        recorded = start.edtf if start else None
        start = derive_date(recorded, knowledge.of(start_field), bound=True)
    if awaits_end:
        running = bool(attestations(knowledge.known))
        end = _derive_end(recorded_value(row, end_field), knowledge.of(end_field), running)
    period, until = _agreeing(start, end, attestations(knowledge.known))
    columns = period_columns(period, until)
    # What was recorded as one date reads otherwise than a span from it to it.
    same = all(columns[name] == row[name] for name in columns if name != "period_text")
    return {} if same else columns


def _one_date(when: PartialDate | None) -> TableRow:
    """What happened on some day of one date; its start alone is cited."""
    period = Period.parse(when.edtf) if when else Period.from_ends(None, None, EndKind.UNKNOWN)
    return period_columns(period, None)


def _agreeing(
    start: PartialDate | None, bound: End, running: Sequence[date]
) -> tuple[Period, date | None]:
    """The period, and until when it is attested; bounds that contradict each other give way."""
    end, end_kind = bound
    if end_kind is EndKind.ONGOING and running:
        start = _start_while_running(start, running)
    if start and end and start.earliest and end.latest and start.earliest > end.latest:
        end, end_kind = None, EndKind.UNKNOWN
    if not running or start is None or start.latest is None:
        # It would never be certain, as a recorded one may not be.
        end_kind = EndKind.UNKNOWN if end_kind is EndKind.ONGOING else end_kind
    until = max(running) if end_kind is EndKind.ONGOING else None
    return Period.from_ends(start, end, end_kind), until


def _recorded_bounds(
    row: TableRow,
) -> tuple[PartialDate | None, End]:
    start, end = (
        PartialDate.parse(str(row[column])) if row[column] else None
        for column in ("period_start", "period_end")
    )
    return start, (end, EndKind(str(row["end_kind"] or EndKind.UNKNOWN)))


def _derive_end(recorded: str | None, statements: Sequence[Statement], running: bool) -> End:
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
    end = derive_date(recorded, statements, bound=True)
    return end, EndKind.DATED if end and end.latest else EndKind.UNKNOWN


def _start_while_running(start: PartialDate | None, running: Sequence[date]) -> PartialDate | None:
    """What was running on a day had begun by then."""
    if start and start.latest:
        return start
    first = start.earliest if start else None
    by = min((day for day in running if first is None or first <= day), default=None)
    return between(first, by)


def derive_date(
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
