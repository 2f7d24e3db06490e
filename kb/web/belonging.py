"""Who belonged on a day, in words: what `members(asOf:)` answers, and nothing else.

In: the answer to the home page's query. Out: for each certainty the organisations and their states,
with the reason for doubt. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import (
    DisplayValue,
    JsonObject,
    address,
    display,
    enum_words,
    founding_dispute,
    list_rows,
    record_name,
    value_at,
)

_CERTAINTIES = ("CERTAIN", "POSSIBLE")


@dataclass(frozen=True)
class Member:
    """A state's name, as a link to its membership."""

    link: DisplayValue
    disputed: bool


@dataclass(frozen=True)
class MemberGroup:
    """Members of an organisation that are equally certain, and for the same reason in doubt.

    `dispute` says what of the organisation itself articles dispute.
    """

    organisation: DisplayValue
    dispute: str
    members: Sequence[Member]
    doubt: str


def members_by_certainty(data: JsonObject) -> Mapping[str, Sequence[MemberGroup]]:
    """By certainty, in words; organisations and members in the order of the answer."""
    return {
        enum_words(certainty): [
            group
            for organisation in list_rows(data, "organisations")
            for group in _member_groups(organisation, certainty)
        ]
        for certainty in _CERTAINTIES
    }


def _member_groups(organisation: JsonObject, certainty: str) -> list[MemberGroup]:
    members_by_doubt: dict[str, list[Member]] = {}
    for row in list_rows(organisation, "members"):
        if row["certainty"] == certainty:
            members_by_doubt.setdefault(str(row["because"] or ""), []).append(_member(row))
    whose = display(organisation), founding_dispute(organisation)
    return [MemberGroup(*whose, members, doubt) for doubt, members in members_by_doubt.items()]


def _member(row: JsonObject) -> Member:
    identity, state = str(value_at(row, "membership.id")), row["state"]
    assert isinstance(state, Mapping)
    link = DisplayValue(record_name(state), address(identity), identity)
    return Member(link, bool(row["disputed"]))
