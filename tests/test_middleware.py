"""Middleware that is added to the application wraps every route, GraphQL's among them.

It is added as Starlette documents it, by `add_middleware`, in these tests alone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.app import App, create_app
from kb.config import Settings
from kb.server.requests import EVENT_STREAM
from kb.server.websocket import PROTOCOL
from tests.support.databases import SqlitePlace, prepare
from tests.support.service import GRAPHQL, JSON

ORIGIN = "https://reader.example"
ASKED = {"query": "{ revision }"}
ALLOWED = "access-control-allow-origin"
NUMBER = "x-number"
ROUTES = {
    "/": 200,
    "/graphql": 400,
    "/graphql?query={revision}": 200,
    "/graphql?query={nothing}": 400,
    "/schema.graphql": 200,
    "/export/states.csv": 200,
    "/livez": 200,
    "/readyz": 200,
    "/assets/nothing.js": 404,
    "/nowhere": 404,
    "/" + "a" * 4_001: 414,
}
"""Each with the status of its answer to GET, as GraphQL's own media type."""


class NumberingMiddleware:
    """Gives every answer a number, and keeps of each connection its type and path."""

    def __init__(self, app: ASGIApp, seen: list[tuple[str, str]]) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        self._seen.append((scope["type"], scope["path"]))

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[NUMBER] = str(len(self._seen))
            await send(message)

        await self._app(scope, receive, numbered)


@pytest.fixture(scope="module")
def empty_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("middleware")).create())


@contextmanager
def serve(settings: Settings, add: Callable[[App], None]) -> Iterator[TestClient]:
    app = create_app(settings)
    add(app)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def cross_origin(empty_settings: Settings) -> Iterator[TestClient]:
    """Served to another origin, from where each request comes."""

    def add(app: App) -> None:
        app.add_middleware(CORSMiddleware, allow_origins=[ORIGIN], allow_methods=["GET", "POST"])

    with serve(empty_settings, add) as client:
        client.headers["Origin"] = ORIGIN
        yield client


@pytest.fixture
def seen() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def numbering_client(empty_settings: Settings, seen: list[tuple[str, str]]) -> Iterator[TestClient]:
    with serve(empty_settings, lambda app: app.add_middleware(NumberingMiddleware, seen)) as client:
        yield client


def vary_names(headers: Mapping[str, str]) -> set[str]:
    return {name.strip() for name in headers.get("vary", "").split(",")}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, EVENT_STREAM])
def test_answers_to_another_origin(cross_origin: TestClient, accept: str) -> None:
    """Kept ones too: each is asked for often enough to be kept."""
    for _ in range(4):
        for answer in (
            cross_origin.post("/graphql", json=ASKED, headers={"Accept": accept}),
            cross_origin.get("/graphql", params=ASKED, headers={"Accept": accept}),
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(accept)
            assert '"revision":' in answer.text
            assert answer.headers[ALLOWED] == ORIGIN
            assert vary_names(answer.headers) == {"Accept", "Origin"}


def test_whoever_has_a_kept_answer_already(cross_origin: TestClient) -> None:
    headers = {"Accept": JSON}
    tag = cross_origin.get("/graphql", params=ASKED, headers=headers).headers["etag"]
    named = headers | {"If-None-Match": tag}
    for _ in range(3):
        answer = cross_origin.get("/graphql", params=ASKED, headers=named)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers[ALLOWED] == ORIGIN
        assert vary_names(answer.headers) == {"Accept", "Origin"}


def test_no_answer_that_is_kept_remembers_who_asked(cross_origin: TestClient) -> None:
    for origin in (ORIGIN, "https://other.example", ORIGIN, "https://other.example") * 2:
        headers = {"Accept": JSON, "Origin": origin}
        answer = cross_origin.post("/graphql", json=ASKED, headers=headers)
        assert answer.headers.get_list(ALLOWED) == [ORIGIN] * (origin == ORIGIN)
        assert len(answer.headers.get_list("vary")) == 1


@pytest.mark.parametrize("path", ["/graphql", "/"])
def test_a_browser_asks_first(cross_origin: TestClient, path: str) -> None:
    headers = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = cross_origin.options(path, headers=headers)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers[ALLOWED] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    refused = cross_origin.options(path, headers=headers | {"Origin": "https://other.example"})
    assert refused.status_code == 400
    assert ALLOWED not in refused.headers


@pytest.mark.parametrize(("path", "status"), ROUTES.items())
def test_all_else_to_another_origin(cross_origin: TestClient, path: str, status: int) -> None:
    answer = cross_origin.get(path, headers={"Accept": GRAPHQL})
    assert answer.status_code == status
    assert answer.headers[ALLOWED] == ORIGIN


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_refusals_to_another_origin(cross_origin: TestClient, method: str) -> None:
    """A script may read what was wrong."""
    answer = cross_origin.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers[ALLOWED] == ORIGIN


@pytest.mark.parametrize(("path", "status"), ROUTES.items())
def test_every_route_is_wrapped(
    numbering_client: TestClient, seen: list[tuple[str, str]], path: str, status: int
) -> None:
    for number in (1, 2, 3, 4):
        answer = numbering_client.get(path, headers={"Accept": GRAPHQL})
        assert answer.status_code == status
        assert answer.headers.get_list(NUMBER) == [str(number)]
    assert seen == [("http", path.partition("?")[0])] * 4


def test_the_last_one_added_sees_a_request_first(empty_settings: Settings) -> None:
    seen: list[tuple[str, str]] = []

    def add(app: App) -> None:
        app.add_middleware(NumberingMiddleware, seen)
        app.add_middleware(CORSMiddleware, allow_origins=[ORIGIN])

    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    with serve(empty_settings, add) as client:
        assert client.options("/graphql", headers=headers).status_code == 200
        assert seen == []
        answer = client.get("/graphql", params=ASKED, headers={"Origin": ORIGIN, "Accept": JSON})
        assert (answer.headers[ALLOWED], answer.headers[NUMBER]) == (ORIGIN, "1")


def test_websockets_are_wrapped(numbering_client: TestClient, seen: list[tuple[str, str]]) -> None:
    with numbering_client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        socket.send_json({"type": "subscribe", "id": "1", "payload": ASKED})
        assert socket.receive_json()["payload"] == {"data": {"revision": "0"}}
        assert socket.receive_json() == {"type": "complete", "id": "1"}
    assert seen == [("websocket", "/graphql")]
