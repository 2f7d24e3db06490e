"""Middleware that is added to the application wraps every route, GraphQL's among them.

It is added as Starlette documents it, by `add_middleware`, in these tests alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.app import App, create_app
from kb.config import Settings
from kb.server.websocket import PROTOCOL
from tests.support.databases import SqlitePlace, prepare
from tests.support.service import GRAPHQL, JSON, ROUTES

ORIGIN = "https://reader.example"
ASKED = {"query": "{ revision }"}
ALLOWED = "access-control-allow-origin"
NUMBER = "x-number"


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
def seen() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def numbering_client(empty_settings: Settings, seen: list[tuple[str, str]]) -> Iterator[TestClient]:
    with serve(empty_settings, lambda app: app.add_middleware(NumberingMiddleware, seen)) as client:
        yield client


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
