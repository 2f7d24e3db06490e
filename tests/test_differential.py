"""The planner held against a naive evaluator: generated operations, answered by both.

What is compared is the text of the answers, so the order of keys too, or the paths of the fields
whose arguments are at fault. The long form asks twenty times as many:
`pytest -p tests.test_differential --hypothesis-profile=long tests/test_differential.py`.
"""

import json

import pytest
from graphql import parse
from hypothesis import HealthCheck, given, settings

from tests import worlds
from tests.databases import Database
from tests.naive import answer, naive_schema
from tests.naive_data import World
from tests.naive_faults import Refused
from tests.naive_lists import MARK
from tests.queries import Operation, operations
from tests.query_stock import Stock

EXAMPLES = 250
"""How many operations each database is asked; a profile may ask for a multiple of them."""
WORLDS = range(2)
_USUAL = settings.get_profile("default").max_examples
settings.register_profile("long", max_examples=20 * _USUAL)


class Differ:
    """One database and its naive evaluator, with the cursors that rows were seen with."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.world = World(database.engine)
        self.stock = Stock(self.world, database.ask)
        self._cursors: dict[str, str] = {}
        self._rows: dict[str, str] = {}

    def compare(self, operation: Operation) -> None:
        document = parse(operation.text)
        for variables in operation.runs:
            expected = answer(self.world, document, variables)
            if isinstance(expected, Refused):
                told = self.database.refused(operation.text, **variables)
                assert expected.allows({_path(path) for _, path, _ in told}), (told, expected)
            else:
                found = self.database.ask(operation.text, **variables)
                assert json.dumps(found) == json.dumps(self._with_cursors(expected, found))

    def _with_cursors(self, naive: object, found: object) -> object:
        """The naive answer with the planner's cursors, each of which stands for one row."""
        match naive, found:
            case dict(), dict():
                return {key: self._with_cursors(one, found.get(key)) for key, one in naive.items()}
            case list(), list() if len(naive) == len(found):
                return [self._with_cursors(*both) for both in zip(naive, found, strict=True)]
            case str(), str() if naive.startswith(MARK):
                row = naive.rpartition(" ")[2]
                assert self._rows.setdefault(found, row) == row
                return self._cursors.setdefault(naive, found)
        return naive


def _path(path: object) -> tuple[object, ...] | None:
    return tuple(path) if isinstance(path, list | tuple) else None


def check(database: Database) -> None:
    differ = Differ(database)
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

    profile = settings.get_profile(settings.get_current_profile_name())
    examples = EXAMPLES * profile.max_examples // _USUAL

    @settings(max_examples=examples, deadline=None, suppress_health_check=suppressed)
    @given(operation=operations(naive_schema(), differ.stock))
    def run(operation: Operation) -> None:
        differ.compare(operation)

    run()


def test_the_shipped_seeds(csto: Database) -> None:
    check(csto)


@pytest.mark.parametrize("seed", WORLDS)
def test_a_world_made_up(empty: Database, seed: int) -> None:
    worlds.fill(empty.engine, seed)
    check(empty)
