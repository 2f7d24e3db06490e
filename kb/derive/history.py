"""What histories are: since when a record shows, what it was on which day, and its disagreements.

In: nothing. Out: `RecordHistory`, as it is worked out from citations and as the tables have it; the
two compare. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from kb.derive.members import MemberDay
from kb.derive.support import Target, targets_of_row
from kb.models.base import AFTER_ALL

Columns = Mapping[str, object]


class NumberedAssertion(NamedTuple):
    """A value, as people read it, and the numbers of the citations that assert it."""

    value: str
    text: str
    citations: tuple[int, ...]


class DatedDisagreement(NamedTuple):
    """A disagreement for as long as it holds."""

    key: str
    field: str | None
    kind: str
    recorded: str | None
    known_from: str
    known_to: str
    values: tuple[NumberedAssertion, ...]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """The day from which a record shows, its versions as rows, the days from which members of its
    lists are known, and its disagreements."""

    first_day: str = AFTER_ALL
    floor: str | None = None
    versions: tuple[Columns, ...] = ()
    members: tuple[MemberDay, ...] = ()
    disagreements: tuple[DatedDisagreement, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether there is a first day at most."""
        return not (self.versions or self.disagreements)


def changed_targets(
    type_name: str, before: RecordHistory, after: RecordHistory
) -> Iterator[Target]:
    """What the record must point to, where it or the day of its support is another than before."""
    for target, _ in _supported_targets(type_name, before) ^ _supported_targets(type_name, after):
        yield target


def _supported_targets(type_name: str, history: RecordHistory) -> set[tuple[Target, str]]:
    """What a record must point to, the same in all its versions, and since when it supports it."""
    targets = (targets_of_row(type_name, row) for row in history.versions[:1])
    return {(target, history.first_day) for target in chain.from_iterable(targets)}


def sort_disagreements(
    disagreements: Iterable[DatedDisagreement],
) -> tuple[DatedDisagreement, ...]:
    return tuple(
        sorted(disagreements, key=lambda disagreement: (disagreement.key, disagreement.known_from))
    )
