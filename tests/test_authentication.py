"""Who sends a request: a token that does not hold is an error at every door, never nobody's.

Where `KB_READ` is `token`, nothing is read without one, by any door.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from kb import database, tokens
from kb.app import create_app
from kb.config import Audience
from kb.roles import Role
from kb.server.bearers import BOUND
from kb.server.requests import EVENT_STREAM
from kb.server.websocket import PROTOCOL
from kb.web.assets import asset_path
from tests.support.curated import ADA, curator, expect_payload, mutation_text, token
from tests.support.databases import Database
from tests.support.pages import PAGE
from tests.support.service import GRAPHQL, JSON

pytestmark = pytest.mark.sweep

ASKED = {"query": "{ revision }"}
WRITING = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": ADA}}
READING = (
    *("/", "/states/UZ", "/states/UZ/mentionedIn.csv", "/search?q=csto", "/graphql"),
    *("/graphql?query={revision}", "/schema.graphql", "/export", "/export/states.csv", "/nowhere"),
)
OPEN = ("/livez", "/readyz", asset_path("site.js"))


@contextmanager
def serve(filled: Database, read: Audience = Audience.PUBLIC) -> Iterator[TestClient]:
    settings = filled.settings.model_copy(update={"read": read})
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(filled: Database) -> Iterator[TestClient]:
    with serve(filled) as client:
        yield client


@pytest.fixture
def closed(filled: Database) -> Iterator[TestClient]:
    with serve(filled, Audience.TOKEN) as client:
        yield client


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def revoke(of: Database, made: str) -> None:
    with database.write_transaction(of.engine) as connection:
        tokens.revoke(connection, made.split("_")[1])


def wrong_tokens(of: Database) -> Iterator[str]:
    made = token(of)
    yield from ("", "x", "kb_", f"{made}x", made.replace("kb", "bk"))
    revoked, expired = token(of), token(of)
    revoke(of, revoked)
    day = "2020-01-01T00:00:00.000000Z"
    of.run(f"update token set expires_at = '{day}' where id = '{expired.split('_')[1]}'")
    yield from (revoked, expired)


def test_a_token_that_does_not_hold_is_no_one_s(filled: Database, client: TestClient) -> None:
    for wrong in wrong_tokens(filled):
        headers = bearing(wrong)
        for body in (ASKED, WRITING):
            for accept in (JSON, GRAPHQL, EVENT_STREAM):
                answer = client.post("/graphql", json=body, headers=headers | {"Accept": accept})
                assert answer.status_code == 401, wrong
                assert answer.headers["www-authenticate"] == "Bearer"
                (error,) = answer.json()["errors"]
                assert error["extensions"] == {"code": "UNAUTHENTICATED"}
                assert "data" not in answer.json()
                assert "secret" not in answer.text
        for path in READING:
            assert client.get(path, headers=headers).status_code == 401, path
        for path in OPEN:
            assert client.get(path, headers=headers).status_code == 200, path


@pytest.mark.parametrize("accept", [PAGE["accept"], "*/*", "text/plain"])
def test_refusals_can_be_read(closed: TestClient, accept: str) -> None:
    answer = closed.get("/", headers={"Accept": accept})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "reading takes a token here; send one as `Authorization: Bearer …`" in answer.text
    assert answer.text.startswith("<!doctype html>") == (accept == PAGE["accept"])


def test_closed_reading(filled: Database, closed: TestClient) -> None:
    for path in READING:
        assert closed.get(path, headers={"Accept": JSON}).status_code == 401, path
        assert closed.head(path).status_code == 401, path
    for accept in (JSON, EVENT_STREAM):
        headers = {"Accept": accept}
        assert closed.post("/graphql", json=ASKED, headers=headers).status_code == 401
        assert closed.post("/graphql", json=WRITING, headers=headers).status_code == 401
    for path in OPEN:
        assert closed.get(path).status_code == 200, path
    for role in Role:
        borne = bearing(token(filled, role))
        for path in READING[:-1]:
            accept = PAGE["accept"] if path == "/graphql" else "*/*"
            assert closed.get(path, headers=borne | {"Accept": accept}).status_code == 200, path
        assert "data" in closed.post("/graphql", json=ASKED, headers=borne).json()


def test_a_websocket_with_a_wrong_token_is_not_opened(filled: Database, closed: TestClient) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        closed.websocket_connect("/graphql", [PROTOCOL], headers=bearing("kb_x_y")),
    ):
        pass
    assert denied.value.status_code == 401
    assert denied.value.headers["www-authenticate"] == "Bearer"
    headers = bearing(token(filled, Role.READER))
    with closed.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"


def test_other_schemes_are_for_others(client: TestClient) -> None:
    for value in ("Basic eDp5", "Digest x", ""):
        headers = {"Authorization": value}
        assert client.post("/graphql", json=ASKED, headers=headers).status_code == 200


def test_a_request_says_once_who_sends_it(filled: Database, client: TestClient) -> None:
    """Of two, a proxy and the service could each take another."""
    good = bearing(token(filled))["Authorization"]
    for values in (("Basic eDp5", good), (good, "Bearer x"), ("Basic eDp5", "Bearer x")):
        headers = [("Authorization", value) for value in values]
        answer = client.post("/graphql", json=ASKED, headers=headers)
        assert answer.status_code == 401
        assert "more than one `Authorization`" in answer.text
        for path in OPEN:
            assert client.get(path, headers=headers).status_code == 200, path


@pytest.mark.parametrize("blank", ["\t", "  ", " \t "])
def test_any_blank_parts_a_token_from_its_scheme(
    filled: Database, client: TestClient, blank: str
) -> None:
    for sent, status in ((token(filled), 200), ("kb_x_y", 401)):
        headers = {"Authorization": f"Bearer{blank}{sent}"}
        assert client.post("/graphql", json=ASKED, headers=headers).status_code == status


def test_a_revoked_token_ends_within_its_bound(filled: Database, client: TestClient) -> None:
    made = token(filled, Role.READER)
    query = "subscription { changes { revision } }"
    with client.websocket_connect("/graphql", [PROTOCOL], headers=bearing(made)) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
        assert socket.receive_json()["type"] == "next"
        assert client.post("/graphql", json=ASKED, headers=bearing(made)).status_code == 200
        revoke(filled, made)
        time.sleep(BOUND)
        assert client.post("/graphql", json=ASKED, headers=bearing(made)).status_code == 401
        expect_payload(curator(filled).record("Official", **ADA))
        while (message := socket.receive_json())["type"] == "next":
            pass
    assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_an_open_websocket_asks_for_the_token_with_each_operation(
    filled: Database, client: TestClient
) -> None:
    """Not at its door alone, which may be long ago."""
    made = token(filled, Role.READER)
    with client.websocket_connect("/graphql", [PROTOCOL], headers=bearing(made)) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        outcomes = []
        for number in ("1", "2"):
            socket.send_json({"type": "subscribe", "id": number, "payload": ASKED})
            outcomes.append(socket.receive_json())
            if number == "1":
                assert socket.receive_json()["type"] == "complete"
                revoke(filled, made)
                time.sleep(BOUND)
    assert [outcome["type"] for outcome in outcomes] == ["next", "error"]
    assert outcomes[1]["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


def test_a_use_is_noted_once_an_hour(filled: Database, client: TestClient) -> None:
    made = token(filled, Role.READER)
    assert used_at(filled, made) is None
    assert client.post("/graphql", json=ASKED, headers=bearing(made)).status_code == 200
    noted = await_use(filled, made)
    with database.write_transaction(filled.engine) as connection:
        tokens.note_use(connection, made.split("_")[1])
    assert used_at(filled, made) == noted
    filled.run("update token set used_at = '2020-01-01T00:00:00.000000Z'")
    with database.write_transaction(filled.engine) as connection:
        tokens.note_use(connection, made.split("_")[1])
    assert str(used_at(filled, made)) >= str(noted)


def used_at(of: Database, made: str) -> object:
    ((used,),) = of.rows("select used_at from token where id = :id", id=made.split("_")[1])
    return used


def await_use(of: Database, made: str) -> object:
    for _ in range(200):
        if used := used_at(of, made):
            return used
        time.sleep(0.02)
    pytest.fail("it is not noted")
