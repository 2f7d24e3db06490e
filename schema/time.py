"""Time in the schema: partial dates, periods, certainty, and the scalars that carry them."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar, NewType, TypeVar

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped

from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.query import durations
from kb.query.certainty import not_before_floor
from kb.query.sql import Row, Sql, sql
from schema.enums import DatePrecision, EndKind
from schema.fields import column, computed, partial_date, same_row

_Value = TypeVar("_Value")
_Variables = dict[str, object] | None
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _literal(parse: Callable[[object], _Value]) -> Callable[[ValueNode, _Variables], _Value]:
    """How a literal is read; a fault names its place in the document."""

    def read(node: ValueNode, variables: _Variables = None) -> _Value:
        try:
            return parse(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from None

    return read


def _revision(value: object) -> str:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", str(value)):
        raise GraphQLError(f"{value!r} is no revision; send back one that an answer gave")
    return str(value)


Revision = NewType("Revision", str)
REVISION_SCALAR = strawberry.scalar(
    name="Revision",
    description="A position in the history of changes, as a decimal string; it only grows.",
    specified_by_url="https://www.w3.org/TR/xmlschema11-2/#nonNegativeInteger",
    serialize=str,
    parse_value=_revision,
    parse_literal=_literal(_revision),
)


def _day(value: object) -> date:
    try:
        # Python reads other forms too, such as `20161014`.
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
        raise ValueError
    except ValueError:
        raise GraphQLError(f"{value!r} is no day; write it as `2016-10-14`") from None


DATE_SCALAR = strawberry.scalar(
    name="Date",
    description="A calendar day: `2016-10-14`.",
    specified_by_url="https://scalars.graphql.org/chillicream/local-date.html",
    serialize=date.isoformat,
    parse_value=_day,
    parse_literal=_literal(_day),
)

DATE_TIME_SCALAR = strawberry.scalar(
    name="DateTime",
    description="An instant, in UTC: `2026-11-25T10:00:00.123456Z`.",
    specified_by_url="https://scalars.graphql.org/chillicream/date-time.html",
    serialize=datetime.isoformat,
    parse_value=datetime.fromisoformat,
)


@strawberry.type(description="A date as far as the sources give it.")
class PartialDate:
    table: ClassVar = "partial_date"
    edtf: str = column("edtf", "The exact form in EDTF: `2016-10-14`, `2017-06`, `[..2015-06-10]`.")
    earliest: date | None = column("earliest", "The first day it can be; null if unbounded.")
    latest: date | None = column("latest", "The last day it can be; null if unbounded.")
    precision: DatePrecision = column("precision", "How far the sources go.")
    approximate: bool = column("approximate", "The source says “about”: EDTF `~` or `%`.")
    uncertain: bool = column("uncertain", "The source doubts it: EDTF `?` or `%`.")
    text: str = column("text", "For people: `14 October 2016`, `by 10 June 2015`.")


def known_bound(bound: Sql) -> Sql:
    """The day; null for a sentinel."""
    return sql(f"nullif(nullif({{}},'{BEFORE_ALL}'),'{AFTER_ALL}')", bound)


def _core(row: Row, bound: Sql) -> Sql:
    """A bound of the certain days; null where there are none."""
    return sql(
        "case when {} <= {} then {} end",
        _certain_from(row),
        row["end_earliest"],
        known_bound(bound),
    )


def _certain_from(row: Row) -> Sql:
    return not_before_floor(row, row["start_latest"])


@strawberry.type(description="How many days a span has; the day on which it ended counts.")
class Length:
    least: int = computed(
        lambda row, _: durations.shortest(row),
        "By the reading that makes it shortest; 0 only of what can never have held.",
    )
    most: int | None = computed(
        lambda row, _: durations.longest(row),
        "By the reading that makes it longest; null if it may still run, or may ever have begun.",
    )


@strawberry.type(description="A span of time in the world, bounded by what the sources say.")
class Period:
    start: PartialDate | None = partial_date(
        "period_start", "When it began; null if no source says."
    )
    end: PartialDate | None = partial_date(
        "period_end", "When it ended, or had not yet; null if no source says or it is ongoing."
    )
    end_kind: EndKind = column("end_kind", "How to read the end.")
    attested_until: date | None = column(
        "attested_until", "If ongoing: the newest day on which an article says that it still ran."
    )
    certain_from: date | None = computed(
        lambda row, _: _core(row, _certain_from(row)),
        "The first day on which it certainly held, by the recorded dates; see `disputed`.",
    )
    certain_to: date | None = computed(
        lambda row, _: _core(row, row["end_earliest"]),
        "The last day on which it certainly held, by the recorded dates; see `disputed`.",
    )
    possible_from: date | None = computed(
        lambda row, _: known_bound(not_before_floor(row, row["start_earliest"])),
        "No reading has it earlier, nor before the earliest day given for the founding of its"
        " organisation and the existence of its state; null: unbounded.",
    )
    possible_to: date | None = computed(
        lambda row, _: known_bound(row["end_latest"]), "No reading has it later; null: unbounded."
    )
    length: Length = same_row("How long it lasted, under every reading of the recorded dates.")
    text: str = column("period_text", "For people: `1999 to 2006`, `since 2002`.")
