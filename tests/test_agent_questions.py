"""Questions that a client without a model answers over `/mcp` by at most two calls each.

Those of README, docs/walk.md and the golden queries, and such as are made up: what it answers is
what the naive evaluator says, and as known on a day no word of a later article is in it.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kb.config import Settings
from tests.agents.evaluation import Examiner, Result, examine, legacy_host
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
from tests.support.databases import Place
from tests.support.mcp import McpClient

pytestmark = pytest.mark.sweep

FEW, MANY = 40, 120
SURE, KINDS = {"CERTAIN", "POSSIBLE"}, {"CONFLICT", "REFINEMENT"}
SHOWN = [*shown_questions()]
ARCHIVES = [(0, FEW), *(pytest.param((seed, MANY), marks=pytest.mark.long) for seed in (0, 1))]
"""The seed of each, and how many questions are asked of it."""


@pytest.fixture(scope="module")
def host(place: Place, loaded: Settings) -> Iterator[McpClient]:
    with legacy_host(place.create(loaded)) as client:
        yield client


@pytest.mark.parametrize("number", range(len(SHOWN)), ids=[each.name for each in SHOWN])
def test_questions_that_are_shown(host: McpClient, number: int) -> None:
    told, calls = ask_shown(host, SHOWN[number])
    assert told == SHOWN[number].expected
    assert calls <= 2


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda of: f"{of[1]} of archive {of[0]}")
def results(
    request: pytest.FixtureRequest,
    place: Place,
    migrated: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Result]:
    seed, count = request.param
    folder = tmp_path_factory.mktemp("agents") / "seeds"
    with examine(place, migrated, folder, seed) as examiner:
        return [*map(examiner.ask, examiner.questions(count))]


def test_all_are_answered_right_by_two_calls(results: list[Result]) -> None:
    assert len(results) >= FEW
    assert [result for result in results if not result.is_right] == []
    assert {result.calls for result in results} == {1, 2}


def test_nothing_of_later_articles_comes_out(results: list[Result]) -> None:
    """What finds it does: most answers of now have words that those of then may not have."""
    assert [leak for result in results for leak in result.leaks] == []
    assert sum(result.told_later > 0 for result in results) > len(results) // 2


def test_the_kinds_are_what_they_are_called(results: list[Result]) -> None:
    """Conflicts are told, days differ, and of what nobody can know nothing is certain."""
    by_kind = {kind: [each for each in results if each.question.kind is kind] for kind in Kind}
    assert all(len(of_kind) == len(results) // 4 for of_kind in by_kind.values())
    for result in by_kind[Kind.CONFLICTING]:
        assert "CONFLICT" in {row[1] for row in result.now[0].rows}
    changed = [each for each in by_kind[Kind.AS_KNOWN] if each.now[0] != each.then[0]]
    assert len(changed) > len(results) // 20
    for result in by_kind[Kind.UNANSWERABLE]:
        assert "CERTAIN" not in {row[2] for row in result.now[0].rows}, result


@pytest.mark.long
def test_a_wrong_answer_is_told(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Held against another archive, hardly an answer is right."""
    folder = tmp_path_factory.mktemp("agents")
    with (
        examine(place, migrated, folder / "a", 0) as one,
        examine(place, migrated, folder / "b", 1) as other,
    ):
        mixed = Examiner(other.host, one.archive, one.worlds)
        asked = [each for each in one.questions(FEW) if each.kind is not Kind.UNANSWERABLE]
        assert not any(mixed.ask(question).is_right for question in asked)


def test_tables_of_others_are_answered_to_the_day(
    place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """In the form of TDBench, by its rows alone; in that of WikiContradict each pair is told."""
    tenures, pairs = make_tenures(Random(0)), make_pairs(Random(0), FEW)
    asked = tenure_questions(tenures, Random(0), FEW)
    assert {certainty for _, holders in asked for _, certainty in holders} == SURE
    assert frozenset() in {holders for _, holders in asked}
    with public_host(place.create(migrated), tmp_path, tenures, pairs) as host:
        assert [(each, ask_tenure(Dialogue(host), each)) for each, _ in asked] == asked
        assert [kinds_told(Dialogue(host), pair) for pair in pairs] == [*map(kinds_expected, pairs)]
    assert {kind for pair in pairs for _, kind, _ in kinds_expected(pair)} == KINDS
