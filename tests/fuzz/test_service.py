"""Requests that are odd, to a real server: answered or refused, soon, and nobody else waits."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.fuzz.mutators import mutate
from tests.support.command import run, serving
from tests.support.golden import QUERIES
from tests.support.service import free_port

pytestmark = [pytest.mark.long, pytest.mark.alone]
COUNT = 2_000
"""Requests by each door."""
MOST_SECONDS, MOST_WAIT = 1.0, 0.1
"""Of one request; and of whoever only asks whether the service lives."""
TRIES = 4
"""The machine may have had other work: what took too long is asked again before it is told."""
JSON, EVENTS = "application/json", "text/event-stream"
Reply = tuple[str, bytes]
"""What a request was answered: its status or close code, and all bytes."""


@dataclass
class Pulse:
    """Asks `/livez` all the time; `longest` is the longest wait since it was set to none."""

    address: str
    longest: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    def beat(self) -> None:
        connection = _connection(self.address)
        while not self._ended.is_set():
            started = time.monotonic()
            connection.request("GET", "/livez")
            connection.getresponse().read()
            self.longest = max(self.longest, time.monotonic() - started)
            time.sleep(0.005)
        connection.close()

    @contextmanager
    def running(self) -> Iterator["Pulse"]:
        thread = threading.Thread(target=self.beat)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()


@dataclass(frozen=True)
class Service:
    """A running server, with somebody who may write."""

    address: str
    token: str
    pulse: Pulse

    def post(self, body: bytes, **headers: str) -> Reply:
        return self._ask("POST", "/graphql", body, {"Content-Type": JSON} | headers)

    def mutate(self, body: bytes) -> Reply:
        return self.post(body, Authorization=f"Bearer {self.token}")

    def get(self, body: bytes, accept: str = JSON) -> Reply:
        given = _members(body)
        parameters = (f"{_quoted(name)}={_quoted(value)}" for name, value in given.items())
        return self._ask("GET", f"/graphql?{'&'.join(parameters)}", None, {"Accept": accept})

    def listen(self, body: bytes) -> Reply:
        return self.get(body, EVENTS)

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        connection = _connection(self.address)
        try:
            connection.request(method, url, body, dict(headers))
            response = connection.getresponse()
            # A subscription has no end.
            is_stream = str(response.headers["content-type"]).startswith(EVENTS)
            read = response.read1 if is_stream else response.read
            return str(response.status), read(200_000)
        finally:
            connection.close()

    def converse(self, frame: bytes) -> Reply:
        """One frame over a WebSocket, after the usual beginning: what comes until an end."""
        url = f"{self.address.replace('http', 'ws')}/graphql"
        messages = []
        with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            socket.send('{"type":"connection_init"}')
            try:
                socket.send(frame, text=True)
                socket.send('{"type":"ping"}')
                while True:
                    message = socket.recv(10)
                    messages.append(message if isinstance(message, bytes) else message.encode())
                    if b'"pong"' in messages[-1] and len(messages) > 1:
                        return "open", b"\n".join(messages)
            except ConnectionClosed as closed:
                return str(closed.rcvd.code if closed.rcvd else 1006), b"\n".join(messages)


def _connection(address: str) -> HTTPConnection:
    parts = urlsplit(address)
    return HTTPConnection(str(parts.hostname), parts.port, timeout=10)


def _members(body: bytes) -> dict[str, bytes]:
    """A body's members as a URL has them, if it has any."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {"query": body[:4_000]}
    if not isinstance(members, dict):
        return {"query": body[:4_000]}
    return {name: _text(value)[:4_000] for name, value in members.items()}


def _text(value: object) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("fuzz")
    with serving(folder, free_port()) as (address, _):
        token = run(folder, "token", "create", "Ada").stdout.strip()
        with Pulse(address).running() as pulse:
            yield Service(address, token, pulse)


def _bodies() -> list[bytes]:
    queries = [path.read_text(encoding="utf-8") for path in QUERIES]
    subscription = "subscription ($after: String) { changes(after: $after) { revision } }"
    queries += ["{ revision }", _SEARCH, _LIST, _NODE]
    return [_body(query) for query in queries] + [
        _body(_SEARCH, words="crisis centre"),
        _body(_LIST, filter={"code": {"in": ["AM", "BY"]}, "memberOf": {"organisation": "csto"}}),
        _body(_NODE, ids=["State:AM", "Official:nobody"]),
        _body(subscription, after="nothing"),
        _body(f"query A {{ revision }} {subscription}"),
    ]


def _body(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}, ensure_ascii=False).encode()


_SEARCH = "query ($words: String!) { search(query: $words) { nodes { __typename } totalCount } }"
_LIST = "query ($filter: StateFilter) { states(filter: $filter, first: 3) { nodes { name } } }"
_NODE = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on State { name } } }"
_RECORD = """mutation ($input: RecordOfficialInput!) { recordOfficial(input: $input) {
  __typename ... on Invalid { problems { path message } }
  ... on RecordOfficialPayload { official { name nationality { code } } } } }"""
_OFFICIAL_INPUT = {
    "slug": "ada",
    "name": "Ada",
    "nationality": "AM",
    "aliases": ["A", "Countess"],
    "citations": [
        {
            "key": "ada-named",
            "article": "conway-bulletin-301-csto-agree-on-crises-centre",
            "anchor": {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64},
            "claim": "It names her.",
        }
    ],
}
_ARTICLE = """mutation ($input: RecordArticleInput!) { recordArticle(input: $input) {
  __typename ... on Invalid { problems { path message } } } }"""
_ARTICLE_INPUT = {
    "slug": "gazette-1-ada",
    "headline": "Ada speaks",
    "publication": "conway-bulletin",
    "issueNumber": 12,
    "datedOn": "2016-10-14",
    "paragraphs": ["Ada spoke.", "And was silent."],
}


def _writes() -> list[bytes]:
    return [_body(_RECORD, input=_OFFICIAL_INPUT), _body(_ARTICLE, input=_ARTICLE_INPUT)]


def _frames() -> list[bytes]:
    head, tail = b'{"id":"1","type":"subscribe","payload":', b"}"
    return [head + body + tail for body in _bodies()] + [
        b'{"type":"ping"}',
        b'{"type":"complete","id":"1"}',
        b'{"type":"connection_init","payload":null}',
    ]


DOORS = ("post", "mutate", "get", "listen", "converse")
_RIGHT = {"mutate": _writes, "converse": _frames}


@pytest.mark.parametrize("door", DOORS)
def test_requests(service: Service, door: str) -> None:
    random, rights = Random(door), _RIGHT.get(door, _bodies)()
    send: Callable[[bytes], Reply] = getattr(service, door)
    ended: Counter[str] = Counter()
    slow: list[bytes] = []
    for _ in range(COUNT):
        body = mutate(random, random.choice(rights))
        took, wait, (status, answer) = _time_request(service, send, body)
        assert _is_orderly(status, answer), (status, answer[:500], body[:2_000])
        ended[status] += 1
        if took > MOST_SECONDS or wait > MOST_WAIT:
            slow.append(body)
    for body in slow:
        again = [_time_request(service, send, body)[:2] for _ in range(TRIES)]
        assert min(took for took, _ in again) <= MOST_SECONDS, (again, body[:2_000])
        assert min(wait for _, wait in again) <= MOST_WAIT, (again, body[:2_000])
    assert len(ended) > 1, ended


def _time_request(
    service: Service, send: Callable[[bytes], Reply], body: bytes
) -> tuple[float, float, Reply]:
    """How long it took, how long somebody else had to wait meanwhile, and what was said."""
    service.pulse.longest, started = 0.0, time.monotonic()
    try:
        said = send(body)
    except (OSError, HTTPException, WebSocketException) as error:
        said = "broken", repr(error).encode()
    return time.monotonic() - started, service.pulse.longest, said


def _is_orderly(status: str, answer: bytes) -> bool:
    """Neither a failure of ours nor silence."""
    failed = b"INTERNAL" in answer or b"Traceback" in answer or b"Python" in answer
    return not failed and status not in ("broken", "1006", "1011") and not status.startswith("5")


def _quoted(text: str | bytes) -> str:
    """Halves of characters, too, which are no UTF-8."""
    return quote(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
