"""Followers of the feed by each transport, against a real server.

In: the address of the server, and a subscription. Out: its events, or the errors that end them.
`FeedFollower` goes on whatever ends them.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import cycle
from threading import Thread
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.typing import Subprotocol

PROTOCOL = "graphql-transport-ws"
Event = dict[str, object]
Listen = Callable[..., Iterator[Event]]


@contextmanager
def connect_socket(address: str, headers: Mapping[str, str] | None = None) -> Iterator[Connection]:
    """Before its first message."""
    url = f"{address.replace('http', 'ws')}/graphql"
    protocols: list[Subprotocol] = [Subprotocol(PROTOCOL)]
    with connect(url, subprotocols=protocols, additional_headers=headers) as socket:
        yield socket


@contextmanager
def open_socket(
    address: str,
    headers: Mapping[str, str] | None = None,
    payload: Mapping[str, object] | None = None,
) -> Iterator[Connection]:
    """After it, which has that payload."""
    with connect_socket(address, headers) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(socket.recv(10)) == {"type": "connection_ack"}
        yield socket


def follow_by_socket(address: str, query: str, **variables: object) -> Iterator[Event]:
    """Each event, or the errors that end them."""
    with open_socket(address) as socket:
        payload = {"query": query, "variables": variables}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        while True:
            message = json.loads(socket.recv(10))
            if message["type"] == "complete":
                return
            if message["type"] == "error":
                yield {"errors": message["payload"]}
                return
            yield message["payload"]


def follow_by_events(address: str, query: str, **variables: object) -> Iterator[Event]:
    """The same as Server-Sent Events, read as plain lines."""
    parameters = urlencode({"query": query, "variables": json.dumps(variables)})
    request = Request(f"{address}/graphql?{parameters}", headers={"Accept": "text/event-stream"})
    with urlopen(request, timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        event_name = ""
        for line in response:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name == "event":
                event_name = value
            elif name == "data" and event_name == "next":
                yield json.loads(value)


def change_of(event: Event) -> Event:
    data = event["data"]
    assert isinstance(data, dict), event
    change: Event = data["changes"]
    return change


class FeedFollower:
    """Who subscribes anew after its last cursor whenever an error ends it, wherever that is."""

    _FOLLOWED = "subscription ($after: String) { changes(after: $after) { revision cursor } }"
    _PAUSE = 0.1

    def __init__(self, *addresses: str) -> None:
        """Of services that are asked by turns."""
        self._addresses = cycle(addresses)
        self._cursor: object = None
        self.revisions: list[int] = []

    def start(self) -> None:
        """As long as the tests last: it waits for events that may never come."""
        Thread(target=self._follow_on, daemon=True).start()

    def _follow_on(self) -> None:
        for address in self._addresses:
            with suppress(OSError, HTTPException):
                self._follow(address)
            time.sleep(self._PAUSE)

    def _follow(self, address: str) -> None:
        for event in follow_by_events(address, self._FOLLOWED, after=self._cursor):
            if "data" not in event:
                self.revisions += _unexpected(event)
                return
            self.revisions.append(int(str(change_of(event)["revision"])))
            self._cursor = change_of(event)["cursor"]


def _unexpected(event: Event) -> list[int]:
    """A number that no revision has, if the event tells of more than that it is to be waited."""
    errors = event["errors"]
    assert isinstance(errors, list)
    is_passing = all(error["extensions"]["code"] == "UNAVAILABLE" for error in errors)
    return [] if is_passing else [-1]
