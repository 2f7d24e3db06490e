"""What a question is to be answered: by the naive evaluator, over what was known on a day.

In: a world, and a question. Out: the answer, in the form in which it is compared. Nothing here asks
the service or shares code with its tools.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from graphql import DocumentNode, parse

from tests.agents.answers import FIELDS, NOBODY, WHOLE, Answer, Row, Verdict
from tests.agents.questions import NAMED, Question
from tests.oracle.argument_faults import Refusal
from tests.oracle.data import World, identity, type_of
from tests.oracle.evaluator import answer

Node = Mapping[str, Any]
_MOST_TEXT = 400
_AS_OF = """
query AsOf($id: ID!, $on: Date!, $statuses: [MembershipStatus!]) {
  about { knownTo }
  node(id: $id) {
    ... on Organisation {
      members(asOf: $on, status: $statuses) { membership { id } certainty disputed because }
      offices { name tenure(asOf: $on) { ...Told } }
    }
    ... on State {
      memberships(filter: { asOf: $on }, first: 100) {
        edges { certainty disputed node { id } }
      }
      offices { name tenure(asOf: $on) { ...Told } }
    }
    ... on Official {
      terms(filter: { asOf: $on }, first: 100) { edges { certainty disputed node { id } } }
    }
  }
}
fragment Told on Tenure {
  verdict certainty because
  holders { certainty because disputed term { id } }
  vacancies { certainty because disputed event { id } }
}"""
_DISAGREEMENTS = """
query Disagreements($id: ID!) {
  node(id: $id) {
    ... on Sourced { disagreements { field kind recorded values { value citations { key } } } }
  }
}"""
_RECORD = """
query Record($id: ID!) {
  node(id: $id) {
    ... on Sourced { disagreements { field kind } }
    ... on Organisation {
      acronym url founded { ...Day } dissolved { ...Day } parent { id }
      terms(first: 20) { nodes { id disputed period { ...Days } } }
      memberships(first: 40) { nodes { id disputed period { ...Days } } }
    }
    ... on State {
      officialName existence { ...Days }
      memberships(first: 40) { nodes { id disputed period { ...Days } } }
      terms(first: 20) { nodes { id disputed period { ...Days } } }
    }
    ... on Official {
      nationality { id } terms(first: 20) { nodes { id disputed period { ...Days } } }
    }
  }
}
fragment Day on PartialDate { text earliest latest precision approximate uncertain }
fragment Days on Period { text certainFrom certainTo possibleFrom possibleTo }"""
_STATUSES = ["MEMBER", "SUSPENDED", "OBSERVER", "ASSOCIATE"]


def expected_answer(world: World, question: Question) -> Answer:
    named = [row for table in NAMED for row in world.all(table) if row.name == question.name]
    ids = [identity(row) for row in named if type_of(row) == question.type]
    if not ids:
        return NOBODY
    match question.tool:
        case "disagreements":
            return _disagreements(_asked(world, _DISAGREEMENTS, id=ids[0])["node"])
        case "record":
            return Answer(Verdict.TOLD, tuple(_record(_asked(world, _RECORD, id=ids[0])["node"])))
    assert question.on
    data = _asked(world, _AS_OF, id=ids[0], on=question.on.isoformat(), statuses=_STATUSES)
    return _as_of(data, question)


@cache
def _document(text: str) -> DocumentNode:
    return parse(text)


def _asked(world: World, text: str, **variables: object) -> Node:
    data = answer(world, _document(text), variables)
    assert not isinstance(data, Refusal), data
    return data


def _as_of(data: Node, question: Question) -> Answer:
    node, known_to = data["node"], data["about"]["knownTo"]
    is_late = bool(known_to) and str(question.on) > known_to
    offices = node.get("offices", [])
    if question.office:
        offices = [each for each in offices if each["name"] == question.office]
        if not offices:
            return Answer(Verdict.NO_SUCH_OFFICE, (), is_late)
    rows = () if question.office else _spans(node)
    tenures = (row for each in offices for row in _tenure(each["name"], each["tenure"]))
    told = (*rows, *tenures)
    return Answer(Verdict.TOLD if told else Verdict.NOTHING, told, is_late)


def _spans(node: Node) -> Iterator[Row]:
    for each in node.get("members", ()):
        yield (
            "member",
            each["membership"]["id"],
            each["certainty"],
            each["disputed"],
            each["because"],
        )
    for name, field in (("memberships", "membership"), ("terms", "term")):
        for each in node.get(name, {"edges": ()})["edges"]:
            yield field, each["node"]["id"], each["certainty"], each["disputed"], None


def _tenure(office: str, tenure: Node) -> Iterator[Row]:
    """What is found, and then all that speaks for or against it."""
    holders, vacancies = tenure["holders"], tenure["vacancies"]
    disputed = any(each["disputed"] for each in (*holders, *vacancies))
    because = tenure["because"]
    because = because if len(because) <= _MOST_TEXT else f"{because[:_MOST_TEXT]}…"
    yield office, tenure["verdict"], tenure["certainty"] or "POSSIBLE", disputed, because
    for field, each in (
        *((f"{office}: holder", each) for each in holders),
        *((f"{office}: vacancy", each) for each in vacancies),
    ):
        span = each.get("term") or each["event"]
        yield field, span["id"], each["certainty"], each["disputed"], each["because"]


def _disagreements(node: Node) -> Answer:
    """Of the citations of a value the first two are told."""
    rows = tuple(
        (each["field"] or WHOLE, each["kind"], each["recorded"], *map(_value, each["values"]))
        for each in node["disagreements"]
    )
    return Answer(Verdict.TOLD if rows else Verdict.NOTHING, rows)


def _value(value: Node) -> Row:
    return value["value"], *(f"Citation:{each['key']}" for each in value["citations"][:2])


def _record(node: Node) -> Iterator[Row]:
    """Certain is a date if all its readings are one day, and a value that has no date."""
    conflicts = [each["field"] for each in node["disagreements"] if each["kind"] == "CONFLICT"]
    for field in (name for name in node if name in FIELDS and node[name] is not None):
        value = node[field]
        disputed = any(not each or each.startswith(field) for each in conflicts)
        match value:
            case {"nodes": list(spans)}:
                for span in spans:
                    yield field, span["id"], _sureness(span["period"]), span["disputed"]
            case {"text": text}:
                yield field, text, _sureness(value), disputed
            case {"id": id_}:
                yield field, id_, "CERTAIN", disputed
            case _:
                yield field, value, "CERTAIN", disputed


def _sureness(when: Node) -> str:
    if "precision" in when:
        is_exact = when["precision"] == "DAY" and not (when["approximate"] or when["uncertain"])
    else:
        first, last = ((when[f"certain{end}"], when[f"possible{end}"]) for end in ("From", "To"))
        is_exact = first[0] == first[1] and last[0] == last[1]
    return "CERTAIN" if is_exact else "POSSIBLE"
