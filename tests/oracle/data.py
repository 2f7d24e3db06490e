"""All rows of a database as plain Python objects, and what a naive reader makes of them.

In: an engine. Out: a `World`, every table read whole and once. Nothing here is shared with the
planner: dates and periods are parsed from their text anew, so that the columns that are stored
beside them are tested too. What is derived of citations is not read at all; see `as_known`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from functools import cache
from itertools import product
from math import inf
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from kb.dates import DatePrecision, PartialDate
from kb.models import (
    About,
    Article,
    Citation,
    DateRow,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Example,
    Head,
    Identifier,
    Membership,
    Mention,
    Official,
    Organisation,
    OrganisationPredecessor,
    Paragraph,
    Participation,
    Party,
    Publication,
    Record,
    Scheme,
    State,
    StatePredecessor,
    Summit,
    Term,
)
from kb.periods import Bounds, Certainty, EndKind, Period

Spanned = Membership | Term | Event | State
Sourced = Organisation | State | Official | Membership | Term | Summit | Event
Node = Sourced | Publication | Article | Citation | Scheme | About
NODES: Sequence[type[SQLModel]] = (
    *(Organisation, State, Official, Membership, Term, Summit, Event),
    *(Publication, Article, Citation, Scheme, About),
)
_PARTS: Sequence[type[SQLModel]] = (
    *(Paragraph, Mention, Participation, Party, Head, Record, DateRow),
    *(EventOrganisation, EventState, EventOfficial, OrganisationPredecessor, StatePredecessor),
    *(Identifier, Example),
)
Row = TypeVar("Row", bound=SQLModel)
Order = tuple[tuple[str, bool], ...]
"""The fields of an order, each with whether it descends."""


Rows = Mapping[type[SQLModel], Sequence[SQLModel]]
Keys = tuple[str | date | float | None, ...]
Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class CursorPlace:
    """What a cursor of the planner stands for: where in lists of this type and order it is.

    A place in a search holds for one revision.
    """

    list_type: str
    order: Order
    keys: Keys
    key: str
    revision: int | None = None


@dataclass(frozen=True)
class AssertedValue:
    """A value, as people read it, and the citations that assert it."""

    value: str
    text: str
    citations: list[Citation]


@dataclass(frozen=True)
class Disagreement:
    """Of one field of a record, or of the record as a whole; `key` is what lists sort by."""

    key: str
    subject: Sourced
    field: str | None
    kind: str
    recorded: str | None
    values: list[AssertedValue]


@dataclass
class SharedState:
    """What the worlds of all days share: keys by record, and what asking the planner told.

    `on` gives the world of a day, `cursors` say where each stands, `hits` in which order they come.
    `article_days` has, by article, the day from which a reader could know it.
    On each of `days` something became known.
    """

    ask: Ask
    on: "Callable[[date | None], World]"
    keys: Mapping[int, str] = field(default_factory=dict)
    article_days: Mapping[int, date] = field(default_factory=dict)
    cursors: dict[str, CursorPlace] = field(default_factory=dict)
    hits: dict[object, Any] = field(default_factory=dict)
    days: list[date] = field(default_factory=list)


class World:
    """The rows of one database as they were when it was read, or as they were known on a day."""

    def __init__(
        self, source: Engine | Rows, shared: SharedState | None = None, day: date | None = None
    ) -> None:
        """Of an engine it has all rows as they are stored, for `as_known` to go on from."""
        rows = read_rows(source) if isinstance(source, Engine) else source
        self.rows, self.day = rows, day
        self.shared = shared or SharedState(_unknown, _unknown)
        nodes = cast(list[Node], [row for table in NODES for row in rows[table]])
        self.nodes = {node.id: node for node in nodes}
        self.identified = {identity(node): node for node in self.nodes.values()}
        self.head = self.all(Head)[0].revision
        self.records = {record.id: record for record in self.all(Record)}
        self.disagreements: list[Disagreement] = []
        self.texts: dict[str, list[list[str]]] = {}

    def view(self, day: date) -> "World":
        """As it was known on a day; of views within one another the earlier day counts."""
        return self.shared.on(min(day, self.day or date.max))

    def all(self, table: type[Row]) -> list[Row]:
        return cast(list[Row], self.rows[table])

    def row_of(self, table: type[Row], number: int | None) -> Row | None:
        """The row that a reference leads to; None where it is not known."""
        row = None if number is None else self.nodes.get(number)
        assert row is None or isinstance(row, table)
        return row

    def key(self, number: int | None) -> str | None:
        """The slug or code of the row that a reference leads to."""
        row = None if number is None else self.nodes.get(number)
        return row.key if row else None

    def name(self, number: int) -> str:
        node = self.nodes[number]
        assert isinstance(node, Organisation | State | Official)
        return node.name


def read_rows(engine: Engine) -> Rows:
    """Every table whole; the rows belong to no session."""
    with Session(engine) as session:
        rows = {table: session.exec(select(table)).all() for table in (*NODES, *_PARTS)}
        session.expunge_all()
    return rows


def _unknown(*_: object, **__: object) -> Any:  # noqa: ANN401  There is nothing to give.
    raise AssertionError("these are only rows")


def type_of(node: object) -> str:
    """The tables' classes are named after the types."""
    return type(node).__name__


def identity(node: Node) -> str:
    return f"{type_of(node)}:{node.key}"


UNKNOWN_DAY = "XXXX"
_UNKNOWN = PartialDate(UNKNOWN_DAY, None, None, DatePrecision.UNKNOWN, False, False, "unknown")


@cache
def parse_date(edtf: str) -> PartialDate:
    return _UNKNOWN if edtf == UNKNOWN_DAY else PartialDate.parse(edtf)


def partial_date(edtf: str | None) -> PartialDate | None:
    return None if edtf is None else parse_date(edtf)


def earliest(edtf: str | None) -> date | None:
    return parse_date(edtf).earliest if edtf else None


def period_of(row: Spanned) -> Period:
    """The period again from what is stored of it; only its exact text is lost."""
    start, end = partial_date(row.period_start), partial_date(row.period_end)
    return Period("", start, end, EndKind[str(row.end_kind)], str(row.period_text))


def bounds_of(row: Spanned) -> Bounds:
    return _bounds(row.period_start, row.period_end, str(row.end_kind), row.attested_until)


def floor_of(row: Spanned) -> date:
    """The first day that the founding of what it is of allows."""
    floor = "-infinity" if isinstance(row, Event) else row.floor
    return date.min if floor == "-infinity" else date.fromisoformat(floor)


def certainty_of(row: Spanned, day: date) -> Certainty:
    return Certainty.RULED_OUT if day < floor_of(row) else bounds_of(row).certainty(day)


def certain_days(row: Spanned) -> tuple[date, date] | None:
    core = bounds_of(row).core
    first = max(core[0], floor_of(row)) if core else None
    return (first, core[1]) if core and first and first <= core[1] else None


@cache
def _bounds(
    start: str | None, end: str | None, end_kind: str, attested_until: date | None
) -> Bounds:
    period = Period("", partial_date(start), partial_date(end), EndKind[end_kind], "")
    return period.bounds(attested_until)


@dataclass(frozen=True)
class Span:
    """A period as the API shows it; the names are those of its fields."""

    row: Spanned

    @property
    def start(self) -> PartialDate | None:
        return partial_date(self.row.period_start)

    @property
    def end(self) -> PartialDate | None:
        return partial_date(self.row.period_end)

    @property
    def end_kind(self) -> str:
        return str(self.row.end_kind)

    @property
    def attested_until(self) -> date | None:
        return self.row.attested_until

    @property
    def certain_from(self) -> date | None:
        core = certain_days(self.row)
        return core[0] if core else None

    @property
    def certain_to(self) -> date | None:
        core = certain_days(self.row)
        return core[1] if core else None

    @property
    def possible_from(self) -> date | None:
        first, floor = bounds_of(self.row).start_earliest, floor_of(self.row)
        return first if floor == date.min else max(first or floor, floor)

    @property
    def possible_to(self) -> date | None:
        return bounds_of(self.row).end_latest

    @property
    def length(self) -> "Length":
        return Length(days_of_readings(self.row))

    @property
    def text(self) -> str:
        return str(self.row.period_text)


Reading = tuple[float, float]
"""The numbers of the first day and of the last; infinite if there is no bound."""


@dataclass(frozen=True)
class Length:
    readings: Sequence[Reading]

    @property
    def least(self) -> int:
        return int(min(map(_count_days, self.readings), default=0))

    @property
    def most(self) -> int | None:
        days = max(map(_count_days, self.readings), default=0)
        return None if days == inf else int(days)


def _count_days(reading: Reading) -> float:
    first, last = reading
    return 1 if first == last else last - first + 1


def days_of_readings(row: Spanned) -> list[Reading]:
    """Those readings of a span that begin or end at one of its bounds: none goes further."""
    bounds, floor = bounds_of(row), floor_of(row)
    low = -inf if floor == date.min else floor.toordinal()
    starts = [
        max(day_number(day, unknown), low)
        for day, unknown in ((bounds.start_earliest, -inf), (bounds.start_latest, inf))
    ]
    ends = [day_number(bounds.end_earliest, -inf), day_number(bounds.end_latest, inf)]
    return [
        (start, end)
        for start, end in product({*starts, *ends}, repeat=2)
        if starts[0] <= start <= starts[1] and ends[0] <= end <= ends[1] and start <= end
    ]


def day_number(day: date | None, unknown: float) -> float:
    return unknown if day is None else day.toordinal()


def held_in_year(row: object, year: int) -> Certainty:
    """By every reading of its dates, by some, or by none; no day has a year beyond 9999."""
    if not MINYEAR <= year <= MAXYEAR:
        return Certainty.RULED_OUT
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    held = [begun <= last and ended >= first for begun, ended in readings_of(row, first)]
    if any(held):
        return Certainty.CERTAIN if all(held) else Certainty.POSSIBLE
    return Certainty.RULED_OUT


def readings_of(row: Any, wanted: float = -inf) -> Iterator[Reading]:  # noqa: ANN401  Of any type with dates.
    """The first and the last day on which something was, by each reading of its dates.

    What was on one day was on the wanted one, too, by some reading, if that is among its days.
    """
    if isinstance(row, Summit | Article):
        when = parse_date(row.held_on if isinstance(row, Summit) else row.dated_on)
        first, last = day_number(when.earliest, -inf), day_number(when.latest, inf)
        days = {first, last, min(max(wanted, first), last)}
        yield from ((day, day) for day in days)
        return
    yield from days_of_readings(row)
