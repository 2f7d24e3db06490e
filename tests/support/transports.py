"""One operation asked by every transport, so that the answers can be compared.

In: a client of the application, and the members of a request. Out: the response as POST gives it;
a WebSocket that is closed gives its code and its reason instead.
"""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from httpx2 import Response as Answer
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from kb.server.requests import EVENT_STREAM
from kb.server.websocket import PROTOCOL
from tests.support.service import JSON

Response = dict[str, object]
Ask = Callable[[TestClient, Mapping[str, object]], Response]


def by_post(client: TestClient, body: Mapping[str, object]) -> Response:
    return parse_json(_post(client, body, JSON).text)


def _post(client: TestClient, body: Mapping[str, object], accept: str) -> Answer:
    headers = {"accept": accept, "content-type": JSON}
    return client.post("/graphql", content=json.dumps(body), headers=headers)


def by_get(client: TestClient, body: Mapping[str, object]) -> Response:
    return parse_json(client.get(f"/graphql?{url_query(body)}", headers={"accept": JSON}).text)


def by_events(client: TestClient, body: Mapping[str, object]) -> Response:
    answer = _post(client, body, EVENT_STREAM)
    return parse_events(answer.text) if answer.status_code == 200 else parse_json(answer.text)


def by_events_of_url(client: TestClient, body: Mapping[str, object]) -> Response:
    answer = client.get(f"/graphql?{url_query(body)}", headers={"accept": EVENT_STREAM})
    return parse_events(answer.text) if answer.status_code == 200 else parse_json(answer.text)


def by_socket(client: TestClient, body: Mapping[str, object]) -> Response:
    return by_frame(client, json.dumps({"id": "1", "type": "subscribe", "payload": body}))


TRANSPORTS: dict[str, Ask] = {
    "POST": by_post,
    "GET": by_get,
    "SSE by POST": by_events,
    "SSE by GET": by_events_of_url,
    "WebSocket": by_socket,
}


def by_frame(client: TestClient, frame: str | bytes, *, begun: bool = True) -> Response:
    """What a WebSocket says to one frame; it lives on, or has been closed."""
    with client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        if begun:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
        if isinstance(frame, bytes):
            socket.send_bytes(frame)
        else:
            socket.send_text(frame)
        try:
            return _read_messages(socket)
        except WebSocketDisconnect as closed:
            return {"closed": (closed.code, closed.reason)}


def _read_messages(socket: WebSocketTestSession) -> Response:
    """Of an operation: one `next` and `complete`, or one `error`; then the socket still answers."""
    first = json.loads(socket.receive_text())
    response: Response = first
    if first["type"] == "next":
        response = first["payload"]
        assert json.loads(socket.receive_text()) == {"id": first["id"], "type": "complete"}
    elif first["type"] == "error":
        response = {"errors": first["payload"]}
    socket.send_json({"type": "ping"})
    assert socket.receive_json() == {"type": "pong"}
    return response


def parse_events(text: str) -> Response:
    """Of an operation: one event `next`, then `complete`."""
    first, last, end = text.split("\r\n\r\n")
    assert (last, end) == ("event: complete\r\ndata: ", "")
    event_name, _, data = first.partition("\r\n")
    assert event_name == "event: next"
    return parse_json(data.removeprefix("data: "))


def parse_json(text: str) -> Response:
    response: Response = json.loads(text)
    return response


def only_error(response: Response) -> tuple[str, str]:
    """Its message and code; there is nothing beside it."""
    (name,) = response
    assert name == "errors"
    errors = response[name]
    assert isinstance(errors, list)
    (error,) = errors
    return error["message"], error["extensions"]["code"]


def url_query(body: Mapping[str, object]) -> str:
    """What is null is left out, as no URL can say it."""
    members = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in body.items()
        if value is not None
    }
    return urlencode(members)
