"""Differences between two moments, as they are answered, held against what there was at both.

In: a database, two moments, and the fields of all records at each. Out: the differences, page by
page; `check_differences` fails a test where one is missing, too many, or tells another value.
"""

from collections.abc import Mapping
from typing import TypedDict

from tests.support.databases import Database
from tests.support.record_states import States

DIFFERENCES = """query (
  $from: Moment!, $to: Moment!, $first: Int, $after: String, $counted: Boolean!
) {
  diff(from: $from, to: $to, first: $first, after: $after) {
    totalCount @include(if: $counted) pageInfo { hasNextPage endCursor }
    nodes { kind recordId fields { field before after } before { id } after { id }
      because { id } } } }"""
Moment = dict[str, str]


class Found(TypedDict):
    """A difference, as it is answered."""

    kind: str
    recordId: str
    fields: list[Mapping[str, object]]
    before: object
    after: object
    because: list[Mapping[str, object]]


Differences = list[Found]


def differences(
    db: Database, since: Moment, until: Moment, first: int = 100, query: str = DIFFERENCES
) -> Differences:
    """All of them, page by page."""
    found: Differences = []
    after, more, total = None, True, 0
    while more:
        moments = {"from": since, "to": until}
        variables = {"first": first, "after": after, "counted": after is None}
        page = db.ask(query, **moments, **variables)["diff"]
        assert isinstance(page, dict)
        found += page["nodes"]
        total = page.get("totalCount", total)
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert total == len(found)
    return found


def _applied(state: States, found: Differences) -> States:
    after = {**state}
    for each in found:
        fields = dict(after.pop(each["recordId"], {}))
        for field in each["fields"]:
            assert fields.get(field["field"]) == field["before"], each
            fields[field["field"]] = field["after"]
        if each["kind"] != "REMOVED":
            there = {name: value for name, value in fields.items() if value is not None}
            after[each["recordId"]] = there
    return after


def check_differences(found: Differences, before: States, after: States) -> None:
    assert _applied(before, found) == after
    names = [tuple(str(each["recordId"]).split(":", 1)) for each in found]
    assert names == sorted({*names})
    for each in found:
        record = each["recordId"]
        assert before.get(record) != after.get(record)
        assert (each["before"] is not None) == (record in before)
        assert (each["after"] is not None) == (record in after)
        kind = "ADDED" if record not in before else "CHANGED" if record in after else "REMOVED"
        assert each["kind"] == kind
        assert {citation["id"] for citation in each["because"]} == _because(record, before, after)


def _because(record: object, before: States, after: States) -> set[object]:
    new = {each for each in after.keys() - before.keys() if str(each).startswith("Citation:")}
    return {each for each in new if each == record or after[each]["subject"] == record}
