"""Clients that keep a real server waiting are left, each in its time, and others notice nothing."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.typing import Subprotocol

from kb.process.websocket_protocol import MOST_FRAMES
from kb.server.requests import MOST_BYTES
from kb.server.websocket import PROTOCOL
from tests.support.command import serving
from tests.support.impatience import be_impatient
from tests.support.service import free_port
from tests.support.transports import url_query

GET = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
_FIELDS = "fields{name description args{name description}}"
LARGE = "{__schema{types{" + " ".join(f"{alias}:{_FIELDS}" for alias in "abcdef") + "}}}"
"""Its answer has half a million bytes."""
LONGEST = 6.0
"""Seconds within which whoever is late must be left; no deadline of the tests is over 1 second."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port, be_impatient):
        yield port


@contextmanager
def opened(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), LONGEST) as client:
        client.sendall(sent)
        yield client


def all_of(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := client.recv(65_536):
            received += chunk
    return received


UNFINISHED = {
    b"": b"",
    b"\r\n": b"408",
    b"GET /livez HTTP/1.1\r\nhost: x\r\n": b"408",
    POST + b"content-length: 20\r\n\r\n{": b"408",
    POST + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n": b"408",
}
"""What a client sends and does not go on with, and the status of the answer; none is silence."""


def test_what_does_not_come_is_not_waited_for(port: int) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(opened(port, sent)) for sent in UNFINISHED]
        assert [all_of(client)[9:12] for client in clients] == [*UNFINISHED.values()]


def test_the_next_request_of_a_connection_is_not_waited_for_either(port: int) -> None:
    with opened(port, GET + b"GET /li") as client:
        answers = all_of(client)
    assert (answers[9:12], answers.count(b"HTTP/1.1 408")) == (b"200", 1)


def test_a_body_may_not_come_for_ever(port: int) -> None:
    with opened(port, POST + b"content-length: 1000\r\n\r\n") as client:
        began = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < LONGEST:
                client.sendall(b" ")
                time.sleep(0.1)
    assert time.monotonic() - began < LONGEST


def test_who_waits_for_an_answer_is_not_late(port: int) -> None:
    """Nor whoever sends slowly, but in time."""
    with opened(port) as client:
        for part in (GET[:9], GET[9:-2], GET[-2:]):
            client.sendall(part)
            time.sleep(0.1)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_what_nobody_reads_is_given_up(port: int) -> None:
    """Answers to requests as well as messages."""
    asked = f"GET /graphql?{url_query({'query': LARGE})} HTTP/1.1\r\nhost: x\r\n\r\n" * 15
    with opened(port, asked.encode()) as client, connected(port) as held:
        held.send('{"type":"connection_init"}')
        waiting: list[socket.socket] = [client, held.socket]
        try:
            for number in range(40):
                payload = f'{{"query":"{LARGE}"}}'
                held.send(f'{{"id":"{number}","type":"subscribe","payload":{payload}}}')
                time.sleep(0.15)  # Of a crowd of them, some would be refused.
        except ConnectionClosed:
            waiting.pop()  # It was given up before all was asked.
        for ended in waiting:
            # The system tells that the server has given up, without anything being read.
            poll = select.poll()
            poll.register(ended, 0)
            assert poll.poll(10_000 * LONGEST)


def test_a_body_is_refused_by_its_length_before_it_is_read(port: int) -> None:
    with opened(port, POST + b"content-length: %d\r\n\r\n" % (MOST_BYTES + 1)) as client:
        assert client.recv(12) == b"HTTP/1.1 413"


def test_a_body_that_was_refused_is_not_taken_without_end(port: int) -> None:
    with opened(port, POST + b"content-length: 999999999999\r\n\r\n") as client:
        began, sent = time.monotonic(), 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < LONGEST:
                sent += client.send(b" " * 65_536)
    assert time.monotonic() - began < LONGEST


def test_requests_that_wait_behind_another_are_only_so_many(port: int) -> None:
    with opened(port, GET * 5_000) as client:
        assert all_of(client).count(b"HTTP/1.1 200") < 30


@contextmanager
def connected(port: int) -> Iterator[Connection]:
    where, protocols = f"ws://127.0.0.1:{port}/graphql", [Subprotocol(PROTOCOL)]
    # What is compressed would be too little to fill what the systems take for the client.
    with connect(where, subprotocols=protocols, compression=None, max_queue=1) as client:
        yield client


def code_of_close(client: Connection) -> int | None:
    try:
        while True:
            client.recv(LONGEST)
    except ConnectionClosed:
        return client.protocol.close_code


def test_a_close_of_the_server_is_over_once_the_client_answers_it(port: int) -> None:
    with connected(port) as client:
        began = time.monotonic()
        client.send("no message")
        assert code_of_close(client) == 4400
    assert time.monotonic() - began < LONGEST


UPGRADE = (
    b"host: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HANDSHAKES = {
    "by POST": b"POST /graphql HTTP/1.1\r\n" + UPGRADE,
    "with a body": b"GET /graphql HTTP/1.1\r\n" + UPGRADE + b"content-length: 1\r\n",
    "with a long line": b"GET /graphql HTTP/1.1\r\n" + UPGRADE + b"a: " + b"a" * 9_000 + b"\r\n",
}


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_a_handshake_that_is_none_is_refused_at_once(port: int, handshake: str) -> None:
    """Its connection was held for ever: neither protocol waited for anything."""
    with opened(port, HANDSHAKES[handshake] + b"\r\n") as client:
        answer = all_of(client)
    assert answer[9:12] == b"400"
    assert b"a WebSocket begins with" in answer


@pytest.mark.parametrize("sent", [b"\xff", b'"' * (MOST_BYTES + 1)], ids=["no text", "too long"])
def test_who_sends_no_message_is_parted_from_at_once(port: int, sent: bytes) -> None:
    """Each was kept for a second, in which the service reads on."""
    assert min(seconds_until_parted(port, sent) for _ in range(3)) < 0.9


def seconds_until_parted(port: int, sent: bytes) -> float:
    with connected(port) as client:
        began = time.monotonic()
        with suppress(ConnectionClosed):
            client.send(sent, text=True)
            client.recv()
        assert code_of_close(client) in (1007, 1009)
    return time.monotonic() - began


def test_frames_are_only_so_many(port: int) -> None:
    with connected(port) as client, suppress(ConnectionClosed):
        for _ in range(2 * MOST_FRAMES):
            client.ping()
    assert client.protocol.close_code == 1008


@pytest.mark.parametrize("part", ["", " "])
def test_the_parts_of_a_message_are_only_so_many(port: int, part: str) -> None:
    with connected(port) as client:
        with suppress(ConnectionClosed):
            client.send(part for _ in range(2 * MOST_FRAMES))
        assert code_of_close(client) == 1008


def test_a_message_is_cut_off_before_it_is_whole(port: int) -> None:
    with connected(port) as client:
        with suppress(ConnectionClosed):
            client.send(" " * 100_000 for _ in range(100))
        assert code_of_close(client) == 1009
