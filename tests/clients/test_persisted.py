"""Documents by hash and by id, as the clients' own libraries and compilers ask them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.command import serving
from tests.support.node import (
    APOLLO_MANIFEST,
    CODEGEN_MANIFEST,
    NODE,
    RELAY_MANIFEST,
    run_node_program,
)
from tests.support.service import free_port

VARIABLES = {"code": "UZ", "day": "2016-10-14", "id": "State:UZ", "ids": ["State:UZ"]}
"""Of all documents together: a request may have more than its own takes."""


def test_apollo_sends_a_text_once(compiled: str) -> None:
    """The first client is told that its hash is unknown, the next one is not."""
    told = json.loads(run_node_program(compiled, NODE / "node", "out/src/persisted.js"))
    assert told == [
        {"sent": ["POST persistedQuery", "POST query persistedQuery"], "name": "Uzbekistan"},
        {"sent": ["GET persistedQuery"], "name": "Uzbekistan"},
    ]


@contextmanager
def serving_alone(folder: Path, *manifests: Path) -> Iterator[str]:
    """A service that answers what these manifests list, and nothing else."""
    for manifest in manifests:
        shutil.copy(manifest, folder)
    settings = {"KB_DOCUMENTS": str(folder), "KB_PROFILE": "locked"}
    with serving(folder, free_port(), **settings) as (address, _):
        yield address


@pytest.fixture(scope="module")
def locked(compiled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """To what the other clients' compilers list."""
    del compiled
    with serving_alone(
        tmp_path_factory.mktemp("locked"), RELAY_MANIFEST, CODEGEN_MANIFEST
    ) as address:
        yield address


def test_apollo_sends_no_text_that_its_generator_lists(compiled: str, tmp_path: Path) -> None:
    """The hash that its client asks by is the id that is listed."""
    del compiled
    with serving_alone(tmp_path, APOLLO_MANIFEST) as address:
        told = json.loads(run_node_program(address, NODE / "node", "out/src/persisted.js"))
    assert told == [
        {"sent": [f"{method} persistedQuery"], "name": "Uzbekistan"} for method in ("POST", "GET")
    ]


def test_what_compilers_list_is_answered_by_id(locked: str) -> None:
    listed = json.loads(RELAY_MANIFEST.read_bytes()) | json.loads(CODEGEN_MANIFEST.read_bytes())
    queries = [id_ for id_, text in listed.items() if text.startswith("query")]
    assert len(queries) >= 5
    for id_ in queries:
        body = json.dumps({"documentId": id_, "variables": VARIABLES}).encode()
        request = Request(f"{locked}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request) as response:
            assert json.load(response).keys() == {"data"}


def test_apollo_falls_back_to_texts_where_no_hash_is_taken(locked: str) -> None:
    """As it prints them they are not listed."""
    for told in json.loads(run_node_program(locked, NODE / "node", "out/src/persisted.js")):
        assert told["sent"][1:] == ["POST query"]
        assert "only the documents that are listed" in told["error"]
