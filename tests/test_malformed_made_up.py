"""Requests that are none, made up by the thousand: an answer in GraphQL's form, and never a 5xx."""

import json
import re
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.websockets import WebSocketDisconnect

from kb.server.websocket import PROTOCOL
from tests.support.malformed import DOCUMENTS, EDITS, NAMES, REQUESTS, SCALARS, TOKENS, VALUES
from tests.support.service import JSON
from tests.support.strict_server import GOOD, StrictServer, closing_of
from tests.support.transports import TRANSPORTS, Response, by_events, by_post, by_socket

pytestmark = pytest.mark.slow

MANY = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@MANY
@given(body=st.binary(max_size=80))
def test_random_bytes(server: StrictServer, body: bytes) -> None:
    server.post(body)


@MANY
@given(value=VALUES)
def test_json_of_every_shape(server: StrictServer, value: object) -> None:
    server.post(json.dumps(value).encode())


@MANY
@given(members=st.dictionaries(NAMES, VALUES | st.sampled_from(DOCUMENTS)))
def test_members_of_every_shape(server: StrictServer, members: dict[str, object]) -> None:
    server.post(json.dumps(members).encode())


@MANY
@given(request=REQUESTS, edits=EDITS, ascii_=st.booleans())
def test_edited_requests(
    server: StrictServer,
    request: dict[str, object],
    edits: list[tuple[int, int, bytes]],
    ascii_: bool,
) -> None:
    body = json.dumps(request, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    for place, length, put in edits:
        body = body[:place] + put + body[place + length :]
    server.post(body)


FEW = settings(MANY, max_examples=20)


@FEW
@given(members=REQUESTS)
def test_requests_of_every_shape_by_every_transport(
    server: StrictServer, members: dict[str, object]
) -> None:
    expected = by_post(server.client, members)
    for ask in TRANSPORTS.values():
        assert comparable(ask(server.client, members)) == comparable(expected)


@FEW
@given(members=st.dictionaries(NAMES, VALUES | st.sampled_from(DOCUMENTS)))
def test_members_of_every_shape_by_every_transport(
    server: StrictServer, members: dict[str, object]
) -> None:
    expected = by_post(server.client, members)
    assert by_events(server.client, members) == expected
    assert comparable(by_socket(server.client, members)) == comparable(expected)


def comparable(told: Response) -> object:
    """A close says as much of a fault of the request as its reason has room for."""
    errors = told.get("errors")
    if not isinstance(errors, list) or errors[0]["extensions"] != {"code": "BAD_REQUEST"}:
        return closing_of(told)[1][:60] if "closed" in told else told
    (error,) = errors
    message = error["message"].replace("the body", "the message").replace("the URL", "the message")
    return re.sub("`(variables|extensions)` in the message", "the message", message)[:60]


@pytest.mark.long
@settings(MANY, max_examples=150)
@given(
    frame=st.text(max_size=40)
    | VALUES.map(json.dumps)
    | st.builds(
        json.dumps,
        st.fixed_dictionaries(
            {"type": st.sampled_from(["subscribe", "complete", "ping", "pong", "connection_init"])},
            optional={"id": SCALARS | st.just("1"), "payload": VALUES | REQUESTS},
        ),
    ),
    edits=EDITS,
)
def test_odd_frames(server: StrictServer, frame: str, edits: list[tuple[int, int, bytes]]) -> None:
    """An answer in the protocol's form, or a close that gives its reason; never an abrupt end."""
    for place, length, put in edits:
        text = put.decode(errors="replace")
        frame = frame[:place] + text + frame[place + length :]
    with server.client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_text(frame)
        socket.send_json({"type": "ping"})
        try:
            told = socket.receive_json()
        except WebSocketDisconnect as closed:
            told = {"type": str(closed.code), "reason": closed.reason}
    assert told["type"] in ("pong", "next", "error", "4400", "4409", "4429")
    assert told.get("reason", "none")
    assert "INTERNAL" not in str(told)


@MANY
@given(words=st.lists(st.sampled_from(TOKENS), max_size=24))
def test_documents_of_random_words(server: StrictServer, words: list[str]) -> None:
    server.post(json.dumps({"query": " ".join(words)}).encode())


@MANY
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                ["content-type", "content-encoding", "accept-charset", "content-length"]
            ),
            st.sampled_from([JSON, f"{JSON};charset=", "gzip", "utf-8", "-1", "1"])
            | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_odd_headers(server: StrictServer, headers: list[tuple[str, str]]) -> None:
    server.post(GOOD, *headers)


@MANY
@given(
    pairs=st.lists(
        st.tuples(NAMES, VALUES.map(json.dumps) | st.sampled_from(DOCUMENTS)), max_size=4
    ),
    tail=st.binary(max_size=12),
)
def test_odd_urls(server: StrictServer, pairs: list[tuple[str, str]], tail: bytes) -> None:
    query = "&".join(f"{name}={quote(text)}" for name, text in pairs)
    server.get(query + quote_from_bytes(tail, safe="%=&+"))
