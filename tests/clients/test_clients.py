"""Clients that we did not write, against the served schema: they compile, and they run."""

import json
import re

import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from tests.support.node import CLIENTS, NODE, run_node_program

SIX = ["AM", "BY", "KZ", "KG", "RU", "TJ"]


def test_urql_with_types_of_the_schema(compiled: str) -> None:
    assert json.loads(run_node_program(compiled, NODE / "node", "out/src/members.js")) == SIX


def test_apollo_knows_what_an_interface_may_be(compiled: str) -> None:
    types = json.loads(run_node_program(compiled, NODE / "node", "out/src/cache.js"))
    assert types == ["State", "Official"]


@pytest.mark.usefixtures("compiled")
def test_relay_has_what_it_needs() -> None:
    made = {path.name for path in (CLIENTS / "relay" / "__generated__").iterdir()}
    assert "StatePageMembershipsQuery.graphql.ts" in made


def test_gql_of_python(address: str) -> None:
    """It reads the schema by introspection, and holds the query against it."""
    transport = HTTPXTransport(url=f"{address}/graphql")
    with Client(transport=transport, fetch_schema_from_transport=True) as session:
        query = '{ organisation(slug: "csto") { members(asOf: "2016-10-14") { state { code } } } }'
        data = session.execute(GraphQLRequest(query))
    assert [member["state"]["code"] for member in data["organisation"]["members"]] == SIX


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('{ state(code: "UZ") { nmae } }', "Did you mean 'name'?"),
        (
            '{ organisation(slug: "csto") { members(asOf: "14.10.2016") { certainty } } }',
            "2016-10-14",
        ),
    ],
)
def test_what_is_wrong_reads_well(address: str, query: str, told: str) -> None:
    client = Client(transport=HTTPXTransport(url=f"{address}/graphql"))
    with pytest.raises(TransportQueryError, match=re.escape(told)):
        client.execute(GraphQLRequest(query))
