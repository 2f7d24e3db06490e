"""What citations assert: which field of which record, with which value, since when it is known.

In: citations as rows, and the dates of their articles. Out: `Statement`s by the record that they
speak of, and the days that a value allows. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from kb.dates import PartialDate, parse_day
from kb.errors import DateError
from kb.models import Stance
from kb.periods import EndKind, Period
from kb.records.documents import SOURCED, Document
from kb.records.rows import ColumnValue, Ref, Rows, TableRow, latest_own_day
from kb.records.traits import (
    DocumentField,
    FieldsByName,
    FloorTrait,
    NameTrait,
    assertable_fields,
    fields_of_document,
)

STILL_RUNNING = ".."
TRUE, FALSE = "true", "false"
"""How citations give what is so or is not."""


class AssertableFields:
    """The names under which citations speak of fields, by what is to be made of their values."""

    def __init__(self, fields: FieldsByName) -> None:
        spans = {name for name, field in fields.items() if field.is_span}
        dates = {name for name, field in fields.items() if field.is_date}
        self.starts = frozenset(name for name in spans if name.endswith(".start"))
        self.ends = frozenset(spans - self.starts)
        self.dates = frozenset(spans | dates)
        self.names = frozenset(name for name, field in fields.items() if field.has(NameTrait))
        # Articles may differ in these without any of them being wrong; an office is called this or
        # that, too, as it is a record of its own no more than its name.
        self.never_disputed = self.names | {
            name for name, field in fields.items() if field.many or field.is_folded
        }


def is_floor(name: str, field: DocumentField) -> bool:
    """Whether nothing that is of a record is possible before the date: of a period, its start."""
    return field.has(FloorTrait) and not name.endswith(".end")


ASSERTABLE: Final[Mapping[str, FieldsByName]] = {
    name: assertable_fields([form]) for name, form in SOURCED.items()
}
"""By type, what citations of its records speak of."""
FLOOR_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    name: [alias for alias, field in fields.items() if is_floor(alias, field)]
    for name, fields in ASSERTABLE.items()
}
"""By type, the dates before which nothing that is of a record is possible."""
_FIELDS = AssertableFields(assertable_fields(SOURCED.values()))
START_FIELDS, END_FIELDS, DATE_FIELDS = _FIELDS.starts, _FIELDS.ends, _FIELDS.dates
NAMES, NEVER_DISPUTED = _FIELDS.names, _FIELDS.never_disputed


class ArticleDates(NamedTuple):
    """Of an article: the earliest day of its dateline, and the day from which it was known.

    Where a citation says of which day the source speaks, that day stands for the dateline's.
    """

    earliest: date | None
    known: date

    def observed_on(self, day: ColumnValue) -> "ArticleDates":
        return self._replace(earliest=parse_day(str(day))) if day else self


def article_dates(dated_on: ColumnValue, issued_on: ColumnValue) -> ArticleDates | None:
    """By the article's own dates; none where no one could say when a reader knew it."""
    known = latest_own_day(_text(issued_on), str(dated_on))
    return ArticleDates(PartialDate.parse(str(dated_on)).earliest, known) if known else None


@dataclass(frozen=True, slots=True)
class Statement:
    """What one citation asserts."""

    citation: str
    field: str | None
    value: str | None
    claim: str
    supports: bool
    dated: ArticleDates

    @property
    def rank(self) -> tuple[date, date, str]:
        """The greater, the newer."""
        return self.dated.known, self.dated.earliest or date.min, self.citation

    @property
    def is_support(self) -> bool:
        """Whether the article says that there is the record."""
        return self.supports and not is_mere_bound(self.field, self.value)


def statements_of(
    cited: Iterable[Rows], dated: Mapping[str, ArticleDates]
) -> defaultdict[Ref, list[Statement]]:
    """By the record that each speaks of; `dated` is by article."""
    statements: defaultdict[Ref, list[Statement]] = defaultdict(list)
    for rows in cited:
        subject, article = rows.row["subject_id"], rows.row["article_id"]
        if isinstance(subject, Ref) and isinstance(article, Ref) and article.key in dated:
            statements[subject].append(_statement(rows.ref.key, rows.row, dated[article.key]))
    return statements


def _statement(key: str, row: TableRow, dated: ArticleDates) -> Statement:
    field, value = _text(row["field"]), _text(row["value"])
    supports = row["stance"] == Stance.SUPPORTS
    observed = dated.observed_on(row["observed_on"])
    return Statement(key, field, value, str(row["claim"]), supports, observed)


def _text(value: ColumnValue) -> str | None:
    return None if value is None else str(value)


def span_of(document: Document) -> Period | None:
    """The period of a document that has one."""
    for name, field in fields_of_document(type(document)).items():
        if field.is_span and (value := getattr(document, name)):
            return Period.parse(value)
    return None


def attested_until(document: Document, statements: Iterable[Statement]) -> date | None:
    """For an ongoing period: the latest day on which an article says that it still ran."""
    period = span_of(document)
    if period is None or period.end_kind is not EndKind.ONGOING:
        return None
    return max(attestations(statements), default=None)


def attestations(statements: Iterable[Statement]) -> list[date]:
    """The days on which articles say that a period still ran."""
    return [
        statement.dated.earliest
        for statement in statements
        if statement.supports
        and statement.field in END_FIELDS
        and statement.value == STILL_RUNNING
        and statement.dated.earliest
    ]


class Days(NamedTuple):
    """Inclusive days; None is no bound."""

    first: date | None
    last: date | None

    def shared(self, other: "Days") -> "Days":
        """The days of both, which must meet."""
        return Days(
            max(self.first or date.min, other.first or date.min)
            if self.first or other.first
            else None,
            min(self.last or date.max, other.last or date.max) if self.last or other.last else None,
        )


def days_of(value: str, dated: date | None = None) -> Days:
    """The days that a value allows; still running on a day allows every later one."""
    if value == STILL_RUNNING:
        return Days(dated, None)
    when = PartialDate.parse(value)
    return Days(when.earliest, when.latest)


@lru_cache(1024)
def is_mere_bound(field: str | None, value: str | None) -> bool:
    """Whether a value says only when something was not: that it began later, or was over before.

    It may do so without a word of the record: the post was still empty, so a term began later.
    """
    if field not in DATE_FIELDS or value in (None, STILL_RUNNING):
        return False
    days = days_of(value)
    if field in END_FIELDS:
        return days.first is None and days.last is not None
    return days.first is not None and days.last is None


def value_text(field: str | None, value: str) -> str:
    """The value for people: a date in words, any other as it is."""
    if field in END_FIELDS and value == STILL_RUNNING:
        return "still running"
    return PartialDate.parse(value).text if field in DATE_FIELDS else value


def fold_value(value: str) -> str:
    """What counts as the same value of a field that is no date; every door normalises it."""
    return value.casefold()


def is_date_value(field: str, value: str) -> bool:
    """Whether the value is one that a citation may assert for a date field."""
    if field in END_FIELDS and value == STILL_RUNNING:
        return True
    try:
        PartialDate.parse(value)
    except DateError:
        return False
    return True
