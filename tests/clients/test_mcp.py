"""`/mcp` by others' judgement: the official conformance suite, and the official clients.

Most scenarios call tools, prompts or resources that only a server made for the suite has; these
are the ones that any server can be held to.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import serving
from tests.support.node import CLIENTS, NODE, run_node_program
from tests.support.service import free_port
from tests.support.tools import tool

SUITE = CLIENTS / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
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
VERSIONS = {*SCENARIOS}
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
def served(compiled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A service, beside which all of them are installed, and the folder of its database."""
    del compiled
    folder = tmp_path_factory.mktemp("conformance")
    with serving(folder, free_port()) as (address, _):
        yield address, folder


@pytest.mark.parametrize(
    ("version", "scenario"),
    [(version, name) for version, names in SCENARIOS.items() for name in names],
)
def test_scenarios(served: tuple[str, Path], version: str, scenario: str) -> None:
    address, folder = served
    (folder / "expected.yaml").write_text(NEED_FIXTURES, encoding="utf-8")
    asked = ["server", "--url", f"{address}/mcp", "--scenario", scenario, "--spec-version", version]
    if scenario == "server-stateless":
        asked += ["--expected-failures", "expected.yaml"]
    command = [str(NODE / "node"), str(SUITE), *asked]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_client_in_python(served: tuple[str, Path]) -> None:
    address, folder = served
    command = [tool("python"), "-c", PROGRAM, f"{address}/mcp", sys.executable, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [rest for _, *rest in lines] == [["6", "9", "1", "True"]] * 4
    assert {line[0] for line in lines} == VERSIONS


def test_the_client_in_typescript(served: tuple[str, Path]) -> None:
    told = run_node_program(served[0], NODE / "node", "out/src/mcp.js")
    lines = [line.split() for line in told.splitlines()]
    assert [rest for _, *rest in lines] == [["6", "9", "1", "true"]] * 2
    assert {line[0] for line in lines} == VERSIONS
