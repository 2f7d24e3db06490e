"""The head of a request, by a real server: as long as is documented, and no longer."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from kb.process.http_protocol import MOST_HEAD, MOST_LINES
from tests.support.command import serving
from tests.support.service import free_port

_MANY = "a: b\r\n"
_POST = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


def status(port: int, request: str) -> int:
    """Of the answer to what is sent at once."""
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        # What is refused is not read to its end.
        with suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(request.encode())
        return int(client.recv(100).split()[1])


@pytest.mark.parametrize(
    "head",
    [
        "GET /livez?{} HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    ("more", "answer"), [(-7_000, 200), (500, 431), (2_500, 431), (40_000, 431), (150_000, 431)]
)
def test_a_head_is_as_long_as_it_may_be(port: int, head: str, more: int, answer: int) -> None:
    assert status(port, head.format("a" * (MOST_HEAD + more))) == answer


def test_many_headers_are_counted_too(port: int) -> None:
    head = "GET /livez HTTP/1.1\r\nhost: x\r\n{}\r\n"
    assert status(port, head.format(_MANY * (MOST_LINES - 1))) == 200
    assert status(port, head.format(_MANY * MOST_LINES)) == 431
    assert status(port, head.format(_MANY * MOST_HEAD)) == 431


def test_a_body_is_no_head(port: int) -> None:
    body = '{"query":"{ revision }"' + " " * 3 * MOST_HEAD + "}"
    assert status(port, f"{_POST}content-length: {len(body)}\r\n\r\n{body}") == 200
