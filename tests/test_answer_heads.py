"""The heads of answers and of requests, by a real server: what each answer tells browsers, and that
a request names one host."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from kb.web.assets import asset_path
from tests.support.command import serving
from tests.support.service import ROUTES, free_port

STRICT = "default-src 'none'; frame-ancestors 'none'"
MORE = {
    "/search?q=a": 200,
    "/states/UZ": 200,
    "/states/UZ.jsonld": 200,
    "/states/uz": 308,
    "/states/XX": 404,
    "/states/UZ/memberships.csv": 200,
    "/states/UZ/memberships.json": 200,
    "/export": 200,
    asset_path("style.css"): 200,
}
PAGES = ("/", "/search?q=a", "/states/UZ", "/states/XX")
HANDSHAKE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


def headers_of(port: int, path: str, accept: str) -> tuple[int, dict[str, list[str]]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Accept": accept})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    headers: dict[str, list[str]] = {}
    for name, value in answer.getheaders():
        headers.setdefault(name.lower(), []).append(value)
    return answer.status, headers


@pytest.mark.parametrize(("path", "status"), (ROUTES | MORE).items())
def test_every_answer_tells_browsers_what_to_keep_to(port: int, path: str, status: int) -> None:
    accept = "application/graphql-response+json"
    answered, headers = headers_of(port, path, accept)
    assert answered == status
    assert headers["x-content-type-options"] == ["nosniff"]
    assert headers["referrer-policy"] == ["same-origin"]
    (policy,) = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert (policy == STRICT) is (path not in PAGES)
    assert len(headers["date"]) == 1
    assert "server" not in headers
    (vary,) = headers["vary"]
    negotiated = {"Accept", "Accept-Encoding"} if "/graphql" in path else set()
    assert {*vary.split(", ")} >= {"Origin"} | negotiated
    assert "*" not in vary


def test_the_explorer_has_a_policy_of_its_own_and_varies(port: int) -> None:
    status, headers = headers_of(port, "/graphql", "text/html")
    assert status == 200
    assert headers["vary"] == ["Accept, Accept-Encoding, Origin"]
    (policy,) = headers["content-security-policy"]
    assert "worker-src 'self'" in policy


def answer_to(port: int, request: str) -> tuple[int, str]:
    """Status and text of the answer to a head as it is written."""
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        client.sendall(f"{request}Connection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: client.recv(65_536), b"")).decode()
    return int(received.split()[1]), received.partition("\r\n\r\n")[2]


WHAT = "send one, with the name or address of the service, and its port\n"


@pytest.mark.parametrize("path", ["/livez", "/graphql?query={revision}", "/nowhere"])
@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ([], "no `Host`"),
        ([""], "a `Host` that names none"),
        (["a b"], "a `Host` that names none"),
        (["kb.example/graphql"], "a `Host` that names none"),
        (["kb.example", "kb.example"], "more than one `Host`"),
        (["kb.example", "evil.example"], "more than one `Host`"),
    ],
)
def test_a_request_names_one_host(port: int, path: str, hosts: list[str], told: str) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    answer = answer_to(port, f"GET {path} HTTP/1.1\r\n{lines}")
    assert answer == (400, f"the request has {told}; {WHAT}")


@pytest.mark.parametrize("host", ["kb.example", "KB.example:8000", "10.0.0.1", "[::1]:8000", "a_b"])
def test_whatever_host_that_is(port: int, host: str) -> None:
    assert answer_to(port, f"GET /livez HTTP/1.1\r\nHost: {host}\r\n") == (200, "alive\n")


def test_http_1_0_needs_none(port: int) -> None:
    assert answer_to(port, "GET /livez HTTP/1.0\r\n") == (200, "alive\n")


@pytest.mark.parametrize("hosts", [[], ["kb.example", "kb.example"]])
def test_nor_does_a_websocket_open_otherwise(port: int, hosts: list[str]) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        client.sendall(f"GET /graphql HTTP/1.1\r\n{lines}{HANDSHAKE}\r\n".encode())
        assert client.recv(100).split()[1] == b"400"
