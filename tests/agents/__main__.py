"""`make agents`: every question of the evaluation asked over `/mcp`, as a table.

In: nothing. Out: for each kind of question how many were asked and were right, by how many calls,
how many words of later articles came out, and in how many answers of now there are such; an exit
code that is not 0 if an answer is wrong or tells too much.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from kb.config import Settings
from tests.agents.evaluation import Result, examine, legacy_host
from tests.agents.public_sets import (
    ask_tenure,
    kinds_expected,
    kinds_told,
    make_pairs,
    make_tenures,
    public_host,
    tenure_questions,
)
from tests.agents.questions import Kind
from tests.agents.scripted import Dialogue
from tests.agents.shown import ask_shown, shown_questions
from tests.support.databases import SqlitePlace, prepare, shipped_seeds

SEEDS, EACH = (0, 1), 120


@dataclass(frozen=True)
class Line:
    """Of one kind; `leaks` and `telling` are None where no archive with canaries was asked."""

    name: str
    asked: int
    right: int
    calls: int
    leaks: int | None = None
    telling: int | None = None

    @property
    def is_good(self) -> bool:
        return self.asked == self.right and self.calls <= 2 and not self.leaks

    def __str__(self) -> str:
        rest = ("-" if each is None else str(each) for each in (self.leaks, self.telling))
        return "{:24}{:>7}{:>7}{:>7}{:>7}{:>9}".format(
            self.name, self.asked, self.right, self.calls, *rest
        )


def lines(folder: Path) -> Iterator[Line]:
    place = SqlitePlace(folder)
    migrated = prepare(place.create())
    yield from _shown(place)
    results: list[Result] = []
    for seed in SEEDS:
        with examine(place, migrated, folder / f"seeds{seed}", seed) as examiner:
            results += map(examiner.ask, examiner.questions(EACH))
    for kind in Kind:
        yield _line(kind, [result for result in results if result.question.kind is kind])
    yield from _public(place.create(migrated), folder)


def _shown(place: SqlitePlace) -> Iterator[Line]:
    with shipped_seeds() as seeds, legacy_host(prepare(place.create(), seeds)) as host:
        told = [(each, *ask_shown(host, each)) for each in shown_questions()]
    for source in dict.fromkeys(question.source for question, *_ in told):
        of_source = [each for each in told if each[0].source == source]
        right = sum(answer == question.expected for question, answer, _ in of_source)
        yield Line(source, len(of_source), right, max(calls for *_, calls in of_source))


def _line(kind: Kind, results: list[Result]) -> Line:
    return Line(
        kind,
        len(results),
        sum(result.is_right for result in results),
        max(result.calls for result in results),
        sum(len(result.leaks) for result in results),
        sum(result.told_later > 0 for result in results),
    )


def _public(settings: Settings, folder: Path) -> Iterator[Line]:
    tenures, pairs = make_tenures(Random(0)), make_pairs(Random(0), 80)
    with public_host(settings, folder, tenures, pairs) as host:
        asked = tenure_questions(tenures, Random(0), 120)
        told = [(Dialogue(host), *each) for each in asked]
        right = sum(ask_tenure(dialogue, question) == held for dialogue, question, held in told)
        yield Line("TDBench's form", len(asked), right, _most_calls(each[0] for each in told))
        of_pairs = [(Dialogue(host), pair) for pair in pairs]
        right = sum(kinds_told(*each) == kinds_expected(each[1]) for each in of_pairs)
        calls = _most_calls(dialogue for dialogue, _ in of_pairs)
        yield Line("WikiContradict's form", len(pairs), right, calls)


def _most_calls(dialogues: Iterable[Dialogue]) -> int:
    return max(len(dialogue.told) for dialogue in dialogues)


def main() -> int:
    with TemporaryDirectory() as folder:
        print(f"{'questions':24}{'asked':>7}{'right':>7}{'calls':>7}{'leaks':>7}{'telling':>9}")
        good = True
        for line in lines(Path(folder)):
            print(line, flush=True)
            good = good and line.is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
