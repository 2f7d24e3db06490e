"""How often an article names a record by the names that were known on a day.

In: versions of records, and the text of an article with the day from which it is known. Out: the
names that each record had from which day on, and `DatedMention`s of the article. Before a record
shows it has the names of its first version; of names that overlap, those known on the day are
weighed against one another alone. Pure: no I/O.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from kb.citations.article_texts import MENTIONED_TYPES, count_times, names_of
from kb.citations.mentions import Names, Times, words_of
from kb.derive.history import Columns
from kb.models.base import AFTER_ALL, BEFORE_ALL


class NameStep(NamedTuple):
    """From a day on, the names of a record, each as its words."""

    known_from: str
    names: frozenset[str]


NameSteps = Sequence[NameStep]


class DatedMention(NamedTuple):
    """That an article names a record so often, by the names of some days; and how often of that
    outside of its text."""

    subject_id: int
    known_from: str
    known_to: str
    times: int
    outside_text: int


def name_steps(type_name: str, versions: Iterable[Columns]) -> list[NameStep]:
    """The first from the first of all days; none of a type that is not looked for in articles."""
    if type_name not in MENTIONED_TYPES:
        return []
    named = ((str(row["known_from"]), _names(type_name, row)) for row in versions)
    steps = [next(group) for _, group in groupby(named, key=lambda step: step[1])]
    days = [BEFORE_ALL, *(day for day, _ in steps[1:])]
    return [NameStep(day, names) for day, (_, names) in zip(days, steps, strict=bool(steps))]


def _names(type_name: str, row: Columns) -> frozenset[str]:
    return frozenset(words_of(name) for name in names_of(type_name, row)) - {""}


def former_names(steps: NameSteps) -> set[str]:
    """Those that the record does not have any longer."""
    return set(chain.from_iterable(step.names for step in steps)) - steps[-1].names


class KnownNames:
    """The names of all records, of which those in `steps` had others at times."""

    def __init__(self, recorded: Iterable[tuple[int, str]], steps: Mapping[int, NameSteps]) -> None:
        self._steps = steps
        constant = ((record, name) for record, name in recorded if record not in steps)
        at_times = (
            (record, name)
            for record, its in steps.items()
            for name in frozenset[str]().union(*(step.names for step in its))
        )
        self._all = Names(chain(constant, at_times))

    def mentions(self, texts: Sequence[str], article_day: str) -> set[DatedMention]:
        """Those of an article that is known from this day on."""
        named = self._all.find_all(texts)
        changes = {
            step.known_from for record, _ in named for step in self._steps.get(record, ())[1:]
        }
        days = [BEFORE_ALL, *sorted(day for day in changes if day > article_day)]
        counts = [self._count(texts, named, max(day, article_day)) for day in days]
        return {mention for record, _ in named for mention in _dated(record, days, counts)}

    def _count(
        self, texts: Sequence[str], named: Collection[tuple[int, str]], day: str
    ) -> Mapping[int, Times]:
        known = Names(each for each in named if self._has_name(*each, day))
        return count_times(known, texts)

    def _has_name(self, record: int, name: str, day: str) -> bool:
        its = self._steps.get(record)
        return its is None or name in max(step for step in its if step.known_from <= day).names


def _dated(
    record: int, days: Sequence[str], counts: Sequence[Mapping[int, Times]]
) -> Iterator[DatedMention]:
    steps = [
        (next(group)[0], times)
        for times, group in groupby(
            zip(days, counts, strict=True), key=lambda step: step[1].get(record)
        )
    ]
    ends = [*(day for day, _ in steps[1:]), AFTER_ALL]
    for (day, times), end in zip(steps, ends, strict=True):
        if times:
            yield DatedMention(record, day, end, *times)
