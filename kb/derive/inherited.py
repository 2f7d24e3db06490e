"""What spans take over from what they are of: the names that lists sort by, and the floor.

In: a record that others must point to, and what citations assert of it. Out: its `HeritageStep`s,
from day to day as it was known: what it was called, and its floor, the earliest day that any
citation gives for its founding or its beginning. Nothing that is of it is possible before. Pure:
no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from pydantic import BaseModel

from kb.derive.as_known import field_as_known
from kb.derive.assertions import ASSERTABLE, FLOOR_FIELDS, Statement
from kb.derive.knowledge import FLOOR, Knowledge, floor
from kb.models.base import BEFORE_ALL
from kb.records.documents import SOURCED
from kb.records.traits import fields_of_document

Columns = Mapping[str, object]
NAME = "name"


class Heritage(NamedTuple):
    """A column that refers to a record of a type, and the one where its name is kept, if any."""

    reference: str
    type_name: str
    name_column: str


def _heritages(form: type[BaseModel]) -> list[Heritage]:
    fields = fields_of_document(form).values()
    if not any(field.is_span for field in fields):
        return []
    return [
        Heritage(field.column, field.reference.type, field.reference.name_column)
        for field in fields
        if field.reference and field.is_identity
    ]


HERITAGES: Final[Mapping[str, Sequence[Heritage]]] = {
    name: heritages for name, form in SOURCED.items() if (heritages := _heritages(form))
}
"""By type of spans that are of a record."""


class HeritageStep(NamedTuple):
    """From a day on, what a record was called and its floor, as text with sentinels."""

    known_from: str
    name: str
    floor: str


def steps(type_name: str, name: str, statements: Sequence[Statement]) -> list[HeritageStep]:
    """From the first of all days, on which nothing is known; `name` is the recorded one."""
    days = [date.min, *sorted({statement.dated.known for statement in statements})]
    all_steps = [_step(type_name, name, Knowledge(statements, day), day) for day in days]
    changes = (after for before, after in pairwise(all_steps) if before[1:] != after[1:])
    return [all_steps[0], *changes]


def _step(type_name: str, name: str, knowledge: Knowledge, day: date) -> HeritageStep:
    field = ASSERTABLE[type_name][NAME]
    called = {NAME: name} | field_as_known({NAME: name}, NAME, field, knowledge)
    return HeritageStep(
        day.isoformat(), str(called[NAME]), floor(knowledge, FLOOR_FIELDS[type_name])
    )


def split_versions(
    versions: Iterable[Columns], inherited: Sequence[tuple[Heritage, Sequence[HeritageStep]]]
) -> Iterator[Columns]:
    """Versions of a span, each with what it takes over; one for each day on which that changes."""
    days = sorted({step.known_from for _, taken in inherited for step in taken})
    for version in versions:
        first, last = str(version["known_from"]), str(version["known_to"])
        starts = [first, *(day for day in days if first < day < last)]
        taken = [(day, _taken_on(day, inherited)) for day in starts]
        kept = [taken[0], *(after for before, after in pairwise(taken) if before[1] != after[1])]
        ends = [*(day for day, _ in kept[1:]), last]
        for (day, columns), end in zip(kept, ends, strict=True):
            yield {**version, **columns, "known_from": day, "known_to": end}


def _taken_on(day: str, inherited: Sequence[tuple[Heritage, Sequence[HeritageStep]]]) -> Columns:
    columns: dict[str, object] = {}
    floors = [BEFORE_ALL]
    for heritage, taken in inherited:
        step = max(step for step in taken if step.known_from <= day)
        floors.append(step.floor)
        if heritage.name_column:
            columns[heritage.name_column] = step.name
    return columns | {FLOOR: max(floors)}


def changed_steps(before: Sequence[Columns], after: Sequence[Columns]) -> bool:
    """Whether spans take over something else of a record that there was before.

    From which day on the record itself shows is nothing to them: none shows before it.
    """
    return bool(before) and _steps_of(before) != _steps_of(after)


def _steps_of(versions: Sequence[Columns]) -> list[tuple[object, ...]]:
    steps = [(row["known_from"], row.get(NAME), row.get(FLOOR)) for row in versions]
    first = [(BEFORE_ALL, *step[1:]) for step in steps[:1]]
    return [*first, *(after for before, after in pairwise(steps) if before[1:] != after[1:])]
