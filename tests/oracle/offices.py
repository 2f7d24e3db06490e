"""Offices, their holders and their vacancies, the naive way.

In: a world and one of its organisations or states. Out: its `Office`s, and the `Tenure` of one on a
day. An office is whatever name a term of the body, or a vacancy of it, has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kb.models import Event, EventKind, EventOrganisation, EventState, Organisation, State, Term
from kb.normalisation import normalise
from kb.periods import Certainty
from tests.oracle.data import World, bounds_of
from tests.oracle.lists import Arguments, Page, page
from tests.oracle.parts import AsOf, best_holders, day_key
from tests.oracle.text_filters import fold_office

Body = Organisation | State


class UnknownOffice:
    """What `holders` gives for an office that there is not."""


@dataclass(frozen=True)
class Office:
    """`key` is its folded name."""

    body: Body
    key: str
    name: str


def offices(world: World, body: Body, arguments: Arguments) -> list[Office]:
    """By their folded names; as the first term spells it, or else the first vacancy."""
    del arguments
    names: dict[str, str] = {}
    carriers: list[tuple[bool, str, str]] = [
        *((False, row.key, row.office) for row in _terms_of(world, body)),
        *((True, row.key, str(row.office)) for row in _vacancies_of(world, body)),
    ]
    for _, _, name in sorted(carriers):
        names.setdefault(fold_office(name), name)
    return [Office(body, key, name) for key, name in sorted(names.items())]


def _terms_of(world: World, body: Body) -> list[Term]:
    return [row for row in world.all(Term) if body.id in (row.organisation_id, row.state_id)]


def _vacancies_of(world: World, body: Body) -> list[Event]:
    organisation_links, state_links = world.all(EventOrganisation), world.all(EventState)
    concerned = {
        *(link.event_id for link in organisation_links if link.organisation_id == body.id),
        *(link.event_id for link in state_links if link.state_id == body.id),
    }
    return [
        row
        for row in world.all(Event)
        if row.kind == EventKind.VACANCY and row.office is not None and row.id in concerned
    ]


def office(world: World, body: Body, arguments: Arguments) -> Office | None:
    wanted = fold_office(normalise(arguments["name"]))
    return next((each for each in offices(world, body, {}) if each.key == wanted), None)


def holders(world: World, body: Body, arguments: Arguments) -> list[AsOf] | UnknownOffice:
    """Of one office, which must be there."""
    known = office(world, body, {"name": arguments["office"]})
    return office_holders(world, known, arguments) if known else UnknownOffice()


def office_holders(world: World, wanted: Office, arguments: Arguments) -> list[AsOf]:
    """One row an official."""
    return best_holders(world, _terms(world, wanted), arguments)


def _terms(world: World, wanted: Office) -> list[Term]:
    return [row for row in _terms_of(world, wanted.body) if fold_office(row.office) == wanted.key]


def terms(world: World, wanted: Office, arguments: Arguments) -> Page:
    return page(world, "Term", _terms(world, wanted), arguments)


@dataclass(frozen=True)
class Tenure:
    world: World
    holders: list[AsOf]
    vacancies: list[AsOf]

    @property
    def verdict(self) -> str:
        if not self.holders and not self.vacancies:
            return "UNKNOWN"
        sure_vacancy = bool(self.vacancies) and self.vacancies[0].certainty is Certainty.CERTAIN
        sure_holder = bool(self.holders) and self.holders[0].certainty is Certainty.CERTAIN
        return "VACANT" if not self.holders or (sure_vacancy and not sure_holder) else "HELD"

    @property
    def certainty(self) -> Certainty | None:
        telling: Mapping[str, list[AsOf]] = {"HELD": self.holders, "VACANT": self.vacancies}
        rows = telling.get(self.verdict)
        return rows[0].certainty if rows else None

    @property
    def because(self) -> str:
        held = [self._held(as_of) for as_of in self.holders]
        vacant = [self._vacant(as_of) for as_of in self.vacancies]
        sentences = vacant + held if self.verdict == "VACANT" else held + vacant
        return " ".join(sentences) or "No source speaks of that day."

    def _held(self, as_of: AsOf) -> str:
        assert isinstance(as_of.row, Term)
        sure = as_of.certainty is Certainty.CERTAIN
        alone = "" if sure or not _any_certain(self.vacancies) else "By the term’s dates alone "
        verb = "held" if sure else "may have held"
        return f"{alone}{self.world.name(as_of.row.official_id)} {verb} it{self._rest(as_of)}"

    def _vacant(self, as_of: AsOf) -> str:
        assert isinstance(as_of.row, Event)
        sure = as_of.certainty is Certainty.CERTAIN
        may = "It may" if not _any_certain(self.holders) else "By its dates alone it may"
        told = "Nobody held it" if sure else f"{may} have stood empty"
        return f"{told} ({as_of.row.title}){self._rest(as_of)}"

    def _rest(self, as_of: AsOf) -> str:
        disputed = ", which is disputed" * self.world.records[as_of.row.id].disputed
        return f"{disputed}: {as_of.because}" if as_of.because else f"{disputed}."


def _any_certain(told: list[AsOf]) -> bool:
    return any(as_of.certainty is Certainty.CERTAIN for as_of in told)


def tenure(world: World, wanted: Office, arguments: Arguments) -> Tenure:
    day: date = arguments["asOf"]
    vacant = [
        AsOf(row, day)
        for row in _vacancies_of(world, wanted.body)
        if fold_office(str(row.office)) == wanted.key
        and bounds_of(row).certainty(day) is not Certainty.RULED_OUT
    ]
    vacant.sort(key=lambda as_of: (as_of.certainty, day_key(as_of.row), as_of.row.key))
    return Tenure(world, office_holders(world, wanted, {"asOf": day}), vacant)
