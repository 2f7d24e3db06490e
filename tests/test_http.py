"""Over HTTP: what a client gets, with one database behind the application."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.errors import DatabaseMissing
from schema.build import sdl
from tests.databases import Place

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
    assert response.headers["content-type"] == "application/json"
    assert response.json() == ANSWER


def test_get(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": NAME})
    assert response.json() == ANSWER


def test_variables_and_operation_name(client: TestClient) -> None:
    response = client.post(
        "/graphql",
        json={
            "query": "query A { revision } query B($c: String!) { state(code: $c) { name } }",
            "operationName": "B",
            "variables": {"c": "UZ"},
        },
    )
    assert response.json() == ANSWER


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
    ("body", "said"),
    [
        ({"query": "{ nothing }"}, "Cannot query field 'nothing' on type 'Query'."),
        ({"query": "{"}, "Syntax Error: Expected Name, found <EOF>."),
        (
            {"query": "query ($c: String!) { state(code: $c) { name } }"},
            "Variable '$c' has invalid value: Expected a value of non-null type 'String!'"
            " to be provided.",
        ),
        (
            {
                "query": 'query ($d: Date!) { organisation(slug: "csto")'
                " { members(asOf: $d) { certainty } } }",
                "variables": {"d": "2016-02-30"},
            },
            "Variable '$d' has invalid value",
        ),
        ({"query": "query A { revision } query B { revision }"}, "Must provide operation name"),
    ],
)
def test_errors_say_what_is_wrong(client: TestClient, body: dict[str, object], said: str) -> None:
    errors = client.post("/graphql", json=body).json()["errors"]
    assert said in errors[0]["message"]


@pytest.mark.parametrize(
    ("content", "status"), [(b"no json", 400), (b"", 400), (b"[]", 400), (b"{}", 400)]
)
def test_bodies_that_are_no_request(client: TestClient, content: bytes, status: int) -> None:
    response = client.post(
        "/graphql", content=content, headers={"content-type": "application/json"}
    )
    assert response.status_code == status


def test_the_schema_as_text(client: TestClient) -> None:
    assert client.get("/schema.graphql").text == sdl()


def test_a_browser_gets_the_explorer(client: TestClient) -> None:
    response = client.get("/graphql", headers={"accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")
    assert "GraphiQL" in response.text
    assert client.get("/").headers["location"] == "/graphql"


def test_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        create_app(Settings(database_url=f"sqlite:///{tmp_path}/none.db"))
