"""`/mcp`: what is a message of the protocol, by its body and its headers, and what is none."""

import base64
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from tests.support.databases import SqlitePlace, prepare
from tests.support.mcp import LEGACY, META, MODERN, McpClient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = prepare(SqlitePlace(tmp_path_factory.mktemp("mcp")).create())
    told = settings.model_copy(update={"public_url": "https://kb.example.org/at"})
    with TestClient(create_app(told), "http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def host(http: TestClient) -> McpClient:
    return McpClient(http)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Mcp-Method": "tools/call"}, -32020),
        ({"MCP-Protocol-Version": LEGACY}, -32020),
        ({"MCP-Protocol-Version": "1999-01-01"}, -32020),
    ],
)
def test_headers_say_what_the_body_says(
    host: McpClient, headers: dict[str, str], code: int
) -> None:
    response = host.send("tools/list", headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert response.json()["id"] == 7


def test_a_name_in_base64_is_the_same_name(host: McpClient) -> None:
    for name, status in (("find", 200), ("record", 400)):
        coded = base64.b64encode(name.encode()).decode()
        headers = {"Mcp-Name": f"=?base64?{coded}?="}
        asked = {"name": "find", "arguments": {"name": "csto"}}
        assert host.send("tools/call", headers, **asked).status_code == status


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({}, -32602),
        ({f"{META}protocolVersion": MODERN}, -32602),
        ({f"{META}clientCapabilities": {}}, -32602),
    ],
)
def test_what_each_modern_request_must_say(
    http: TestClient, meta: dict[str, object], code: int
) -> None:
    body = {"jsonrpc": "2.0", "id": "a", "method": "server/discover", "params": {"_meta": meta}}
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover"}
    response = http.post("/mcp", json=body, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert response.json()["id"] == "a"


def test_an_unknown_version_is_told_those_that_there_are(http: TestClient) -> None:
    meta = {f"{META}protocolVersion": "2031-01-01", f"{META}clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    response = http.post("/mcp", json=body, headers={"MCP-Protocol-Version": "2031-01-01"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, -32022)
    assert error["data"]["requested"] == "2031-01-01"
    assert MODERN in error["data"]["supported"]


def test_an_unknown_version_of_a_header_alone_is_told_the_same(http: TestClient) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    response = http.post("/mcp", json=body, headers={"MCP-Protocol-Version": "bogus"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, -32022)
    assert error["data"]["requested"] == "bogus"
    assert {MODERN, LEGACY} < {*error["data"]["supported"]}


@pytest.mark.parametrize("params", [{}, {"protocolVersion": 5}, {"protocolVersion": None}])
def test_an_older_client_names_a_version(http: TestClient, params: dict[str, object]) -> None:
    response = McpClient(http, LEGACY).send("initialize", None, **params)
    assert (response.status_code, response.json()["error"]["code"]) == (400, -32602)
    assert "2025-11-25" in response.json()["error"]["message"]


def test_methods_that_there_are_not(host: McpClient, http: TestClient) -> None:
    for method in ("initialize", "ping", "logging/setLevel", "completion/complete", "nothing"):
        response = host.send(method)
        assert (response.status_code, response.json()["error"]["code"]) == (404, -32601), method
    old = McpClient(http, LEGACY).send("server/discover")
    assert (old.status_code, old.json()["error"]["code"]) == (200, -32601)
    assert http.get("/mcp").status_code == 405
    assert http.delete("/mcp").status_code == 405


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, -32700),
        (b"[]", 400, -32600),
        (b'{"jsonrpc":"2.0","id":1}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 400, -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}', 400, -32602),
        (b'"' + b"x" * 1_000_001 + b'"', 413, -32600),
    ],
)
def test_what_is_no_message_is_refused(
    http: TestClient, body: bytes, status: int, code: int
) -> None:
    response = http.post("/mcp", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_pages_of_other_origins_are_no_clients(http: TestClient) -> None:
    """Their hosts may be forged: that of the service itself is the one it is told to have."""
    client = McpClient(http)
    for origin, status in (
        ("http://localhost:6274", 200),
        ("https://kb.example.org", 200),
        ("http://evil.example.com", 403),
        ("null", 403),
    ):
        headers = {"Origin": origin, "Host": origin.rpartition("/")[2]}
        response = client.send("tools/list", headers)
        assert response.status_code == status, origin
