"""All rows of a database as plain Python objects, and what a naive reader makes of them.

In: an engine. Out: a `World`, every table read whole and once. Nothing here is shared with the
planner: dates and periods are parsed from their text anew, so that the columns that are stored
beside them are tested too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeVar, cast

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from kb.dates import PartialDate
from kb.models import (
    Article,
    Citation,
    DateRow,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Head,
    Membership,
    Mention,
    Official,
    Organisation,
    Paragraph,
    Participation,
    Publication,
    Record,
    State,
    Summit,
    Term,
)
from kb.periods import Bounds, EndKind, Period

Spanned = Membership | Term | Event
Sourced = Organisation | State | Official | Membership | Term | Summit | Event
Node = Sourced | Publication | Article | Citation
NODES: Sequence[type[SQLModel]] = (
    *(Organisation, State, Official, Membership, Term, Summit, Event),
    *(Publication, Article, Citation),
)
_PARTS: Sequence[type[SQLModel]] = (
    *(Paragraph, Mention, Participation, Head, Record, DateRow),
    *(EventOrganisation, EventState, EventOfficial),
)
Row = TypeVar("Row", bound=SQLModel)
Order = tuple[tuple[str, bool], ...]
"""The fields of an order, each with whether it descends."""


@dataclass(frozen=True)
class Place:
    """What a cursor of the planner stands for: a row in lists of this type and order."""

    kind: str
    order: Order
    node: Node


class World:
    """The rows of one database as they were when it was read; `cursors` are learned by asking."""

    def __init__(self, engine: Engine) -> None:
        with Session(engine) as session:
            self._rows: dict[type[SQLModel], Sequence[SQLModel]] = {
                kind: session.exec(select(kind)).all() for kind in (*NODES, *_PARTS)
            }
            session.expunge_all()
        nodes = cast(list[Node], [row for kind in NODES for row in self._rows[kind]])
        self.nodes = {node.id: node for node in nodes}
        self.identified = {identity(node): node for node in nodes}
        self.head = self.all(Head)[0].revision
        self.dates = [parsed(row.edtf) for row in self.all(DateRow)]
        self.cursors: dict[str, Place] = {}
        self.records = {record.id: record for record in self.all(Record)}

    def all(self, kind: type[Row]) -> list[Row]:
        return cast(list[Row], self._rows[kind])

    def one(self, kind: type[Row], number: int | None) -> Row | None:
        """The row that a reference leads to."""
        found = None if number is None else self.nodes[number]
        assert found is None or isinstance(found, kind)
        return found

    def key(self, number: int | None) -> str | None:
        """The slug or code of the row that a reference leads to."""
        return None if number is None else self.nodes[number].key

    def name(self, number: int) -> str:
        node = self.nodes[number]
        assert isinstance(node, Organisation | State | Official)
        return node.name


def type_of(node: object) -> str:
    """The tables' classes are named after the types."""
    return type(node).__name__


def identity(node: Node) -> str:
    return f"{type_of(node)}:{node.key}"


@cache
def parsed(edtf: str) -> PartialDate:
    return PartialDate.parse(edtf)


def partial_date(edtf: str | None) -> PartialDate | None:
    return None if edtf is None else parsed(edtf)


def earliest(edtf: str | None) -> date | None:
    return parsed(edtf).earliest if edtf else None


def period_of(row: Spanned) -> Period:
    """The period again from what is stored of it; only its exact text is lost."""
    start, end = partial_date(row.period_start), partial_date(row.period_end)
    return Period("", start, end, EndKind[row.end_kind], row.period_text)


def bounds_of(row: Spanned) -> Bounds:
    return _bounds(row.period_start, row.period_end, row.end_kind, row.attested_until)


@cache
def _bounds(start: str | None, end: str | None, kind: str, attested_until: date | None) -> Bounds:
    period = Period("", partial_date(start), partial_date(end), EndKind[kind], "")
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
        return self.row.end_kind

    @property
    def attested_until(self) -> date | None:
        return self.row.attested_until

    @property
    def certain_from(self) -> date | None:
        core = bounds_of(self.row).core
        return core[0] if core else None

    @property
    def certain_to(self) -> date | None:
        core = bounds_of(self.row).core
        return core[1] if core else None

    @property
    def possible_from(self) -> date | None:
        return bounds_of(self.row).start_earliest

    @property
    def possible_to(self) -> date | None:
        return bounds_of(self.row).end_latest

    @property
    def text(self) -> str:
        return self.row.period_text
