"""A SQLite file that was read-only or locked when it was first opened: it passes by itself."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pysqlite3
import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from tests.chaos.writer import official
from tests.support.command import run, serving
from tests.support.databases import prepare, settings_of
from tests.support.privileges import obey_modes
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.slow
MUTATION = "mutation($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
RECORDED = {"data": {"recordOfficial": {"__typename": "RecordOfficialPayload"}}}
REVISION = {"query": "{ revision }"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    prepare(settings_of(tmp_path / "kb.db"), write_seed_texts(tmp_path))
    return tmp_path / "kb.db"


@pytest.fixture
def token(file: Path) -> str:
    return run(file.parent, "token", "create", "curator").stdout.strip()


@pytest.fixture
def read_only(file: Path, token: str) -> Iterator[Path]:
    """Once there is a token."""
    del token
    file.chmod(0o400)
    yield file
    file.chmod(0o600)


def record(address: str, token: str, number: int) -> tuple[int, dict[str, object]]:
    body = {"query": MUTATION, "variables": {"i": official("curator", number)}}
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = Request(f"{address}/graphql", json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def test_writes_go_on_once_the_file_may_be_written_to(
    read_only: Path, token: str, unused_port: int
) -> None:
    with serving(read_only.parent, unused_port, obey_modes) as (address, _):
        for number in range(2):
            status, told = record(address, token, number)
            assert (status, "STORAGE_FAILED" in json.dumps(told)) == (507, True)
        read_only.chmod(0o600)
        assert record(address, token, 3) == (200, RECORDED)


def test_a_file_that_was_locked_is_read_once_it_is_free(file: Path) -> None:
    with closing(pysqlite3.connect(file, isolation_level=None)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        with TestClient(create_app(settings_of(file))) as client:
            began = time.monotonic()
            refused = client.post("/graphql", json=REVISION)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert refused.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
            for path in ("/readyz", "/export"):
                assert client.get(path).status_code == 503
            assert time.monotonic() - began < 2, "the whole service waited"
            other.close()
            assert client.post("/graphql", json=REVISION).status_code == 200
            assert client.get("/readyz").text == "ready\n"
