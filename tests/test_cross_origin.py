"""Other origins: what their pages may ask, and read, by each value of `KB_CORS_ORIGINS`."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from httpx2 import Response as Answer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient, WebSocketDenialResponse

from kb.app import create_app
from kb.config import Settings
from kb.server.requests import EVENT_STREAM
from kb.server.websocket import PROTOCOL
from tests.support.databases import SqlitePlace, prepare
from tests.support.service import GRAPHQL, JSON, ROUTES

ASKED = {"query": "{ revision }"}
ALLOWED = "access-control-allow-origin"
HEADERS = "access-control-allow-headers"
APP, OTHER = "https://app.example", "https://other.example"
LISTED = f"{APP}, https://*.apps.example"
LOCAL = "http://localhost:5173"
READERS = [("*", OTHER), ("*", "null"), ("*", LOCAL), (f"{LISTED}, *", OTHER)]
CALLERS = [
    (LISTED, APP),
    (LISTED, "https://a.b.apps.example"),
    (f"{LISTED}, *", APP),
    ("auto", LOCAL),
    ("auto", "http://127.0.0.1:3000"),
]
STRANGERS = [
    (LISTED, OTHER),
    (LISTED, "https://apps.example"),
    (LISTED, "http://app.example"),
    (LISTED, "null"),
    (LISTED, LOCAL),
    ("auto", OTHER),
    ("auto", "null"),
    ("", LOCAL),
]
"""Values of the setting, each with an origin that may read, send a token too, or neither."""


@contextmanager
def serve(template: Settings, cors_origins: str) -> Iterator[TestClient]:
    settings = Settings(database_url=template.database_url, cors_origins=cors_origins)
    app = create_app(settings)

    async def fail(_: Request) -> Response:
        raise RuntimeError

    app.routes.append(Route("/fails", fail))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TestClient]]:
    """A client of a service for each value."""
    empty = prepare(SqlitePlace(tmp_path_factory.mktemp("origins")).create())
    values = {cors_origins for cors_origins, _ in READERS + CALLERS + STRANGERS}
    with ExitStack() as stack:
        yield {value: stack.enter_context(serve(empty, value)) for value in values}


@pytest.fixture
def client(clients: dict[str, TestClient], cors_origins: str) -> TestClient:
    return clients[cors_origins]


def of(cases: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("cors_origins", "origin"), cases)


def vary_names(headers: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in headers.get("vary", "").split(",")]


def allowed(answer: Answer, origin: str) -> bool:
    """Whether a page of that origin may read it; what no browser may be told stands in none."""
    assert "Origin" in vary_names(answer.headers)
    assert "access-control-allow-credentials" not in answer.headers
    values = answer.headers.get_list(ALLOWED)
    assert values in ([], ["*"], [origin])
    return bool(values)


def ask_first(client: TestClient, origin: str, method: str, *headers: str) -> Answer:
    sent = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        sent["Access-Control-Request-Headers"] = ",".join(headers)
    return client.options("/graphql", headers=sent)


def socket_status(client: TestClient, headers: dict[str, str]) -> int:
    """Of the handshake: 101 if it is opened."""
    try:
        with client.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
    except WebSocketDenialResponse as refused:
        return refused.status_code
    return 101


@pytest.mark.parametrize(
    ("cases", "may_read"), [(READERS + CALLERS, True), (STRANGERS, False)], ids=["may", "may not"]
)
def test_every_answer_says_who_may_read_it(
    clients: dict[str, TestClient], cases: list[tuple[str, str]], may_read: bool
) -> None:
    """Refusals and failures, too: a script may read what was wrong."""
    routes = ROUTES | {"/fails": 500, "/search?q=a": 200, "/states/XX": 404, "/export": 200}
    for cors_origins, origin in cases:
        for path, status in routes.items():
            headers = {"Origin": origin, "Accept": GRAPHQL}
            answer = clients[cors_origins].get(path, headers=headers)
            assert answer.status_code == status, path
            assert allowed(answer, origin) is may_read, (cors_origins, origin, path)


@of(READERS + CALLERS)
def test_who_may_read_may_ask_and_listen(client: TestClient, origin: str) -> None:
    answer = ask_first(client, origin, "POST", "content-type", "x-apollo-operation-name")
    assert answer.status_code == 200
    assert allowed(answer, origin)
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert answer.headers["access-control-max-age"] == "7200"
    posted = client.post("/graphql", json=ASKED, headers={"Origin": origin})
    assert (posted.status_code, allowed(posted, origin)) == (200, True)
    assert {"ETag", "X-KB-Revision", "Retry-After", "Content-Disposition", "Link", "Location"} <= {
        name.strip() for name in posted.headers["access-control-expose-headers"].split(",")
    }
    assert socket_status(client, {"Origin": origin}) == 101


@of(STRANGERS)
def test_who_may_not_reaches_nothing(client: TestClient, origin: str) -> None:
    refused = ask_first(client, origin, "POST", "content-type")
    assert refused.status_code == 403
    assert "KB_CORS_ORIGINS" in refused.text
    assert not allowed(refused, origin)
    assert socket_status(client, {"Origin": origin}) == 403


@of(CALLERS)
def test_a_listed_origin_may_send_a_token(client: TestClient, origin: str) -> None:
    answer = ask_first(client, origin, "POST", "authorization", "content-type")
    assert answer.status_code == 200
    assert answer.headers[ALLOWED] == origin
    assert "Authorization" in answer.headers[HEADERS]


@of(READERS + STRANGERS)
def test_no_other_may(client: TestClient, origin: str) -> None:
    answer = ask_first(client, origin, "POST", "authorization", "content-type")
    assert answer.status_code == 403
    assert "Authorization" not in answer.headers[HEADERS]


@of(CALLERS[:1] + READERS[:1])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nobody_may_send_what_is_never_answered(
    client: TestClient, origin: str, method: str
) -> None:
    assert ask_first(client, origin, method).status_code == 403
    answer = client.request(method, "/graphql", headers={"Origin": origin})
    assert (answer.status_code, allowed(answer, origin)) == (405, True)


@of([("", LOCAL), ("auto", OTHER), (LISTED, OTHER)])
def test_pages_of_the_service_need_no_permission(client: TestClient, origin: str) -> None:
    """By TLS at a proxy, too, where the scheme is another; nor do programs that are no browsers."""
    del origin
    for own in ("http://kb.example", "https://kb.example"):
        assert socket_status(client, {"Origin": own, "Host": "kb.example"}) == 101
    assert socket_status(client, {"Origin": OTHER, "Sec-Fetch-Site": "same-origin"}) == 101
    assert socket_status(client, {}) == 101


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, EVENT_STREAM])
@of(CALLERS[:1])
def test_answers_by_get_and_post(client: TestClient, origin: str, accept: str) -> None:
    """Kept ones too: each is asked for often enough to be kept."""
    headers = {"Accept": accept, "Origin": origin}
    for _ in range(4):
        for answer in (
            client.post("/graphql", json=ASKED, headers=headers),
            client.get("/graphql", params=ASKED, headers=headers),
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(accept)
            assert '"revision":' in answer.text
            assert answer.headers[ALLOWED] == origin
            encoded = [] if accept == EVENT_STREAM else ["Accept-Encoding"]
            assert vary_names(answer.headers) == ["Accept", *encoded, "Origin"]


@of(CALLERS[:1])
def test_whoever_has_a_kept_answer_already(client: TestClient, origin: str) -> None:
    headers = {"Accept": JSON, "Origin": origin}
    tag = client.get("/graphql", params=ASKED, headers=headers).headers["etag"]
    for _ in range(3):
        answer = client.get("/graphql", params=ASKED, headers=headers | {"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers[ALLOWED] == origin
        assert vary_names(answer.headers) == ["Accept", "Accept-Encoding", "Origin"]


@of([(LISTED, APP)])
def test_no_answer_that_is_kept_remembers_who_asked(client: TestClient, origin: str) -> None:
    for asking in (origin, OTHER, None, origin, OTHER, None) * 2:
        headers = {"Accept": JSON} | ({"Origin": asking} if asking else {})
        answer = client.post("/graphql", json=ASKED, headers=headers)
        assert answer.headers.get_list(ALLOWED) == [origin] * (asking == origin)
        assert answer.headers.get_list("vary") == ["Accept, Accept-Encoding, Origin"]


@pytest.mark.parametrize("path", ["/graphql?query={revision}", "/readyz", "/", "/export"])
def test_a_lost_database_is_told_to_other_origins(tmp_path: Path, path: str) -> None:
    """And a preflight asks no database."""
    settings = prepare(SqlitePlace(tmp_path).create())
    with serve(settings, "*") as client:
        Path(settings.database_name).unlink()
        assert ask_first(client, OTHER, "POST", "content-type").status_code == 200
        answer = client.get(path, headers={"Origin": OTHER, "Accept": JSON})
        assert (answer.status_code, allowed(answer, OTHER)) == (503, True)
