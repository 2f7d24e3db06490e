"""Counts and groups: each row looked at by itself, each year by itself, every reading by itself.

In: a world, and the rows of a list with what the filter says of them. Out: groups, in order. Of a
span only those readings are tried that begin or end at one of its bounds: none goes further.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from math import inf
from typing import Any

from kb.models import (
    Article,
    Attendance,
    Citation,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Official,
    Organisation,
    Participation,
    Party,
    Publication,
    State,
    Summit,
    Term,
)
from kb.periods import Certainty
from tests.oracle.data import World, held_in_year, readings_of
from tests.oracle.lists import Arguments, Page
from tests.oracle.parts import verification
from tests.oracle.text_filters import fold_office

GROUPED = ("Membership", "Term", "Summit", "Event", "Article", "Citation")
Key = str | int | None
Keys = tuple[Key, ...]
Link = EventOrganisation | EventState | EventOfficial


@dataclass
class Count:
    certain: int = 0
    possible: int = 0

    def add(self, certain: bool) -> None:
        self.certain += certain
        self.possible += 1


@dataclass
class Group:
    """`keys` are by the names of their enum."""

    keys: Mapping[str, Key]
    count: Count = field(default_factory=Count)
    office: str | None = None


def count(world: World, page: Page, _: Arguments) -> Count:
    told = Count()
    for _row, certain in _rows(world, page):
        told.add(certain)
    return told


def groups(world: World, page: Page, arguments: Arguments) -> list[Group]:
    by = list(dict.fromkeys(arguments["by"]))
    rows = list(_rows(world, page))
    years = _years([row for row, _ in rows]) if "YEAR" in by else []
    found: dict[Keys, Group] = {} if by else {(): Group({})}
    for row, certain in rows:
        for keys, surely in _places(world, row, by, years):
            group = found.setdefault(keys, Group(dict(zip(by, keys, strict=True))))
            group.count.add(certain and surely)
            if "OFFICE" in by:
                group.office = min(row.office, group.office or row.office)
    first = arguments.get("first")
    return sorted(found.values(), key=lambda group: _place(world, group))[
        : 100 if first is None else first
    ]


def _rows(world: World, page: Page) -> Iterator[tuple[Any, bool]]:
    for number, told in page.verdicts.items():
        if told is not Certainty.RULED_OUT:
            yield world.nodes[number], told is Certainty.CERTAIN


def _place(world: World, group: Group) -> tuple[object, ...]:
    """The largest first, then by key; what has none comes last."""
    place: list[object] = [-group.count.possible]
    for name, key in group.keys.items():
        shown = world.key(key) if name in _REFERENCES and isinstance(key, int) else key
        place += [key is None, "" if shown is None else shown]
    return tuple(place)


def _places(
    world: World,
    row: Any,  # noqa: ANN401  Of any type.
    by: Sequence[str],
    years: Sequence[int],
) -> Iterator[tuple[Keys, bool]]:
    """The groups of the row, and whether it is in them whatever its dates turn out to be."""
    roles: Sequence[Key] = (None,)
    if "ROLE" in by:
        roles = sorted({party.role for party in world.all(Party) if party.event_id == row.id})
    seen = set()
    for role in roles or (None,):
        choices = [
            _years_of(row, years) if name == "YEAR" else _sure(_keys(world, row, name, role, by))
            for name in by
        ]
        for chosen in product(*choices):
            keys = tuple(key for key, _ in chosen)
            if keys not in seen:
                seen.add(keys)
                yield keys, all(surely for _, surely in chosen)


def _sure(keys: Sequence[Key]) -> list[tuple[Key, bool]]:
    return [(key, True) for key in dict.fromkeys(keys)] or [(None, True)]


_PARTY_COLUMNS: Mapping[str, tuple[type[Link], str]] = {
    "ORGANISATION": (EventOrganisation, "organisation_id"),
    "STATE": (EventState, "state_id"),
    "OFFICIAL": (EventOfficial, "official_id"),
}


def _keys(
    world: World,
    row: Any,  # noqa: ANN401  Of any type.
    name: str,
    role: Key,
    by: Sequence[str],
) -> Sequence[Key]:
    match row, name:
        case Event(), "ROLE":
            return [role]
        case Event(), "ORGANISATION" | "STATE" | "OFFICIAL":
            links, column = _PARTY_COLUMNS[name]
            rows: list[Any] = [*world.all(links)]
            if "ROLE" in by:
                rows = [party for party in world.all(Party) if party.role == role]
            linked = [getattr(each, column) for each in rows if each.event_id == row.id]
            return [number for number in linked if number is not None]
        case Summit(), "PARTICIPANT":
            return [
                each.official_id
                for each in world.all(Participation)
                if each.summit_id == row.id
                and each.attendance == Attendance.ATTENDED
                and each.official_id is not None
            ]
        case Term(), "OFFICE":
            return [fold_office(row.office)]
        case Citation(), "VERIFICATION":
            return [verification(world, row, {})]
        case _:
            column = f"{name.lower()}_id" if name in _REFERENCES else name.lower()
            return [getattr(row, column)]


def _years(rows: Sequence[object]) -> range:
    """From the first to the last that any date of the rows names."""
    days = [day for row in rows for reading in readings_of(row) for day in reading]
    named = [date.fromordinal(int(day)).year for day in days if abs(day) != inf]
    return range(min(named), max(named) + 1) if named else range(0)


def _years_of(row: object, years: Sequence[int]) -> list[tuple[Key, bool]]:
    told: list[tuple[Key, bool]] = []
    for year in years:
        held = held_in_year(row, year)
        if held is not Certainty.RULED_OUT:
            told.append((year, held is Certainty.CERTAIN))
    return told or [(None, True)]


_REFERENCES: Mapping[str, type[Any]] = {
    "ORGANISATION": Organisation,
    "STATE": State,
    "HOST": State,
    "OFFICIAL": Official,
    "PARTICIPANT": Official,
    "PUBLICATION": Publication,
    "ARTICLE": Article,
}


def _key_field(name: str) -> Callable[[World, Group, Arguments], object]:
    def resolve(world: World, group: Group, _: Arguments) -> object:
        key = group.keys.get(name)
        if name == "OFFICE":
            return group.office
        if name in _REFERENCES:
            assert not isinstance(key, str)
            return world.row_of(_REFERENCES[name], key)
        return key

    return resolve


CONNECTION_FIELDS = {"count": count, "groups": groups}
_NAMES = (*_REFERENCES, "STATUS", "OFFICE", "CITY", "KIND", "ROLE", "AUTHOR", "YEAR")
GROUP_FIELDS = {
    name.lower(): _key_field(name) for name in (*_NAMES, "FIELD", "STANCE", "VERIFICATION")
}
