"""`/mcp` by others' judgement: the official conformance suite, and the official client in Python.

Neither is a package of this project. `MCP_CONFORMANCE` names the suite's program (that of
`@modelcontextprotocol/conformance`), `MCP_PYTHON` an interpreter that has `mcp`.

Most scenarios call tools, prompts or resources that only a server made for the suite has; these
are the ones that any server can be held to.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import serving
from tests.support.node import NODE
from tests.support.service import free_port

pytestmark = pytest.mark.long

SCENARIOS = {
    "2026-07-28": (
        "server-stateless",
        "tools-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "prompts-list",
        "dns-rebinding-protection",
        "caching",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "input-required-result-ignore-extra-params",
    ),
    "2025-11-25": (
        "server-initialize",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    ),
}
NEED_FIXTURES = """server:
  - server-stateless:sep-2575-server-rejects-undeclared-capability
  - server-stateless:sep-2575-missing-capability-http-400
  - server-stateless:sep-2575-http-server-no-independent-requests-on-stream
  - server-stateless:sep-2575-server-no-log-without-loglevel
"""
"""Checks that call tools of the suite's own server."""
PROGRAM = """
import asyncio, sys
from mcp import Client, StdioServerParameters

async def use(target, mode):
    async with Client(target, mode=mode) as client:
        tools = (await client.list_tools()).tools
        day = {"of": "Organisation:csto", "on": "2016-10-14"}
        told = await client.call_tool("as_of", day)
        resources = (await client.list_resources()).resources
        read = await client.read_resource(str(resources[0].uri))
        refused = await client.call_tool("find", {"nme": "x"})
        facts = len(told.structured_content["facts"])
        print(client.protocol_version, len(tools), facts, len(read.contents), refused.is_error)

command = StdioServerParameters(command=sys.argv[2], args=["-m", "kb", "mcp"], cwd=sys.argv[3])
for target in (sys.argv[1], command):
    for mode in ("auto", "legacy"):
        asyncio.run(use(target, mode))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("conformance")
    with serving(folder, free_port()) as (address, _):
        yield f"{address}/mcp", folder


@pytest.mark.parametrize(
    ("version", "scenario"),
    [(version, name) for version, names in SCENARIOS.items() for name in names],
)
def test_scenarios(served: tuple[str, Path], version: str, scenario: str) -> None:
    program = os.environ.get("MCP_CONFORMANCE")
    if not program:
        pytest.skip("MCP_CONFORMANCE names no program of the conformance suite")
    address, folder = served
    (folder / "expected.yaml").write_text(NEED_FIXTURES, encoding="utf-8")
    asked = ["server", "--url", address, "--scenario", scenario, "--spec-version", version]
    if scenario == "server-stateless":
        asked += ["--expected-failures", "expected.yaml"]
    command = [str(NODE / "node"), program, *asked]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_official_client(served: tuple[str, Path]) -> None:
    python = os.environ.get("MCP_PYTHON")
    if not python:
        pytest.skip("MCP_PYTHON names no interpreter that has the package mcp")
    address, folder = served
    command = [python, "-c", PROGRAM, address, sys.executable, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [rest for _, *rest in lines] == [["6", "9", "1", "True"]] * 4
    assert {line[0] for line in lines} == {"2026-07-28", "2025-11-25"}
