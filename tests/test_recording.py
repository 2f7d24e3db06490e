"""Each request is recorded once, with what became of it, and carries an id from end to end."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import LogForm, Settings
from kb.server.error_codes import FAILED
from kb.telemetry.log_lines import LineFormatter
from kb.telemetry.record import RequestRecord, ignore
from tests.support.databases import Place
from tests.support.service import GRAPHQL, ROUTES
from tests.support.transports import by_events, by_post, by_socket

pytestmark = pytest.mark.sweep

ID = "x-request-id"
TRACE = "0af7651916cd43dd8448eb211c80319c"
MADE = r"[0-9a-f]{24}"
TEXT, AS_JSON = LineFormatter(LogForm.TEXT), LineFormatter(LogForm.JSON)
TEMPLATES = {"/export/states.csv": "/export/{file}", "/assets/nothing.js": "/assets"}
QUERY = {"query": "query Revision { revision }"}


@pytest.fixture(scope="module")
def everything() -> list[RequestRecord]:
    return []


@pytest.fixture(scope="module")
def client(
    everything: list[RequestRecord], place: Place, migrated: Settings
) -> Iterator[TestClient]:
    app = create_app(place.create(migrated), everything.append)

    async def fail(request: Request) -> Response:
        async def blocks() -> AsyncIterator[bytes]:
            yield b"a part"
            raise RuntimeError

        if request.query_params:
            return StreamingResponse(blocks(), headers={"Vary": "Accept"})
        raise RuntimeError

    app.routes.append(Route("/fails", fail))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def records(everything: list[RequestRecord]) -> list[RequestRecord]:
    everything.clear()
    return everything


@pytest.mark.parametrize(("url", "status"), ROUTES.items())
def test_every_route_is_recorded_once(
    client: TestClient, records: list[RequestRecord], url: str, status: int
) -> None:
    answer = client.get(url, headers={"Accept": GRAPHQL, "Accept-Encoding": "identity"})
    (record,) = records
    path, _, _ = url.partition("?")
    assert (record.method, record.path, record.status) == ("GET", path, status)
    assert record.route in (TEMPLATES.get(path, path), "")
    assert (record.sent, record.id) == (len(answer.content), answer.headers[ID])
    assert 0 < record.ended - record.begun < 10


@pytest.mark.parametrize(
    ("url", "status", "text", "vary"),
    [
        ("/fails", 500, f"{FAILED}\n", "Origin"),
        ("/fails?late=1", 200, "a part", "Accept, Origin"),
    ],
)
def test_a_failure_is_recorded_and_answered_unless_an_answer_has_begun(
    client: TestClient,
    records: list[RequestRecord],
    url: str,
    status: int,
    text: str,
    vary: str,
) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers.get_list("vary") == [vary]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    (record,) = records
    assert (record.status, record.code, record.sent) == (status, "INTERNAL", len(text))
    assert answer.headers.get_list(ID) == [record.id]


@pytest.mark.parametrize(
    ("headers", "id_"),
    [
        ({}, MADE),
        ({ID: "a.b:c+d/e=f@g-1_2"}, r"a\.b:c\+d/e=f@g-1_2"),
        ({ID: "a" * 128}, "a{128}"),
        ({ID: "a" * 129}, MADE),
        ({ID: "a b"}, MADE),
        ({ID: ""}, MADE),
        ({ID: "ü".encode()}, MADE),
        ({"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}, TRACE),
        ({"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", ID: "mine"}, "mine"),
        ({"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", ID: "no good"}, TRACE),
        ({"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}, MADE),
        ({"traceparent": f"ff-{TRACE}-b7ad6b7169203331-01"}, MADE),
        ({"traceparent": f"00-{TRACE}-{'0' * 16}-01"}, MADE),
        ({"traceparent": TRACE}, MADE),
    ],
)
def test_ids_are_taken_or_made(client: TestClient, headers: dict[str, str], id_: str) -> None:
    assert re.fullmatch(id_, client.get("/livez", headers=headers).headers[ID])


def test_ids_that_are_made_are_never_the_same(client: TestClient) -> None:
    assert len({client.get("/livez").headers[ID] for _ in range(5)}) == 5


def test_an_operation_is_named_and_known_by_its_hash(
    client: TestClient, records: list[RequestRecord]
) -> None:
    for _ in range(4):
        assert "data" in by_post(client, QUERY)
    # By `printf 'query Revision { revision }' | sha256sum`.
    assert [record.operation for record in records] == [("query", "Revision", "34de30b785b1")] * 4
    # Made in full, made by a kept plan and kept, given.
    assert [record.cached for record in records] == [False, False, True, True]
    assert [record.price for record in records] == [1, 1, None, None]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ members(organisation: "X", asOf: "soon") { certain { code } } }', None),
        ("query A { revision } query B { revision }", "UNKNOWN_OPERATION"),
    ],
)
@pytest.mark.parametrize("ask", [by_post, by_events, by_socket])
def test_the_code_of_a_refusal_is_recorded(
    client: TestClient, records: list[RequestRecord], ask: object, query: str, code: str | None
) -> None:
    assert callable(ask)
    response = ask(client, {"query": query})
    told = {error["extensions"]["code"] for error in response["errors"]}
    assert {records[0].code} == told
    assert code is None or told == {code}


def test_an_operation_of_a_websocket_is_recorded_beside_its_connection(
    client: TestClient, records: list[RequestRecord]
) -> None:
    by_socket(client, QUERY)
    operation, connection = records
    assert (operation.method, operation.status, operation.path) == ("", 0, "/graphql")
    assert operation.operation is not None
    assert operation.operation.name == "Revision"
    assert (connection.method, connection.status, connection.route) == ("GET", 101, "/graphql")
    assert operation.id == connection.id


SECRET = "canary-of-a-secret"


def test_neither_texts_nor_values_nor_tokens_are_logged(
    client: TestClient, records: list[RequestRecord]
) -> None:
    body = {
        "query": f'query Q($a: String!) {{ state(code: $a) {{ name }} a: state(code: "{SECRET}") '
        "{ name } }",
        "variables": {"a": SECRET},
        "extensions": {SECRET: SECRET},
    }
    headers = {"Authorization": f"Bearer {SECRET}", "User-Agent": SECRET, "X-Request-Id": "a b"}
    by_post(client, body)
    by_socket(client, body)
    client.get(f"/search?q={SECRET}")
    client.post("/graphql", json=body, headers=headers)
    assert len(records) == 5
    for line in (*TEXT.format_requests(records), *AS_JSON.format_requests(records)):
        assert SECRET not in line


HOSTILE = '/a\nb\r\x1b[2J\x00\x7f\x85\u2028\u202e" status=200 x="\\é'


@pytest.mark.parametrize("path", [HOSTILE, "/" + "a" * 5_000, "/" + "\n" * 300])
def test_nobody_forges_a_line(path: str) -> None:
    record = RequestRecord("1", ignore)
    record.method, record.path, record.status = "GET", path, 404
    record.end()
    (line,), (as_json,) = TEXT.format_requests([record]), AS_JSON.format_requests([record])
    for each in (line, as_json):
        assert each.isascii()
        assert each.isprintable()
        assert len(each) < 2_000
    told = json.loads(as_json)
    assert told["path"] in (path, f"{path[:200]}…")
    assert f" path={json.dumps(told['path'])} " in line
    assert (told["event"], told["status"], told["cached"]) == ("request", 404, None)
    # The two forms tell the same.
    assert [name for name in told if name not in ("time", "level", "event")] == re.findall(
        r" (\w+)=", re.sub(r'"(\\.|[^"])*"', "", line)
    )


@pytest.mark.parametrize("formatter", [TEXT, AS_JSON], ids=["text", "json"])
def test_each_line_has_the_millisecond_at_which_its_request_ended(
    formatter: LineFormatter,
) -> None:
    """Also where many are formatted together, which ended in different seconds."""
    records, epoch = list[RequestRecord](), time.time() - time.perf_counter()
    for tenths in (0, 1, 9, 10, 11, 25, 0):
        record = RequestRecord("a", ignore)
        record.end()
        record.ended += tenths / 10
        records.append(record)
    for record, line in zip(records, formatter.format_requests(records), strict=True):
        (moment,) = re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line)
        told = datetime.fromisoformat(moment).timestamp()
        assert abs(told - epoch - record.ended) < 0.01
