"""What the tools tell of the shipped seeds is what the schema tells, in small answers.

What nobody can know is told to be so.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from statistics import median

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.mcp.told import MOST_ANSWER
from tests.support.databases import Place
from tests.support.mcp import LEGACY, McpClient, rows

pytestmark = pytest.mark.sweep

USUAL, EMPTY = 2_000, 300
"""Bytes of the usual answer, and of one that there is nothing to tell in."""
MEMBERS = """query ($of: ID!, $on: Date!, $statuses: [MembershipStatus!]) {
  node(id: $of) { ... on Organisation {
    members(asOf: $on, status: $statuses) { status certainty disputed membership { id } }
  } } }"""
STATUSES = ["MEMBER", "SUSPENDED", "OBSERVER", "ASSOCIATE"]


@pytest.fixture(scope="module")
def host(place: Place, loaded: Settings) -> Iterator[McpClient]:
    with TestClient(create_app(place.create(loaded))) as http:
        yield McpClient(http, LEGACY)


def organisations(host: McpClient) -> list[str]:
    data = host.call("query", query="{ organisations { nodes { id } } }")["data"]
    return re.findall(r'"id": "([^"]+)"', json.dumps(data))


def test_who_belonged_on_days_made_up(host: McpClient) -> None:
    """As the schema says it, known now or on a day; nobody is certain after the newest article."""
    random, ids = Random(0), organisations(host)
    for _ in range(30):
        of, on = random.choice(ids), date(1990, 1, 1) + timedelta(random.randrange(14_000))
        known = random.choice([{}, {"knownAt": f"20{random.randrange(14, 21)}-06-01"}])
        told = host.call("as_of", of=of, on=on.isoformat(), **known)
        variables = {"of": of, "on": on.isoformat(), "statuses": STATUSES}
        data = host.call("query", query=MEMBERS, variables=variables, **known)["data"]
        assert isinstance(data, dict)
        members = [
            (each["membership"]["id"], each["certainty"], each["disputed"])
            for each in (data["node"] or {"members": []})["members"]
        ]
        facts = [fact for fact in rows(told, "facts") if fact["field"] == "member"]
        assert [(fact["id"], fact["certainty"], fact["disputed"]) for fact in facts] == members
        if on.isoformat() > str(told.get("knownTo", "")):
            assert told.get("note")
            assert not [fact for fact in facts if fact["certainty"] == "CERTAIN"]


def test_answers_are_small(host: McpClient) -> None:
    """Of an analyst's questions the usual answer is small, and none is large."""
    random, sizes = Random(1), list[int]()
    kinds = ("organisations", "states", "officials", "memberships", "terms", "summits", "events")
    asked = " ".join(f"{kind} {{ nodes {{ id }} }}" for kind in kinds)
    data = host.call("query", query=f"{{ {asked} }}")["data"]
    ids = re.findall(r'"id": "([^"]+)"', json.dumps(data))
    for _ in range(20):
        id_ = random.choice(ids)
        for tool, arguments in (
            ("find", {"name": id_.partition(":")[2].replace("-", " ")}),
            ("as_of", {"of": id_, "on": "2016-10-14"}),
            ("record", {"id": id_}),
            ("disagreements", {"of": id_}),
        ):
            response = host.send("tools/call", name=tool, arguments=arguments)
            sizes.append(len(response.content))
    assert median(size for size in sizes if size > EMPTY) <= USUAL
    assert max(sizes) <= MOST_ANSWER
