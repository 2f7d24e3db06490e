"""The members of a record's lists, as the citations that are known name them.

In: a row of a list, and what is said of the record whose list it is. Out: whether what a column of
the row leads to is named.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import SQLModel

from kb.models import (
    EventOfficial,
    EventOrganisation,
    EventState,
    OrganisationPredecessor,
    Participation,
    Party,
    StatePredecessor,
)
from tests.oracle.known_fields import Said
from tests.oracle.spans import fold_word

LINKS: Mapping[type[SQLModel], str] = {
    EventOrganisation: "organisation_id",
    EventState: "state_id",
    EventOfficial: "official_id",
    OrganisationPredecessor: "predecessor_id",
    StatePredecessor: "predecessor_id",
}
_OWNERS: Mapping[type[SQLModel], str] = {
    Participation: "summit_id",
    OrganisationPredecessor: "organisation_id",
    StatePredecessor: "state_id",
}
"""Of rows of lists that are not of events, the column that says whose."""
MEMBERS: Mapping[type[SQLModel], tuple[str, ...]] = {
    Participation: ("official_id", "state_id"),
    Party: ("organisation_id", "state_id", "official_id"),
}


def _naming(row: SQLModel, column: str) -> tuple[str, ...]:
    """The fields by which citations name what a row of a list leads to."""
    match row:
        case Participation():
            return ("participants",)
        case Party():
            return ("parties",)
        case OrganisationPredecessor() | StatePredecessor():
            return ("predecessors",)
        case _:
            return (f"{column.removesuffix('_id')}s", "parties")


def _fits(row: SQLModel, words: Sequence[str]) -> bool:
    """Whether what a citation says of a member is what the row says; a link denies nothing."""
    match row:
        case Participation():
            return {*words} <= {fold_word(row.attendance)}
        case Party():
            return {*words} <= {fold_word(row.role)}
        case OrganisationPredecessor() | StatePredecessor():
            return not words
        case _:
            return "denied" not in words


def owner_of(row: SQLModel) -> int:
    number: int = getattr(row, _OWNERS.get(type(row), "event_id"))
    return number


def is_named(row: SQLModel, column: str, key: str, said: Said) -> bool:
    """Whether a citation that is known names the record of this key, to which the column leads."""
    by = _naming(row, column)
    if not said.is_open(*by):
        return True
    wanted = fold_word(key)
    return any(
        fold_word(named) == wanted and _fits(row, [fold_word(word) for word in words])
        for citation in said.known_of(*by)
        for named, *words in (item.split() or [""] for item in citation.value.split(","))
    )
