"""Who belonged on a day, in words: what `members(asOf:)` answers, and nothing else.

In: the answer to the home page's query. Out: for each certainty the organisations and their states,
with the reason for doubt. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import Node, Shown, address, at, name_of, rows_of, shown, spoken

_CERTAINTIES = ("CERTAIN", "POSSIBLE")


@dataclass(frozen=True)
class Member:
    """A state's name, which leads to the membership that says so."""

    link: Shown
    disputed: bool


@dataclass(frozen=True)
class Told:
    """Those that belonged to an organisation, all equally surely and for one reason."""

    organisation: Shown
    members: Sequence[Member]
    because: str


def belonging(data: Node) -> Mapping[str, Sequence[Told]]:
    """By certainty in words; in the order of the organisations, and of the schema's lists."""
    return {
        spoken(certainty): [
            one
            for organisation in rows_of(data, "organisations")
            for one in _told(organisation, certainty)
        ]
        for certainty in _CERTAINTIES
    }


def _told(organisation: Node, certainty: str) -> list[Told]:
    found: dict[str, list[Member]] = {}
    for row in rows_of(organisation, "members"):
        if row["certainty"] == certainty:
            found.setdefault(str(row["because"] or ""), []).append(_member(row))
    return [Told(shown(organisation), members, because) for because, members in found.items()]


def _member(row: Node) -> Member:
    identity, state = str(at(row, "membership.id")), row["state"]
    assert isinstance(state, Mapping)
    return Member(Shown(name_of(state), address(identity), identity), bool(row["disputed"]))
