"""Filters within filters: three-valued, bounded, and by the indexes that each would use alone."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest

from kb.models import Membership
from kb.periods import Certainty
from kb.query.conditions import MOST_NESTED, MOST_WITHIN
from tests.operations.values import Value, literal
from tests.oracle.data import World
from tests.oracle.filters import verdict
from tests.support.databases import Database
from tests.support.plans import plan_of_large_tables, steps_of

NEVER_JOINED = """{
  states(filter: {memberOf: {organisation: "cst"}, not: {memberOf: {organisation: "csto"}}}) {
    nodes { code }
  }
}"""


def test_members_of_the_first_grouping_that_never_joined_the_second(csto: Database) -> None:
    assert csto.ask(NEVER_JOINED) == {"states": {"nodes": [{"code": "AZ"}, {"code": "GE"}]}}


def nested(depth: int) -> Value:
    return {"not": nested(depth - 1)} if depth else {"code": {"eq": "UZ"}}


def count_states(database: Database, wanted: Value) -> int:
    told = database.ask(f"{{ a: states(filter: {literal(wanted)}) {{ totalCount }} }}")["a"]
    assert isinstance(told, dict)
    return int(told["totalCount"])


def test_filters_nest_so_deep_and_no_deeper(csto: Database) -> None:
    every = count_states(csto, {})
    counts = [count_states(csto, nested(depth)) for depth in range(MOST_NESTED + 1)]
    assert counts == [1, every - 1] * 3
    deep: list[Value] = [nested(MOST_NESTED - 1)]
    several: list[Value] = [{"or": deep}]
    refused: tuple[Value, ...] = (nested(MOST_NESTED + 1), {"and": several})
    for wanted in refused:
        query = f"{{ a: states(filter: {literal(wanted)}) {{ totalCount }} }}"
        ((message, path, code),) = csto.refused(query)
        assert (path, code) == (["a"], "TOO_LARGE")
        assert message.startswith("6 levels of filters, more than the 5 allowed; ")


def test_so_many_filters_stand_within_one_and_no_more(csto: Database) -> None:
    branches: list[Value] = [{"code": {"eq": "UZ"}}] * MOST_WITHIN
    assert count_states(csto, {"or": branches}) == 1
    query = "query ($wanted: StateFilter) { a: states(filter: $wanted) { totalCount } }"
    told = csto.refused(query, wanted={"or": [*branches, {"name": {"eq": "x"}}]})
    ((message, path, code),) = told
    assert (path, code) == (["a"], "TOO_LARGE")
    assert message.startswith("101 filters stand within one, more than the 100 allowed; ")


FAULTS = {
    "states(filter: {or: [{}, {code: {eq: null}}]})": "null stands at `filter.or.1.code.eq`; ",
    "states(filter: {not: {and: null}})": "null stands at `filter.not.and`; ",
    "memberships(filter: {or: [{atLeast: CERTAIN}]})": "`atLeast` needs a day; give `asOf` too",
    'memberships(filter: {asOf: "2010-01-01", not: {atLeast: CERTAIN}})': "`atLeast` needs a day; ",
    "events(filter: {and: {atLeast: CERTAIN}})": "`atLeast` needs a day; give `occurred` too",
    'states(filter: {not: {memberOf: {organisation: "csto", atLeast: CERTAIN}}})': (
        "`atLeast` needs a day; give `asOf` too"
    ),
}


@pytest.mark.parametrize("field", FAULTS)
def test_faults_within_are_those_of_any_filter(csto: Database, field: str) -> None:
    ((message, path, code),) = csto.refused(f"{{ a: {field} {{ totalCount }} }}")
    assert (path, code) == (["a"], "BAD_ARGUMENT")
    assert message.startswith(FAULTS[field])


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        ("or: []", "none"),
        ("and: []", "all"),
        ("or: [{}]", "all"),
        ("not: {}", "none"),
        ("not: {or: []}", "all"),
        ('or: [{city: {eq: "x"}}, {}]', "all"),
        ('and: [{not: {city: {eq: "x"}}}]', "all"),
        ('not: {city: {startsWith: ""}}', "those without a city"),
    ],
)
def test_what_asks_nothing_and_what_is_not_there(csto: Database, wanted: str, passing: str) -> None:
    """To a summit without a city no test of one applies, so the contrary does."""
    query = f"{{ summits(filter: {{ {wanted} }}, first: 100) {{ nodes {{ slug }} }} }}"
    told = csto.ask("{ summits(first: 100) { nodes { slug city } } }")["summits"]
    assert isinstance(told, dict)
    every = told["nodes"]
    rows = {"none": [], "all": every, "those without a city": [x for x in every if not x["city"]]}
    passed = [{"slug": each["slug"]} for each in rows[passing]]
    assert csto.ask(query) == {"summits": {"nodes": passed}}


DAYS = [date(2001, 1, day) for day in range(1, 6)]
RANGES = [f"[{DAYS[low]}..{DAYS[high]}]" for low, high in ((0, 1), (1, 3), (2, 4), (3, 3))]
Reading = tuple[date, date]
Wanted = Mapping[str, object]


def spans() -> Iterator[Membership]:
    for start, end in product(RANGES, repeat=2):
        values: dict[str, Any] = {"period_start": start, "period_end": end, "end_kind": "DATED"}
        yield Membership.model_construct(**values, floor="-infinity")


def readings(span: Membership) -> Iterator[Reading]:
    starts, ends = (
        [day for day in DAYS if edtf and edtf[1:11] <= day.isoformat() <= edtf[13:23]]
        for edtf in (span.period_start, span.period_end)
    )
    yield from ((start, end) for start, end in product(starts, ends) if start <= end)


def holds(reading: Reading, wanted: Wanted) -> bool:
    """Of one reading there is no doubt."""
    start, end = reading
    told: list[bool] = []
    for name, value in wanted.items():
        match name, value:
            case "asOf", date() as day:
                told.append(start <= day <= end)
            case (("startsOn" | "endsOn"), {"before": date() as day}):
                told.append((start if name == "startsOn" else end) < day)
            case "and", list():
                told += [holds(reading, inner) for inner in value if isinstance(inner, dict)]
            case "or", list():
                ways = [holds(reading, inner) for inner in value if isinstance(inner, dict)]
                told.append(any(ways))
            case "not", dict():
                told.append(not holds(reading, value))
    return all(told)


def make_filter(random: Random, depth: int) -> Wanted:
    day = random.choice(DAYS)
    plain: Wanted = random.choice(
        [{"asOf": day}, {"startsOn": {"before": day}}, {"endsOn": {"before": day}}]
    )
    if not depth:
        return plain
    inner = [make_filter(random, depth - 1) for _ in range(2)]
    return random.choice([plain, {"and": inner}, {"or": inner}, {"not": inner[0]}])


EMPTY: World = World.__new__(World)


def test_what_is_certain_holds_under_every_reading_and_what_is_ruled_out_under_none() -> None:
    random, told = Random(1), set()
    for depth, span in product((0, 1, 2, 3) * 15, spans()):
        wanted = make_filter(random, depth)
        truths = {holds(reading, wanted) for reading in readings(span)}
        if not truths:
            continue
        sure = verdict(EMPTY, span, wanted)
        told.add(sure)
        assert sure is not Certainty.CERTAIN or truths == {True}, (span, wanted)
        assert sure is not Certainty.RULED_OUT or truths == {False}, (span, wanted)
    assert told == {*Certainty}


INDEXES = {
    'memberships(filter: {or: [{state: {eq: "UZ"}}, {organisation: {eq: "csto"}}]})': (
        "(state_id=?)",
        "(organisation_id=?)",
    ),
    'memberships(filter: {or: [{startsOn: {on: "2001-01-01"}}, {endsOn: {on: "2001-01-01"}}]})': (
        "ix_membership_start_fork",
        "ix_membership_end_fork",
    ),
    'summits(filter: {or: [{heldOn: {on: "2001-01-01"}}, {kind: [SUMMIT]}]})': (
        "ix_summit_held_fork",
        "ix_summit_kind_held_order_key",
    ),
    'articles(filter: {or: [{issueNumber: 7}, {not: {not: {}}, author: {eq: "x"}}]})': (
        "ix_article_issue_number",
        "ix_article_author",
    ),
    'memberships(filter: {and: [{status: [OBSERVER]}, {not: {state: {eq: "UZ"}}}]})': (
        "ix_membership_status_start_latest_key",
    ),
}


@pytest.mark.parametrize("field", INDEXES)
@pytest.mark.parametrize("told", ["nodes { id }", "totalCount"])
def test_each_filter_within_uses_its_index(empty: Database, field: str, told: str) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    steps = steps_of(empty, f"{{ {field} {{ {told} }} }}")
    for index in INDEXES[field]:
        assert any(f" {index} " in f"{step} " for step in steps), steps
    assert not any(step.startswith("SCAN t1 USING") for step in steps), steps


@pytest.mark.parametrize("name", ["eq: ", "in: "])
def test_of_keys_that_may_hold_postgresql_uses_both_indexes(empty: Database, name: str) -> None:
    if empty.is_sqlite:
        pytest.skip("that of SQLite is tested above")
    value = '"x"' if name == "eq: " else '["x", "y"]'
    keys = f"{{state: {{{name}{value}}}}}, {{organisation: {{{name}{value}}}}}"
    plan = plan_of_large_tables(
        empty, f"{{ memberships(filter: {{or: [{keys}]}}) {{ totalCount }} }}"
    )
    assert "BitmapOr" in plan, plan
    assert "SubPlan" not in plan, plan
