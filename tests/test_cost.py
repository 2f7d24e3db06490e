"""The price of an operation: never less than its answer, and refused beyond the limit."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from kb.cache import WeightedCache
from kb.query import executor, price
from kb.query.price import Measure, Price
from tests.operations.generated import Operation, operations
from tests.operations.stock import Stock
from tests.oracle.data import World
from tests.oracle.evaluator import naive_schema
from tests.support.bombs import on_state, repeat
from tests.support.databases import Database
from tests.support.golden import QUERIES

pytestmark = pytest.mark.sweep


@pytest.fixture
def prices(csto: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What operations cost, in their order; none is kept, so that each is priced."""
    totals: list[int] = []
    monkeypatch.setattr(csto.context.executor, "_plans", WeightedCache(0))

    def check(plan_price: Price, measure: Measure) -> int:
        totals.append(price.total_cost(plan_price, measure))
        return price.check_price(plan_price, measure)

    monkeypatch.setattr(executor, "check_price", check)
    return totals


def count_objects(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(count_objects, value.values()))
    return sum(map(count_objects, value)) if isinstance(value, list) else 0


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_no_golden_answer_is_larger_than_its_price(
    csto: Database, prices: list[int], query: Path
) -> None:
    answer = csto.ask(query.read_text(encoding="utf-8"))
    assert count_objects(answer) <= prices[-1]


@pytest.mark.sweep
def test_no_answer_is_larger_than_its_price(csto: Database, prices: list[int]) -> None:
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    stock = Stock(World(csto.engine), csto.ask)

    @settings(max_examples=50, deadline=None, suppress_health_check=suppressed)
    @given(operation=operations(naive_schema(), stock))
    def run(operation: Operation) -> None:
        # What is asked of the schema has a limit of its own.
        assume("__schema" not in operation.text and "__type(" not in operation.text)
        for variables in operation.runs:
            result = csto._run(operation.text, variables)
            if result.data is not None:
                assert count_objects(dict(result.data)) <= prices[-1]

    run()


@pytest.mark.parametrize(
    ("query", "price"),
    [
        ("{ revision }", 1),
        ("{ __typename a: revision }", 1),
        (on_state("code name"), 2),
        (on_state(repeat(10, lambda position: f"a{position}: name")), 2),
        (on_state(repeat(11, lambda position: f"a{position}: name")), 3),
        ("{ states(first: 2) { nodes { code } } }", 1 + 1 + 2),
        ("{ states(last: 2) { edges { cursor node { code } } } }", 1 + 1 + 2 * 2),
        ("{ states { nodes { code } edges { cursor } } }", 1 + 1 + 20 + 20),
        ("{ states(first: 0) { totalCount pageInfo { endCursor } } }", 1 + 1 + 10 + 1),
        ("{ states(first: 2, filter: {or: [{}, {not: {}}]}) { nodes { code } } }", 1 + 1 + 30 + 2),
        ("{ summits { count { possible } } }", 1 + 1 + 10),
        ("{ summits { groups(by: [HOST], first: 7) { host { code } } } }", 1 + 1 + 100 + 7 * 2),
        ("{ summits { groups(by: [YEAR, HOST], first: 7) { year } } }", 1 + 1 + 200 + 7),
        ('{ nodes(ids: ["State:UZ", "x", "y"]) { id } }', 1 + 3),
        ('{ organisation(slug: "csto") { successors { slug } } }', 2 + 1),
        (
            "{ states(first: 3) { nodes { memberships(first: 5) { nodes { key } } } } }",
            1 + 1 + 3 * (1 + 1 + 5),
        ),
        (
            '{ node(id: "x") { ... on State { memberships(first: 7) { nodes { key } } }'
            " ... on Sourced { citations(first: 3) { nodes { key } } }"
            " ... on Term { official { slug } } } }",
            # The shared citations, and of the types the dearest.
            1 + (1 + 3) + (1 + 1 + 7),
        ),
    ],
)
def test_prices(csto: Database, prices: list[int], query: str, price: int) -> None:
    csto.ask(query)
    assert prices == [price]


SIZED = """
query ($n: Int) {
  a: states(first: 50) {
    nodes { memberships(first: $n) { edges { node { citations(first: $n) { nodes { key } } } } } }
  }
}
"""


def test_the_price_follows_the_variables(csto: Database, prices: list[int]) -> None:
    assert csto.ask(SIZED, n=5)
    ((message, path, code),) = csto.refused(SIZED, n=100)
    assert prices == [1 + 1 + 50 * (1 + 1 + n * (1 + 1 + 1 + n)) for n in (5, 100)]
    assert message.startswith(f"the operation may bring {prices[1]:,} rows, more than the ")
    assert path == ["a", "nodes", "memberships", "edges", "node", "citations"]
    assert code == "TOO_LARGE"


def test_a_size_that_is_none_is_told_as_such(csto: Database) -> None:
    for query in (SIZED, SIZED.replace("query", "query Again")):
        ((message, _, code), *_) = csto.refused(query, n=1000)
        assert message.startswith("`first: 1000` is no size of a page")
        assert code == "BAD_ARGUMENT"


def test_the_limit_is_kept_exactly(csto: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "{ states(first: 3) { nodes { code } } }"
    monkeypatch.setattr(price, "MOST_COST", 4)
    csto.reader.statements.clear()
    ((message, path, code),) = csto.refused(query)
    assert message.startswith("the operation may bring 5 rows, more than the 4 allowed")
    assert (path, code) == (["states"], "TOO_LARGE")
    assert csto.reader.statements == []
    monkeypatch.setattr(price, "MOST_COST", 5)
    assert csto.ask(query)


@pytest.mark.parametrize("items", ["nodes { %s }", "edges { node { %s } }"])
def test_what_any_client_may_ask_for_at_once(csto: Database, prices: list[int], items: str) -> None:
    query = items % "key claim"
    for name, size in (("citations", 10), ("memberships", 100), ("states", 100)):
        page = f"{name}(first: {size}) {{ {query} }}"
        query = items % f"id {page}"
    assert csto.ask(f"{{ {page} }}")
    assert 100_000 < prices[0] <= price.MOST_COST
