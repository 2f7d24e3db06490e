"""What headers of a request cannot do: change an answer, or where the request ends.

SECURITY.md says which can do what; the tests that it names are there.
"""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.command import serving
from tests.support.documentation import ROOT
from tests.support.service import JSON, ROUTES, empty_service, free_port

IDLE = {
    "Cookie": "session=admin; token=x",
    "Sec-Fetch-Site": "same-origin",
    "X-HTTP-Method-Override": "POST",
    "X-Original-URL": "/export",
    "X-Rewrite-URL": "/export",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=127.0.0.1;host=evil.example",
    "X-Real-IP": "127.0.0.1",
    "Proxy-Authorization": "Bearer x",
    "Last-Event-ID": "x",
    "TE": "trailers",
    "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
}
"""Headers that do nothing to what is no file, and what they ask for elsewhere."""
_OWN = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with empty_service(tmp_path_factory.mktemp("service")) as client:
        yield client


@pytest.mark.parametrize("name", IDLE)
def test_a_header_that_is_for_others_changes_no_answer(client: TestClient, name: str) -> None:
    for path in ROUTES:
        answers = [
            client.get(path, headers={"accept": JSON, **headers})
            for headers in ({}, {name: IDLE[name]})
        ]
        told = [
            (each.status_code, each.content, {*each.headers.items()} - own(each.headers))
            for each in answers
        ]
        assert told[0] == told[1], path


def own(headers: Mapping[str, str]) -> set[tuple[str, str]]:
    return {(name, value) for name, value in headers.items() if name in _OWN}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


_WHOLE, _CHUNKS = b"GET /livez HTTP/1.1\r\n", b"0\r\n\r\n"
HEADS = {
    "two lengths": b"content-length: 0\r\ncontent-length: 5\r\n",
    "the same length twice": b"content-length: 5\r\ncontent-length: 5\r\n",
    "a list of lengths": b"content-length: 5, 5\r\n",
    "a length and chunks": b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
    "a signed length": b"content-length: +5\r\n",
    "a blank before the colon": b"content-length : 5\r\n",
    "chunks that are not last": b"transfer-encoding: chunked, gzip\r\n",
    "another coding": b"transfer-encoding: xchunked\r\n",
    "a folded line": b"a: b\r\n content-length: 5\r\n",
    "a lone end of line": b"a: b\ncontent-length: 5\r\n",
    "a lone carriage return": b"a: b\rcontent-length: 5\r\n",
    "U+0000": b"a: b\0\r\n",
    "two hosts": b"host: y\r\nconnection: close\r\n",
}
"""By which two readers could take two ends of a request, or two requests, for right."""


@pytest.mark.parametrize("head", HEADS)
def test_where_a_request_ends_is_not_to_be_read_in_two_ways(port: int, head: str) -> None:
    """400, and but for the host the connection ends: what comes after it is no request."""
    smuggled = b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 5) as peer:
        lines = b"host: x\r\n" + HEADS[head]
        peer.sendall(_WHOLE + lines + b"\r\n" + _CHUNKS + smuggled)
        answer = b""
        with suppress(ConnectionResetError):
            while chunk := peer.recv(65_536):
                answer += chunk
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_what_security_says_is_held_by_tests_that_are_there() -> None:
    named = {*re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))}
    there = {
        name
        for path in Path(__file__).parent.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert named <= there
