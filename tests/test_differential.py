"""The planner held against a naive evaluator: generated operations, answered by both.

What is compared is the text of the answers, so the order of keys too, or the paths of the fields
whose arguments are at fault. The long form asks 25 times as many:
`pytest -p tests.test_differential --hypothesis-profile=long tests/test_differential.py`.
"""

import json
from collections.abc import Iterator, Sequence

import pytest
from graphql import parse
from hypothesis import HealthCheck, given, settings

from kb.config import Settings
from kb.models import MembershipStatus
from kb.server.document_limits import MOST_ROOTS
from tests.operations.every_filter import filter_fields
from tests.operations.generated import Operation, operations
from tests.operations.stock import ODD, Stock
from tests.operations.values import literal
from tests.oracle.argument_faults import Refusal
from tests.oracle.data import World
from tests.oracle.evaluator import answer, naive_schema
from tests.oracle.lists import MARK
from tests.support.databases import Database, Place, open_database
from tests.worlds import odd, odd_values

pytestmark = pytest.mark.slow

WHOLE = """
query Whole($day: Date!) {
  view(knownAt: $day) {
    organisations(first: 100) { nodes { acronym founded { edtf text } predecessor { id } ...Rest } }
    states(first: 100) { nodes { mentionedIn(first: 100) { nodes { id } } ...Rest } }
    officials(first: 100) { nodes { nationality { id } ...Rest } }
    memberships(first: 100) { edges { cursor disputed node { status period { ...Span } ...Rest } } }
    terms(first: 100, orderBy: {field: END}) {
      edges {
        cursor disputed
        node { office plannedEnd { edtf } endReason period { ...Span } ...Rest }
      }
    }
    offices: organisations(first: 100) { nodes { offices { ...Office } } }
    stateOffices: states(first: 100) { nodes { offices { ...Office } } }
    summits(first: 100) { edges { cursor node { ...Summit ...Rest } } }
    events(first: 100) { edges { cursor node { ...Event ...Rest } } }
    articles(first: 100) { nodes { id publication { id } mentions { count subject { id } } } }
    disagreements(first: 100) {
      totalCount edges { cursor node { subject { id } ...Disagreement } }
    }
    disputed: memberships(filter: {disputed: true}, first: 100) { nodes { id } }
    undisputed: terms(filter: {disputed: false}, first: 100) { nodes { id } }
  }
}
fragment Rest on Sourced {
  id
  citations(first: 100) { nodes { id field value article { id } } }
  disputed
  disagreements { ...Disagreement }
}
fragment Summit on Summit {
  heldOn { edtf earliest latest text precision } city host { id } outcomes { id }
  participants { official { id } state { id } attendance note }
}
fragment Office on Office {
  name terms { nodes { id } } tenure(asOf: $day) { verdict certainty because }
}
fragment Event on Event {
  kind place office summit { id } organisations { id } states { id } officials { id }
  occurred { ...Span }
}
fragment Span on Period {
  start { edtf earliest latest text } end { edtf text } endKind attestedUntil text
  certainFrom certainTo possibleFrom possibleTo
}
fragment Disagreement on Disagreement { field kind recorded values { value text citations { id } } }
"""
"""What depends on a day, of all records."""
EXAMPLES = 60
"""How many operations each database is asked; a profile may ask for a multiple of them."""
WORLDS = (0, pytest.param(1, marks=pytest.mark.long))
Runs = list[dict[str, object]]
_USUAL = settings.get_profile("kb").max_examples
settings.register_profile("long", max_examples=25 * _USUAL)


@pytest.fixture
def made_up(request: pytest.FixtureRequest, place: Place, migrated: Settings) -> Iterator[Database]:
    """The world of a seed."""
    with open_database(place.create(odd.keep_world(place, migrated, request.param))) as database:
        yield database


class Differ:
    """One database and its naive evaluator, with the cursors that rows were seen with."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stock = Stock(World(database.engine), database.ask)
        self.world = self.stock.world
        self._cursors: dict[str, str] = {}
        self._rows: dict[str, str] = {}

    def compare(self, operation: Operation) -> None:
        document = parse(operation.text)
        for variables in operation.runs:
            expected = answer(self.world, document, variables)
            if isinstance(expected, Refusal):
                told = self.database.refused(operation.text, **variables)
                assert expected.allows({_path(path) for _, path, _ in told}), (told, expected)
            else:
                actual = self.database.ask(operation.text, **variables)
                assert json.dumps(actual) == json.dumps(self._with_cursors(expected, actual))

    def _with_cursors(self, naive: object, actual: object) -> object:
        """The naive answer with the planner's cursors, each of which stands for one row."""
        match naive, actual:
            case dict(), dict():
                return {
                    key: self._with_cursors(value, actual.get(key)) for key, value in naive.items()
                }
            case list(), list() if len(naive) == len(actual):
                return [self._with_cursors(*both) for both in zip(naive, actual, strict=True)]
            case str(), str() if naive.startswith(MARK):
                row = naive.rpartition(" ")[2]
                assert self._rows.setdefault(actual, row) == row
                return self._cursors.setdefault(naive, actual)
        return naive


def _path(path: object) -> tuple[object, ...] | None:
    return tuple(path) if isinstance(path, list | tuple) else None


def compare_generated(database: Database) -> None:
    differ = Differ(database)
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

    profile = settings.get_profile(settings.get_current_profile_name())
    examples = EXAMPLES * profile.max_examples // _USUAL

    @settings(max_examples=examples, deadline=None, suppress_health_check=suppressed)
    @given(operation=operations(naive_schema(), differ.stock))
    def run(operation: Operation) -> None:
        differ.compare(operation)

    run()


def compare_days(database: Database) -> None:
    differ = Differ(database)
    days = [day.isoformat() for day in differ.stock.known]
    differ.compare(Operation(WHOLE, [{"day": day} for day in days]))


@pytest.mark.sweep
@pytest.mark.parametrize("made_up", [2, pytest.param(3, marks=pytest.mark.long)], indirect=True)
def test_every_record_on_every_day(made_up: Database) -> None:
    compare_days(made_up)


@pytest.mark.sweep
def test_every_record_of_the_shipped_seeds_on_every_day(csto: Database) -> None:
    compare_days(csto)


@pytest.mark.sweep
def test_the_shipped_seeds(csto: Database) -> None:
    compare_generated(csto)


@pytest.mark.parametrize("made_up", WORLDS, indirect=True)
def test_a_world_made_up(made_up: Database) -> None:
    compare_generated(made_up)


@pytest.mark.long
@pytest.mark.parametrize("made_up", WORLDS, indirect=True)
def test_who_counts_on_every_day(made_up: Database) -> None:
    """Several spans of one state or official are rare, and so are those who do not count."""
    differ = Differ(made_up)
    told = "certainty doubt because disputed"
    named = " ".join(
        f"o{number}: office(name: {literal(office)}) {{ name }}"
        for number, office in enumerate((*odd_values.OFFICES, *odd_values.VACANT_OFFICES))
    )
    held = f"term {{ key }} {told}"
    tenure = (
        f"verdict certainty because holders {{ {held} }} vacancies {{ event {{ slug }} {told} }}"
    )
    holders = (
        f"{named} offices {{ name organisation {{ slug }} state {{ code }}"
        f" holders(asOf: $day, atLeast: $least) {{ {held} }}"
        f" tenure(asOf: $day) {{ {tenure} }} terms {{ nodes {{ key }} }} }}"
    )
    members = f"members(asOf: $day, atLeast: $least, status: $of) {{ membership {{ key }} {told} }}"
    text = (
        "query ($day: Date!, $least: Certainty, $of: [MembershipStatus!])"
        f" {{ organisations {{ nodes {{ {members} {holders} }} }}"
        f" states {{ nodes {{ {holders} }} }} }}"
    )
    statuses: Runs = [{}, {"of": None}, {"of": [status.name for status in MembershipStatus]}]
    least: Runs = [{}, {"least": None}, {"least": "RULED_OUT"}, {"least": "CERTAIN"}]
    days: Runs = [{"day": day.isoformat()} for day in differ.stock.days]
    differ.compare(
        Operation(text, [day | bound | of for day in days for bound in least for of in statuses])
    )


def ask_in_parts(differ: Differ, root_fields: Sequence[str], head: str, runs: Runs) -> None:
    for start in range(0, len(root_fields), MOST_ROOTS):
        text = f"query ({head}) {{ {' '.join(root_fields[start : start + MOST_ROOTS])} }}"
        differ.compare(Operation(text, runs))


@pytest.mark.long
@pytest.mark.parametrize("made_up", WORLDS, indirect=True)
def test_every_filter_of_texts_and_days(made_up: Database) -> None:
    """With every word and its beginnings, odd letters, and the days around every bound."""
    differ = Differ(made_up)
    ways = {"eq": "$t", "in": "[$t]", "contains": "$t", "startsWith": "$t"}
    words = {*odd_values.WORDS, *odd.CODES, *ODD, "\u212a", "ſ", "aß", "?t", "[a]", "*"}
    texts = {word[:end] for word in words for end in range(len(word) + 1)} | set("".join(words))
    root_fields = list(filter_fields(naive_schema(), "StringFilter", ways))
    ask_in_parts(differ, root_fields, "$t: String!", [{"t": text} for text in sorted(texts)])
    root_fields = list(
        filter_fields(naive_schema(), "DateFilter", dict.fromkeys(("on", "before", "after"), "$d"))
    )
    days: Runs = [{"d": day.isoformat()} for day in (*differ.stock.days, *differ.stock.near)]
    ask_in_parts(differ, root_fields, "$d: Date!", days)


SIDE_BY_SIDE = """
{
  organisations {
    nodes {
      a: memberships(filter: { status: [MEMBER] }) { totalCount }
      b: memberships(filter: { startsOn: { on: "2001-06-15" } }) { totalCount }
      c: memberships(filter: { startsOn: { on: "2003-12-31" } }) { totalCount }
      d: office(name: "President") { holders(asOf: "2001-06-15") { term { key } } }
      e: office(name: "president") { holders(asOf: "2003-06-15") { term { key } } }
    }
  }
  articles {
    nodes {
      mentions {
        subject {
          a: citations(filter: { field: { eq: "name" } }) { totalCount }
          b: citations(filter: { field: { eq: "Name" } }) { totalCount }
          ... on State { code }
        }
      }
      more: mentions {
        subject {
          citations { totalCount }
          ... on State { citations { nodes { key } } }
        }
      }
    }
  }
}
"""


@pytest.mark.long
@pytest.mark.parametrize("made_up", WORLDS, indirect=True)
def test_values_alone_part_what_is_asked_side_by_side(made_up: Database) -> None:
    Differ(made_up).compare(Operation(SIDE_BY_SIDE, [{}]))
