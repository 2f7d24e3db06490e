"""Over HTTP: what a client gets, with one database behind the application."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.errors import DatabaseMissing
from schema.build import sdl
from tests.support.databases import Place
from tests.support.service import GRAPHQL, JSON

pytestmark = pytest.mark.sweep

NAME = '{ state(code: "UZ") { name } }'
ANSWER = {"data": {"state": {"name": "Uzbekistan"}}}


@pytest.fixture(scope="module")
def client(place: Place, loaded: Settings) -> Iterator[TestClient]:
    app = create_app(place.create(loaded))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_post(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": NAME})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding, Origin"
    assert response.json() == ANSWER


def test_get(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": NAME})
    assert response.json() == ANSWER


def test_variables_and_operation_name(client: TestClient) -> None:
    query = "query A { revision } query B($c: String!) { state(code: $c) { name } }"
    named, variables = {"query": query, "operationName": "B"}, {"c": "UZ"}
    posted = client.post("/graphql", json={**named, "variables": variables})
    assert posted.json() == ANSWER
    got = client.get("/graphql", params={**named, "variables": json.dumps(variables)})
    assert got.json() == ANSWER


def test_operations_of_one_document_are_kept_apart(client: TestClient) -> None:
    query = 'query A { state(code: "UZ") { name } } query B { state(code: "KZ") { name } }'
    for name, answer in (("A", "Uzbekistan"), ("B", "Kazakhstan"), ("A", "Uzbekistan")):
        response = client.post("/graphql", json={"query": query, "operationName": name})
        assert response.json() == {"data": {"state": {"name": answer}}}


def test_what_a_url_leaves_empty_is_left_out(empty_client: TestClient) -> None:
    url = "/graphql?query={revision}&variables=&operationName=&extensions="
    assert empty_client.get(url).json() == {"data": {"revision": "0"}}


def test_text_beyond_ascii_arrives_as_it_is(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "{ ключ: __typename a: revision }"})
    assert "errors" in response.json()
    claims = client.post(
        "/graphql",
        json={
            "query": '{ node(id: "Citation:csto-am-member-start-in-comment-2019") '
            "{ ... on Citation { claim } } }"
        },
    )
    assert claims.encoding == "utf-8"
    assert "\\u" not in claims.text


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{JSON}, multipart/mixed", JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.6", JSON),
        (f"{JSON};q=0, */*;q=0.1", GRAPHQL),
        (f"text/html, {GRAPHQL.upper()};Q=0.1", GRAPHQL),
        (f"{JSON};q=high", JSON),
    ],
)
def test_the_media_type_that_the_client_prefers(
    empty_client: TestClient, accept: str, chosen: str
) -> None:
    response = empty_client.post(
        "/graphql", json={"query": "{ revision }"}, headers={"accept": accept}
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{chosen}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0"])
def test_a_client_that_accepts_neither(empty_client: TestClient, accept: str) -> None:
    response = empty_client.post(
        "/graphql", json={"query": "{ revision }"}, headers={"accept": accept}
    )
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONE"])
def test_other_methods(empty_client: TestClient, method: str) -> None:
    response = empty_client.request(method, "/graphql?query={revision}")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_only_queries_by_get(empty_client: TestClient) -> None:
    response = empty_client.get("/graphql?query=mutation{__typename}")
    assert response.status_code == 405
    assert response.json()["errors"][0]["message"] == (
        "mutations are not allowed when using GET; send the operation by POST"
    )


def test_the_schema_as_text(client: TestClient) -> None:
    assert client.get("/schema.graphql").text == sdl()


def test_a_browser_gets_the_explorer(client: TestClient) -> None:
    accept = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    response = client.get("/graphql", headers=accept)
    assert response.headers["content-type"].startswith("text/html")
    assert "GraphiQL" in response.text
    page = client.get("/graphql", params={"query": NAME}, headers=accept)
    assert "GraphiQL" in page.text


def test_who_is_no_browser_gets_none(empty_client: TestClient) -> None:
    for accept in ("*/*", f"{JSON}, text/html"):
        response = empty_client.get("/graphql", headers={"accept": accept})
        assert response.status_code == 400
        assert (
            response.json()["errors"][0]["message"] == "the URL has no query; send one as `query`"
        )


def test_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        create_app(Settings(database_url=f"sqlite:///{tmp_path}/none.db"))
