"""Connections are as many as the system lets there be, and half of them at most of one address."""

import http.client
import socket
from contextlib import ExitStack
from pathlib import Path

from kb.process.connections import Connections
from tests.support.command import serving
from tests.support.impatience import open_few_files
from tests.support.service import free_port

FILES = 256
"""What the process may open at most; it begins with fewer."""


def test_one_address_leaves_room_for_others(tmp_path: Path) -> None:
    """Of 237 that ask for nothing."""
    port, log = free_port(), tmp_path / "log.txt"
    with serving(tmp_path, port, open_few_files, log), ExitStack() as held:
        silent = [
            held.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(237)
        ]
        assert (
            silent[-1].recv(100).startswith(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1")
        )
        other = http.client.HTTPConnection("127.0.0.1", port, 5, source_address=("127.0.0.2", 0))
        held.callback(other.close)
        other.request("GET", "/livez")
        assert other.getresponse().status == 200
    told = log.read_text(encoding="utf-8")
    assert told.count("connections were refused") == 1
    assert "127.0.0.1" in told


def test_there_is_room_again_for_whoever_comes_after_one_has_gone() -> None:
    connections = Connections(4)
    assert [connections.admit("a") for _ in range(3)] == [True, True, False]
    assert [connections.admit("b") for _ in range(3)] == [True, True, False]
    assert not connections.admit("c")
    connections.release("a")
    assert connections.admit("c")


def test_one_network_has_no_more_room_than_one_address() -> None:
    """Each household has more addresses of IPv6 than anybody can count."""
    connections = Connections(4)
    admitted = [connections.admit(f"2001:db8:0:1::{number}") for number in range(3)]
    assert admitted == [True, True, False]
    assert connections.admit("2001:db8:0:2::1")
    connections.release("2001:db8:0:1::1")
    assert connections.admit("2001:db8:0:1::9")


def test_nothing_is_kept_of_those_that_were_refused() -> None:
    connections = Connections(2)
    for address in "ab":
        assert connections.admit(address)
    for number in range(100):
        assert not connections.admit(str(number))
    for address in "ab":
        connections.release(address)
    assert vars(connections)["_by_address"] == {}
