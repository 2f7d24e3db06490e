"""Where citations disagree about a record, by the contract's words.

In: a world, one of its records and what is told of it. Out: its disagreements, the whole record
first, then by field.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from kb.models import Citation, Stance
from tests.oracle.data import Asserted, Disagreement, Sourced, World, identity
from tests.oracle.spans import RUNNING, Days, Told, days_of, same

NAMES_AND_LISTS = {
    *("name", "officialName", "acronym", "aliases", "title"),
    *("participants", "organisations", "states", "officials"),
}
DATES = {"founded": "founded", "plannedEnd": "planned_end", "heldOn": "held_on"}
"""Fields that are partial dates, with their columns."""
_BOUNDS = {
    "period.start": "period_start",
    "occurred.start": "period_start",
    "period.end": "period_end",
    "occurred.end": "period_end",
}


def disagreements_of(world: World, subject: Sourced, told: Sequence[Told]) -> list[Disagreement]:
    by_key = sorted(told, key=lambda one: one.citation.key)
    return [*_denied(world, subject, by_key), *_of_fields(world, subject, by_key)]


def _denied(world: World, subject: Sourced, told: Sequence[Told]) -> Iterator[Disagreement]:
    denied = [one for one in told if one.field is None and one.citation.stance == Stance.DISPUTES]
    if denied:
        values = _grouped(world, denied, lambda one: one.citation.claim, str)
        yield Disagreement(identity(subject), subject, None, "CONFLICT", None, values)


def _of_fields(world: World, subject: Sourced, told: Sequence[Told]) -> Iterator[Disagreement]:
    fields = {one.field for one in told if one.field and one.value} - NAMES_AND_LISTS
    for field in sorted(str(field) for field in fields):
        said = [one for one in told if one.field == field and one.value]
        recorded = recorded_value(world, subject, field)
        dates = field in DATES or field in _BOUNDS
        kind = _dates_differ(recorded, said) if dates else _words_differ(recorded, said)
        if kind:
            values = _grouped(world, said, lambda one: one.value, str if dates else same)
            key = f"{identity(subject)}#{field}"
            yield Disagreement(key, subject, field, kind, recorded, values)


def recorded_value(world: World, subject: Sourced, field: str) -> str | None:
    """What the record carries, as a citation would put it."""
    if field in _BOUNDS:
        if _BOUNDS[field] == "period_end" and getattr(subject, "end_kind", "") == "ONGOING":
            return RUNNING
        bound: str | None = getattr(subject, _BOUNDS[field])
        return bound
    column = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", field)
    if hasattr(subject, f"{column}_id"):
        return world.shared.keys.get(getattr(subject, f"{column}_id"))
    found: str | None = getattr(subject, column)
    return found


def _grouped(
    world: World,
    told: Sequence[Told],
    value_of: Callable[[Told], str],
    alike: Callable[[str], str],
) -> list[Asserted]:
    """Each value once, in the form that its first citation has, by code point."""
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(alike(value_of(one)), []).append(one)
    values = [Asserted(value_of(group[0]), _citations(world, group)) for group in groups.values()]
    return sorted(values, key=lambda one: (one.value, [each.key for each in one.citations]))


def _citations(world: World, told: Sequence[Told]) -> list[Citation]:
    found = [world.one(Citation, one.citation.id) for one in told]
    return [one for one in found if one]


def _words_differ(recorded: str | None, told: Sequence[Told]) -> str | None:
    words = {same(one.value) for one in told} | {same(one) for one in (recorded,) if one}
    return "CONFLICT" if len(words) > 1 else None


def _dates_differ(recorded: str | None, told: Sequence[Told]) -> str | None:
    """Any two that are not the same value."""
    spans = {(one.value, one.days) for one in told}
    if recorded and recorded != RUNNING:
        spans.add((recorded, days_of(recorded)))
    pairs = [
        (one, other)
        for (value, one), (against, other) in combinations(spans, 2)
        if value != against
    ]
    if any(one[1] < other[0] or other[1] < one[0] for one, other in pairs):
        return "CONFLICT"
    if any(_inside(one, other) or _inside(other, one) for one, other in pairs):
        return "REFINEMENT"
    return None


def _inside(one: Days, other: Days) -> bool:
    """Strictly: it says more."""
    return one != other and other[0] <= one[0] and one[1] <= other[1]
