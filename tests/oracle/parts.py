"""Lists that are no pages: who counted on a day, what an article has, what is tied to a record.

In: a world, the row that has the list, and the field's arguments. Out: rows, best or first first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from kb.models import (
    Article,
    Citation,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Membership,
    MembershipStatus,
    Mention,
    Organisation,
    OrganisationPredecessor,
    Paragraph,
    Participation,
    Party,
    State,
    StatePredecessor,
    Summit,
    Term,
)
from kb.normalisation import normalise
from kb.periods import Certainty, Doubt, EndKind
from tests.oracle.data import Node, Spanned, World, bounds_of, certainty_of, period_of, type_of
from tests.oracle.filters import is_certain_enough
from tests.oracle.lists import Arguments, in_order

Link = type[EventOrganisation] | type[EventState] | type[EventOfficial]


@dataclass(frozen=True)
class AsOf:
    """A membership, a term or a vacancy on a day."""

    row: Spanned
    day: date

    @property
    def certainty(self) -> Certainty:
        return certainty_of(self.row, self.day)

    @property
    def doubt(self) -> Doubt | None:
        if self.certainty is Certainty.RULED_OUT:
            return None
        return bounds_of(self.row).doubt(self.day, EndKind[str(self.row.end_kind)])

    @property
    def because(self) -> str | None:
        period = period_of(self.row)
        if self.doubt is None:
            return None
        if self.doubt is Doubt.START:
            return period.start_doubt()
        return period.end_doubt(self.row.attested_until)


def members(world: World, organisation: Organisation, arguments: Arguments) -> list[AsOf]:
    """One row a state and status: the best certainty, then the latest start, then the key."""
    statuses = arguments.get("status")
    if statuses is None:
        statuses = [MembershipStatus.MEMBER]
    rows = [
        row
        for row in world.all(Membership)
        if row.organisation_id == organisation.id and row.status in statuses
    ]
    best = _best(rows, arguments, lambda row: (row.state_id, row.status))
    return sorted(
        best, key=lambda as_of: (as_of.certainty, world.name(_state(as_of)), as_of.row.key)
    )


def _state(as_of: AsOf) -> int:
    assert isinstance(as_of.row, Membership)
    return as_of.row.state_id


def day_key(row: Spanned) -> date:
    """By which spans are in order: one whose start no source bounds comes last."""
    return bounds_of(row).start_earliest or date.max


def best_holders(world: World, rows: Sequence[Term], arguments: Arguments) -> list[AsOf]:
    """One row an official."""
    best = _best(rows, arguments, lambda row: row.official_id)
    return sorted(
        best, key=lambda as_of: (as_of.certainty, world.name(_official(as_of)), as_of.row.key)
    )


def _official(as_of: AsOf) -> int:
    assert isinstance(as_of.row, Term)
    return as_of.row.official_id


def _best(
    rows: Sequence[Any], arguments: Arguments, subject_of: Callable[[Any], object]
) -> list[AsOf]:
    """Of those certain enough, the best one for each that the rows are about."""
    day: date = arguments["asOf"]
    ranked = sorted(rows, key=lambda row: row.key)
    ranked.sort(key=lambda row: bounds_of(row).start_earliest or date.min, reverse=True)
    ranked.sort(key=lambda row: certainty_of(row, day))
    best: dict[object, AsOf] = {}
    for row in ranked:
        if is_certain_enough(row, day, arguments.get("atLeast")):
            best.setdefault(subject_of(row), AsOf(row, day))
    return list(best.values())


def paragraphs(world: World, article: Article, _: Arguments) -> list[Paragraph] | None:
    rows = [row for row in world.all(Paragraph) if row.article_id == article.id]
    return sorted(rows, key=lambda row: row.number) or None


@dataclass(frozen=True)
class Anchor:
    """Where words stand."""

    paragraph: int
    start: int
    end: int
    sha256: str


MOST_PLACES = 10


def find(world: World, article: Article, arguments: Arguments) -> list[Anchor] | None:
    """The first places of the words, overlapping ones too."""
    words = normalise(arguments["words"])
    digest = sha256(words.encode(errors="replace")).hexdigest()
    texts = paragraphs(world, article, {})
    if texts is None:
        return None
    places = [
        Anchor(row.number, start, start + len(words), digest)
        for row in texts
        for start in range(len(row.text))
        if row.text.startswith(words, start)
    ]
    return places[:MOST_PLACES]


def mentions(world: World, article: Article, arguments: Arguments) -> list[Mention]:
    """The most often mentioned first, then by type and key."""
    types = arguments.get("types")
    rows = [row for row in world.all(Mention) if row.article_id == article.id]
    if types is not None:
        rows = [row for row in rows if type_of(world.nodes[row.subject_id]).upper() in types]
    rows.sort(key=lambda row: world.nodes[row.subject_id].key)
    rows.sort(key=lambda row: type_of(world.nodes[row.subject_id]))
    return sorted(rows, key=lambda row: -row.count)


def quote(world: World, citation: Citation, _: Arguments) -> str | None:
    if not citation.verified:
        return None
    (text,) = (
        row.text
        for row in world.all(Paragraph)
        if row.article_id == citation.article_id and row.number == citation.paragraph
    )
    return text[citation.start_at : citation.end_at]


def verification(world: World, citation: Citation, _: Arguments) -> str:
    """By the words themselves: what is stored of them is not looked at."""
    if citation.paragraph is None:
        return "NO_WORDS"
    texts = {
        row.number: row.text
        for row in world.all(Paragraph)
        if row.article_id == citation.article_id
    }
    if not texts:
        return "NO_TEXT"
    words = texts.get(citation.paragraph, "")[citation.start_at : citation.end_at]
    is_there = sha256(words.encode()).hexdigest() == citation.sha256
    return "VERIFIED" if is_there else "DIFFERS"


def predecessors(world: World, organisation: Organisation, _: Arguments) -> list[Organisation]:
    first = world.row_of(Organisation, organisation.predecessor_id)
    links = [
        link
        for link in world.all(OrganisationPredecessor)
        if link.organisation_id == organisation.id
    ]
    links.sort(key=lambda link: link.position)
    others = [world.row_of(Organisation, link.predecessor_id) for link in links]
    return [row for row in (first, *(each for each in others if each is not first)) if row]


def successors(world: World, organisation: Organisation, _: Arguments) -> list[Organisation]:
    rows = [
        row
        for row in world.all(Organisation)
        if any(each is organisation for each in predecessors(world, row, {}))
    ]
    return sorted(rows, key=lambda row: row.key)


def states_before(world: World, state: State, _: Arguments) -> list[State]:
    links = [link for link in world.all(StatePredecessor) if link.state_id == state.id]
    links.sort(key=lambda link: link.position)
    rows = [world.row_of(State, link.predecessor_id) for link in links]
    return [row for row in rows if row]


def states_after(world: World, state: State, _: Arguments) -> list[State]:
    rows = [
        row
        for row in world.all(State)
        if any(each is state for each in states_before(world, row, {}))
    ]
    return sorted(rows, key=lambda row: row.key)


def participants(world: World, summit: Summit, _: Arguments) -> list[Participation]:
    rows = [row for row in world.all(Participation) if row.summit_id == summit.id]
    return sorted(rows, key=lambda row: row.position)


def parties(world: World, event: Event, _: Arguments) -> list[Party]:
    rows = [row for row in world.all(Party) if row.event_id == event.id]
    return sorted(rows, key=lambda row: row.position)


def outcomes(world: World, summit: Summit, _: Arguments) -> list[Node]:
    rows = [row for row in world.all(Event) if row.summit_id == summit.id]
    return in_order(world, "Event", rows, (("OCCURRED", False),))


def linked_records(links: Link, far: str) -> Callable[[World, Event, Arguments], list[Node]]:
    """What a table of links ties to an event, in the order of the links."""

    def find(world: World, event: Event, _: Arguments) -> list[Node]:
        rows = [link for link in world.all(links) if link.event_id == event.id]
        rows.sort(key=lambda link: link.position)
        return [world.nodes[getattr(link, far)] for link in rows]

    return find
