"""What the citations of a record say together: until when it is attested, and whether they clash.

In: a document and its citations with the dates of their articles. Out: plain values that are stored
beside the record. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from unicodedata import normalize

from kb.dates import PartialDate
from kb.errors import DateError
from kb.ingest.documents import (
    Document,
    EventDocument,
    MembershipDocument,
    TermDocument,
)
from kb.ingest.records import Ref, Rows, Value
from kb.models import Stance
from kb.periods import EndKind, Period

STILL_RUNNING = ".."
END_FIELDS = frozenset({"period.end", "occurred.end"})
DATE_FIELDS = END_FIELDS | {"period.start", "occurred.start", "founded", "heldOn", "plannedEnd"}
# Lists and names may differ between articles without any of them being wrong.
_NEVER_CLASH = frozenset(
    {"name", "officialName", "aliases", "title", "participants"}
    | {"organisations", "states", "officials"}
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one citation asserts; `dated` is the earliest day of its article's dateline."""

    field: str | None
    value: str | None
    supports: bool
    dated: date | None


def statements_of(
    cited: Iterable[Rows], dated: Mapping[str, date | None]
) -> defaultdict[Ref, list[Statement]]:
    """What citations assert, by the record that each speaks of; `dated` is by article."""
    statements: defaultdict[Ref, list[Statement]] = defaultdict(list)
    for own in (rows.own for rows in cited):
        subject, article = own["subject_id"], own["article_id"]
        if isinstance(subject, Ref) and isinstance(article, Ref):
            supports = own["stance"] == Stance.SUPPORTS
            statements[subject].append(
                Statement(
                    _text(own["field"]), _text(own["value"]), supports, dated.get(article.key)
                )
            )
    return statements


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def span_of(document: Document) -> Period | None:
    """The period of a document that has one."""
    match document:
        case MembershipDocument() | TermDocument():
            return Period.parse(document.period)
        case EventDocument():
            return Period.parse(document.occurred)
        case _:
            return None


def attested_until(document: Document, statements: Iterable[Statement]) -> date | None:
    """For an ongoing period: the latest day on which an article says that it still ran."""
    period = span_of(document)
    if period is None or period.end_kind is not EndKind.ONGOING:
        return None
    days = [
        statement.dated
        for statement in statements
        if statement.supports
        and statement.field in END_FIELDS
        and statement.value == STILL_RUNNING
        and statement.dated
    ]
    return max(days, default=None)


def disputed(document: Document, statements: Sequence[Statement]) -> bool:
    """Whether articles contradict the record, or each other about a field of it."""
    if any(not statement.supports and statement.field is None for statement in statements):
        return True
    fields = {statement.field for statement in statements if statement.field} - _NEVER_CLASH
    return any(_clash(field, document, statements) for field in fields)


def _clash(field: str, document: Document, statements: Sequence[Statement]) -> bool:
    told = {(one.value, one.dated) for one in statements if one.field == field and one.value}
    values = [(value, dated) for value, dated in told if value]
    recorded = _recorded(field, document)
    if recorded:
        values.append((recorded, None))
    if field not in DATE_FIELDS:
        return len({normalize("NFC", value).casefold() for value, _ in values}) > 1
    return any(_disjoint(_days(*one), _days(*other)) for one, other in combinations(values, 2))


def _recorded(field: str, document: Document) -> str | None:
    if field in DATE_FIELDS and "." in field:
        period = span_of(document)
        bound = period and (period.start if field.endswith("start") else period.end)
        return bound.edtf if bound else None
    value = document.model_dump(mode="json", by_alias=True).get(field)
    return value if isinstance(value, str) else None


_Days = tuple[date | None, date | None]


def _days(value: str, dated: date | None) -> _Days:
    """The days that a value allows; still running on a day allows every later one."""
    if value == STILL_RUNNING:
        return dated, None
    when = PartialDate.parse(value)
    return when.earliest, when.latest


def _disjoint(one: _Days, other: _Days) -> bool:
    return _before(one[1], other[0]) or _before(other[1], one[0])


def _before(last: date | None, first: date | None) -> bool:
    return last is not None and first is not None and last < first


def is_date_value(field: str, value: str) -> bool:
    """Whether the value is one that a citation may assert for a date field."""
    if field in END_FIELDS and value == STILL_RUNNING:
        return True
    try:
        PartialDate.parse(value)
    except DateError:
        return False
    return True
