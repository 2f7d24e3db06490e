"""Questions made up about a made-up archive, as an analyst would put them: by names and days.

In: the worlds of an archive, as known on each day, and a source of chance. Out: a `Question`, of
one of four kinds, which names the tool that answers it once the id is found.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import product
from random import Random

from kb.models import Membership, Official, Organisation, State, Term
from tests.oracle.as_known import WorldsByDay
from tests.oracle.data import World, parse_date, type_of

Named = Organisation | State | Official
NAMED: Sequence[type[Named]] = (Organisation, State, Official)


class Kind(StrEnum):
    """What is hard about a question."""

    TEMPORAL = "on a day"
    CONFLICTING = "conflicting"
    AS_KNOWN = "as known on a day"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True)
class Question:
    """`name` is that of a record of the type, as it is called now; `known_at` the day of a view."""

    kind: Kind
    name: str
    type: str
    tool: str
    known_at: date
    on: date | None = None
    office: str = ""

    @property
    def words(self) -> str:
        """All that whoever asks says."""
        told = (self.kind, self.type, self.name, self.office, str(self.on), str(self.known_at))
        return " ".join(told)


def make_questions(worlds: WorldsByDay, random: Random, count: int) -> list[Question]:
    """So many, a quarter of each kind."""
    makers = (_temporal, _conflicting, _as_known, _unanswerable)
    each = count // len(makers)
    return [
        question
        for make in makers
        for question in random.sample([*dict.fromkeys(make(worlds, random))], each)
    ]


def _named(world: World) -> list[Named]:
    """Those whose names are no other's."""
    rows = [row for table in NAMED for row in world.all(table)]
    counts = Counter(row.name for row in rows)
    return [row for row in rows if counts[row.name] == 1]


def _known_days(worlds: WorldsByDay, row: Named, random: Random) -> list[date]:
    """On which something became known, and the days before them; the last tells all.

    Days on which the record was not known yet are few among them.
    """
    days = sorted({day - timedelta(step) for day in worlds.days for step in (0, 1)})[:-1]
    return [day for day in days if row.id in worlds.on(day).nodes or random.random() < 0.15]


def _days_of(world: World) -> list[date]:
    """On which spans begin or end, and the days beside them."""
    rows = (*world.all(Membership), *world.all(Term))
    dates = [
        parse_date(text) for row in rows for text in (row.period_start, row.period_end) if text
    ]
    days = {day for each in dates for day in (each.earliest, each.latest) if day}
    return sorted(day + timedelta(step) for day, step in product(days, (-1, 0, 1)))


def _temporal(worlds: WorldsByDay, random: Random) -> Iterator[Question]:
    """Who belonged, who held an office, which offices somebody held; mostly where there is one."""
    world = worlds.present
    days = _days_of(world)
    for row in _named(world):
        for day in _known_days(worlds, row, random):
            on = random.choice(days)
            yield Question(Kind.TEMPORAL, row.name, type_of(row), "as_of", day, on)
    for term in world.all(Term):
        body = world.nodes[term.organisation_id or term.state_id or 0]
        assert isinstance(body, Organisation | State)
        for day in _known_days(worlds, body, random):
            on, office = random.choice(days), term.office
            yield Question(Kind.TEMPORAL, body.name, type_of(body), "as_of", day, on, office)


def _conflicting(worlds: WorldsByDay, random: Random) -> Iterator[Question]:
    """What articles say of what they exclude each other on."""
    disputed = {each.subject.id for each in worlds.present.disagreements if each.kind == "CONFLICT"}
    for row in _named(worlds.present):
        for day in _known_days(worlds, row, random) if row.id in disputed else ():
            yield Question(Kind.CONFLICTING, row.name, type_of(row), "disagreements", day)


def _as_known(worlds: WorldsByDay, random: Random) -> Iterator[Question]:
    """What a record was said to be."""
    for row in _named(worlds.present):
        for day in _known_days(worlds, row, random):
            yield Question(Kind.AS_KNOWN, row.name, type_of(row), "record", day)


def _unanswerable(worlds: WorldsByDay, random: Random) -> Iterator[Question]:
    """Of somebody whom nobody names, an office that there is not, or days before and after all."""
    for row in _named(worlds.present):
        for day in _known_days(worlds, row, random):
            name, office, on = _unanswered(row, random)
            yield Question(Kind.UNANSWERABLE, name, type_of(row), "as_of", day, on, office)


def _unanswered(row: Named, random: Random) -> tuple[str, str, date]:
    """A name, an office and a day, one of which is none."""
    name, days = row.name, timedelta(random.randrange(90_000))
    match random.randrange(4):
        case 0:
            place = random.randrange(3, len(name))
            return f"{name[:place]}qq{name[place:]}", "", date(1800, 1, 1) + days
        case 1 if not isinstance(row, Official):
            return name, "Keeper of nothing", date(1800, 1, 1) + days
        case 2:
            return name, "", date(1500, 1, 1) + days
        case _:
            return name, "", date(2500, 1, 1) + days
