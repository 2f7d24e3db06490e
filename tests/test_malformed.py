"""Requests that are none: whatever comes, an answer in GraphQL's form, and never a 5xx.

Each kind of malformed request by name, with its status and what it is told, which is the same by
every transport.
"""

import gzip
import time

import pytest
from starlette.websockets import WebSocketDisconnect

from kb.server import websocket
from kb.server.requests import EVENT_STREAM, MOST_BYTES
from kb.server.websocket import MOST_AT_ONCE, PROTOCOL
from tests.support.service import JSON
from tests.support.strict_server import GOOD, StrictServer, closing_of
from tests.support.transports import by_frame

BODIES = {
    b"": "the body is not JSON: Expecting value at character 0; send one JSON object",
    b"nothing": "the body is not JSON",
    b'{"query":"{ revision }\xff"}': "the body is not UTF-8 at byte 22; send JSON in UTF-8",
    b'{"query":"\xed\xa0\x80"}': "the body is not UTF-8",
    GOOD.decode().encode("utf-16"): "the body is not UTF-8",
    b"\xef\xbb\xbf" + GOOD: "the body begins with a byte order mark; leave it out",
    b'{"query":"{ revision }\0"}': "the body is not JSON: Invalid control character at character",
    GOOD + GOOD: "the body is not JSON: Extra data",
    b"null": "the body is no JSON object",
    b"12": "the body is no JSON object",
    b'"{ revision }"': "the body is no JSON object",
    b"[" + GOOD + b"]": "the body is a batch; send each operation in a request of its own",
    b"[" * 9_000: "the body nests too deeply; send it flatter",
    b'{"":' * 2_400: "the body nests too deeply",
    b'{"query":"{ revision }","query":"{ a }"}': 'the body has "query" twice; send it once',
    b'{"variables":{"a":NaN}}': '"NaN" is not a finite number; send one below 1.7e308',
    b'{"variables":{"a":-Infinity}}': '"-Infinity" is not a finite number',
    b'{"variables":{"a":1e400}}': '"1e400" is not a finite number',
    b'{"variables":{"a":1' + b"0" * 5_000 + b"}}": "is not a finite number",
    b'{"variables":{"a":"\\ud800"}}': "the body has half of a surrogate pair in a string",
    b'{"variables":{"\\udc00":1}}': "the body has half of a surrogate pair in a string",
    b'{"variables":["\\u0000"]}': "the body has the character U+0000 in a string; leave it out",
    b"{}": "the body has no query; send one as `query`",
    b'{"query":null}': "the body has no query",
    b'{"query":""}': "the body has no query",
    b'{"query":["{ revision }"]}': "`query` is not a string; send a string or leave it out",
    b'{"query":"{ a }","variables":[]}': "`variables` is not an object; send an object",
    b'{"query":"{ a }","variables":"{}"}': "`variables` is not an object",
    b'{"query":"{ a }","operationName":1}': "`operationName` is not a string",
    b'{"query":"{ a }","extensions":true}': "`extensions` is not an object",
}


@pytest.mark.parametrize("accept", [JSON, EVENT_STREAM])
@pytest.mark.parametrize(("body", "said"), BODIES.items(), ids=range(len(BODIES)))
def test_bodies(server: StrictServer, body: bytes, said: str, accept: str) -> None:
    status, message = server.post(body, ("content-type", JSON), ("accept", accept))
    assert status == 400
    assert said in message


@pytest.mark.parametrize("body", [body for body in BODIES if body.isascii()])
def test_bodies_in_frames(server: StrictServer, body: bytes) -> None:
    """The same words as by POST, as far as the reason of a close has room for them."""
    _, said = server.post(body)
    frame = b'{"id":"1","type":"subscribe","payload":%b}' % body
    told = by_frame(server.client, frame.decode())
    if body == b'{"query":""}':
        assert told["errors"] == [
            {
                "message": "the message has no query; send one as `query`",
                "extensions": {"code": "BAD_REQUEST"},
            }
        ]
        return
    code, reason = closing_of(told)
    assert code == 4400
    if said.startswith("the body is "):
        assert reason.startswith(("the message is not JSON: ", "`payload` of the message is not"))
    else:
        assert said.replace("the body", "the message").startswith(reason)


PAYLOAD = '"payload":{"query":"{ revision }"}'
FRAMES: dict[str | bytes, str] = {
    "": "the message is not JSON: Expecting value at character 0; send one JSON object",
    "{": "the message is not JSON",
    "[" * 9_000: "the message nests too deeply; send it flatter",
    "null": "the message is no JSON object",
    "[]": "the message is no JSON object",
    "1": "the message is no JSON object",
    "1.5": "the message is no JSON object",
    "true": "the message is no JSON object",
    '"ping"': "the message is no JSON object",
    b'{"type":"ping"}': "the message is binary; send text",
    b"\xff": "the message is binary",
    '\ufeff{"type":"ping"}': "the message begins with a byte order mark",
    '{"type":"ping","type":"ping"}': 'the message has "type" twice; send it once',
    '{"type":"ping","payload":{"a":NaN}}': '"NaN" is not a finite number',
    '{"type":"ping","payload":{"a":"\\ud800"}}': "the message has half of a surrogate pair",
    '{"type":"ping","payload":{"a":"\\u0000"}}': "the message has the character U+0000",
    '{"type":"ping","payload":[]}': "`payload` of the message is not an object; send an object, or",
    '{"type":"pong","payload":1}': "`payload` of the message is not an object",
    "{}": "the message has no type; send one of connection_init, subscribe, complete, ping, pong",
    '{"type":null}': "the message has no type",
    '{"type":["subscribe"]}': "the message has no type",
    '{"type":"start"}': 'the message is of type "start"; send one of connection_init',
    '{"type":"next","id":"1"}': 'the message is of type "next"',
    '{"type":"' + "é" * 500 + '"}': "the message is of type",
    '{"type":"connection_init","payload":1}': "`payload` of the message is not an object",
    '{"type":"complete"}': "`id` of the message is no string of 1 to 200 characters; send one",
    '{"type":"complete","id":1}': "`id` of the message is no string",
    f'{{"type":"subscribe",{PAYLOAD}}}': "`id` of the message is no string",
    f'{{"type":"subscribe","id":1,{PAYLOAD}}}': "`id` of the message is no string",
    f'{{"type":"subscribe","id":"",{PAYLOAD}}}': "`id` of the message is no string",
    f'{{"type":"subscribe","id":"{"x" * 201}",{PAYLOAD}}}': "`id` of the message is no string",
    '{"type":"subscribe","id":"1"}': "`payload` of the message is not an object; send one",
    '{"type":"subscribe","id":"1","payload":null}': "`payload` of the message is not an object",
    '{"type":"subscribe","id":"1","payload":{"query":null}}': "the message has no query",
}


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "at once"])
@pytest.mark.parametrize(("frame", "said"), FRAMES.items(), ids=range(len(FRAMES)))
def test_frames(server: StrictServer, frame: str | bytes, said: str, begun: bool) -> None:
    code, reason = closing_of(by_frame(server.client, frame, begun=begun))
    assert code == 4400
    assert said in reason


def test_the_order_of_messages(server: StrictServer) -> None:
    operation = f'{{"type":"subscribe","id":"1",{PAYLOAD}}}'
    assert by_frame(server.client, operation, begun=False)["closed"] == (4401, "Unauthorized")
    again = by_frame(server.client, '{"type":"connection_init"}')
    assert again["closed"] == (4429, "Too many initialisation requests")
    assert by_frame(server.client, '{"type":"pong","payload":null}\n{}')["closed"]
    for harmless in ('{"type":"ping","payload":{"a":1}}', '{"type":"ping"}'):
        assert by_frame(server.client, harmless, begun=False) == {"type": "pong"}


def test_one_id_at_a_time(server: StrictServer) -> None:
    listen = '{"type":"subscribe","id":"%s","payload":{"query":"subscription{changes{at}}"}}'
    with server.client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_text('{"type":"connection_init","payload":null}')
        socket.send_text(listen % "one")
        socket.send_text('{"type":"complete","id":"nobody"}')
        socket.send_text('{"type":"complete","id":"one"}')
        socket.send_text(listen % "one")
        socket.send_text(listen % "two")
        socket.send_text(listen % "one")
        assert socket.receive_json() == {"type": "connection_ack"}
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        said = (closed.value.code, closed.value.reason)
        assert said == (4409, "Subscriber for one already exists")


def test_so_many_operations_at_once(server: StrictServer) -> None:
    listen = {"type": "subscribe", "payload": {"query": "subscription { changes { at } }"}}
    with server.client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        for number in range(MOST_AT_ONCE + 1):
            socket.send_json({**listen, "id": str(number)})
        assert socket.receive_json() == {"type": "connection_ack"}
        told = socket.receive_json()
        assert (told["id"], told["type"]) == (str(MOST_AT_ONCE), "error")
        assert told["payload"][0]["extensions"] == {"code": "TOO_LARGE"}


@pytest.mark.parametrize("protocols", [None, ["graphql-ws"], ["soap", "GraphQL-Transport-WS"]])
def test_other_protocols(server: StrictServer, protocols: list[str] | None) -> None:
    """The older one, which its authors gave up, among them."""
    with server.client.websocket_connect("/graphql", protocols) as socket:
        assert socket.accepted_subprotocol is None
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert (closed.value.code, closed.value.reason) == (4406, "Subprotocol not acceptable")


def test_long_frames(server: StrictServer) -> None:
    rest = len('{"type":"ping","payload":{"a":""}}')
    whole = '{"type":"ping","payload":{"a":"%s"}}'
    assert by_frame(server.client, whole % ("x" * (MOST_BYTES - rest))) == {"type": "pong"}
    for longer in ("x" * (MOST_BYTES - rest + 1), "é" * (MOST_BYTES // 2)):
        told = by_frame(server.client, whole % longer)
        said = "the message is longer than 1000000 bytes; send a shorter one"
        assert told["closed"] == (1009, said)


def test_who_never_begins_is_sent_away(
    server: StrictServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "INITIALISATION", 0.05)
    with server.client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        said = (closed.value.code, closed.value.reason)
        assert said == (4408, "Connection initialisation timeout")
    with server.client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        time.sleep(0.1)
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        (None, "kb.example", 101),
        ("https://kb.example", "kb.example", 101),
        ("http://kb.example:8000", "kb.example:8000", 101),
        ("https://elsewhere.example", "kb.example", 403),
        ("null", "kb.example", 403),
    ],
)
def test_pages_of_other_sites_open_none(
    server: StrictServer, origin: str | None, host: str, status: int
) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    if status == 403:
        with (
            pytest.raises(WebSocketDisconnect),
            server.client.websocket_connect("/graphql", [PROTOCOL], headers=headers),
        ):
            raise AssertionError
        return
    with server.client.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
        assert socket.accepted_subprotocol == PROTOCOL


@pytest.mark.parametrize(
    "type_",
    [
        "",
        ";",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=",
        "application/json;charset=utf-8;charset=latin-1",
        "application/jsonÿ",
    ],
)
def test_content_types(server: StrictServer, type_: str) -> None:
    assert server.post(GOOD, ("content-type", type_))[0] == 415


def test_no_content_type(server: StrictServer) -> None:
    told = server.post(GOOD, ("accept", JSON))
    assert told == (415, "there is no content type; send JSON as application/json")


@pytest.mark.parametrize("type_", ["Application/JSON", 'application/json ; charset="UTF-8"; a=b'])
def test_content_types_that_will_do(server: StrictServer, type_: str) -> None:
    assert server.post(GOOD, ("content-type", type_)) == (200, "")


def test_two_content_types(server: StrictServer) -> None:
    told = server.post(GOOD, ("content-type", JSON), ("content-type", "text/plain"))
    assert told[0] == 415


def test_compressed(server: StrictServer) -> None:
    headers = (("content-type", JSON), ("content-encoding", "gzip"))
    told = server.post(gzip.compress(GOOD), *headers)
    assert told == (415, "the body is compressed; send it uncompressed")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"query":"{ a }","x":[' + b"1," * 9_000 + b"1]}",
            "or more, and 2,000 are allowed",
        ),
        (b'{"query":"{ a }","' + b"x" * 2_000 + b'":1}', "the body has a name of 2,000 characters"),
    ],
)
def test_bodies_of_too_much(server: StrictServer, body: bytes, said: str) -> None:
    status, message = server.post(body)
    assert status == 413
    assert said in message


def test_headers_that_are_too_long(server: StrictServer) -> None:
    status, message = server.post(GOOD, ("content-type", JSON + ";a=b" * 1_000))
    assert status == 431
    assert message.startswith("Content-Type has 4,016 characters, more than the 4,000 allowed; ")
    headers = (("content-type", JSON), ("accept", "text/plain," * 1_000))
    assert server.post(GOOD, *headers) == (200, "")


@pytest.mark.parametrize("path", ["/graphql", "/", "/search", "/export/states.csv", "/nowhere"])
def test_urls_that_are_too_long(server: StrictServer, path: str) -> None:
    for query, said in (("q=" + "a" * 60_000, "60,002 bytes"), ("a&" * 20, "21 parameters")):
        answer = server.client.get(f"{path}?{query}", headers={"accept": JSON})
        assert answer.status_code == 414
        assert f"the URL has {said}" in answer.text
        assert "allowed; send a shorter one, or send a long query by POST" in answer.text
    assert server.client.get("/" + "a" * 4_000).status_code == 414


def test_long_bodies(server: StrictServer) -> None:
    assert server.post(GOOD.ljust(MOST_BYTES)) == (200, "")
    refused = (413, "the body is longer than 1000000 bytes; send a shorter one")
    assert server.post(GOOD.ljust(MOST_BYTES + 1)) == refused
    assert server.post(b" " * 10_000 for _ in range(101)) == refused
    lying = (("content-type", JSON), ("content-length", "9" * 5_000))
    assert server.post(GOOD, *lying) == refused


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "the URL has no query; send one as `query`"),
        ("query=", "the URL has no query"),
        ("query=%ff", "the URL is not UTF-8; encode it as UTF-8"),
        ("query={a}&query={b}", 'the URL has "query" twice; send it once'),
        ("query={a}&variables={", "`variables` in the URL is not JSON"),
        ("query={a}&variables=[]", "`variables` is not an object"),
        ("query={a}&extensions=1", "`extensions` is not an object"),
        ("query={a}&variables=" + "[" * 9_000, "`variables` in the URL nests too deeply"),
        ('query={a}&variables={"a":"\\ud800"}', "half of a surrogate pair"),
    ],
    ids=range(9),
)
@pytest.mark.parametrize("accept", [JSON, EVENT_STREAM])
def test_urls(server: StrictServer, query: str, said: str, accept: str) -> None:
    status, message = server.get(query, ("accept", accept))
    assert status == 400
    assert said in message
