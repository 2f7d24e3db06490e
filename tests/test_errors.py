"""Errors over HTTP: as the GraphQL library words them, each with its code; failures say nothing."""

import asyncio
import logging

import pytest
import strawberry
from graphql import graphql_sync
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from kb import errors
from kb.config import Settings
from kb.errors import Overloaded, TooSlow, Unavailable
from kb.server.endpoint import Endpoint
from kb.server.error_codes import CodedSchema, ErrorCode
from kb.server.load_shedding import Pressure
from kb.server.served_schema import open_context
from kb.web.pages import Site
from schema.build import build_schema
from tests.support.failing_reader import FailingReader
from tests.support.service import GRAPHQL, JSON
from tests.support.transports import (
    TRANSPORTS,
    Ask,
    by_events,
    by_events_of_url,
    by_get,
    by_post,
    by_socket,
)

Body = dict[str, object]
REFUSED: list[tuple[str, Body]] = [
    ("GRAPHQL_PARSE_FAILED", {"query": "{"}),
    ("GRAPHQL_VALIDATION_FAILED", {"query": "{ nothing also }"}),
    ("GRAPHQL_VALIDATION_FAILED", {"query": "{ nothing }", "operationName": "None"}),
    ("GRAPHQL_VALIDATION_FAILED", {"query": "type Query { revision: Int }"}),
    ("GRAPHQL_VALIDATION_FAILED", {"query": "mutation { nothing }"}),
    ("UNKNOWN_OPERATION", {"query": "query A { revision } query B { revision }"}),
    ("UNKNOWN_OPERATION", {"query": "query A { revision }", "operationName": "B"}),
    ("BAD_VARIABLES", {"query": "query ($c: String!) { state(code: $c) { name } }"}),
    (
        "BAD_VARIABLES",
        {"query": "query ($n: Int) { states(first: $n) { totalCount } }", "variables": {"n": "x"}},
    ),
    ("TOO_LARGE", {"query": "{a" * 10_000}),
]


MEMBERS = "organisation(slug: $slug) { members(asOf: $day) { status } }"
MISTAKEN: list[tuple[str, Body, str, int]] = [
    ("{ states { nodes { nme } } }", {}, "Did you mean 'name'?", 20),
    (
        '{ organisation(slug: "csto") { members(asOf: "14.10.2016") { status } } }',
        {},
        "'14.10.2016' is no day; write it as `2016-10-14`",
        46,
    ),
    (
        '{ memberships(filter: {startsOn: {after: "2016-13-14"}}) { totalCount } }',
        {},
        "'2016-13-14' is no day; write it as `2016-10-14`",
        42,
    ),
    (
        "{ memberships(filter: {startsOn: {after: 2016}}) { totalCount } }",
        {},
        "2016 is no day",
        42,
    ),
    (
        f'query ($slug: String = "csto", $day: Date!) {{ {MEMBERS} }}',
        {"day": "today"},
        "Variable '$day' has invalid value: 'today' is no day; write it as `2016-10-14`",
        32,
    ),
]
"""What people get wrong, what it tells them, and the column that it points to."""


@pytest.mark.parametrize(("query", "variables", "told", "column"), MISTAKEN)
def test_mistakes_read_well(
    empty_client: TestClient, query: str, variables: dict[str, str], told: str, column: int
) -> None:
    body = {"query": query, "variables": variables}
    (error,) = empty_client.post("/graphql", json=body, headers={"accept": JSON}).json()["errors"]
    assert told in error["message"]
    assert "encountered" not in error["message"]
    assert error["locations"] == [{"line": 1, "column": column}]


def test_a_number_of_any_length_is_told_in_our_words(empty_client: TestClient) -> None:
    query = f"{{ states(first: {'9' * 5_000}) {{ totalCount }} }}"
    (error,) = empty_client.post("/graphql", json={"query": query}).json()["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert error["message"].startswith("Expected value of type 'Int'; found: 999")


@pytest.mark.parametrize(("code", "body"), REFUSED)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
def test_operations_are_refused_as_the_library_refuses_them(
    empty_client: TestClient, code: str, body: dict[str, object], accept: str, status: int
) -> None:
    response = empty_client.post("/graphql", json=body, headers={"accept": accept})
    assert response.status_code == status
    assert list(response.json()) == ["errors"]
    refusals = response.json()["errors"]
    assert {error.pop("extensions")["code"] for error in refusals} == {code}
    assert refusals == library_errors(body)


LARGE = {
    "levels": "{a" * 50_000,
    "aliases": "{ " + " ".join(f"a{n}: revision" for n in range(50_000)) + " }",
    "comments": "{ revision " + "#\n" * 300_000 + "}",
    "text": '{ state(code: "' + "x" * 900_000 + '") { name } }',
    "digits": "{ states(first: " + "9" * 90_000 + ") { totalCount } }",
    "lists": "{ nodes(ids: " + "[" * 50_000,
    "directives": "{ revision " + "@skip(if: false) " * 900 + "}",
    "fields": "{ " + "revision " * 9_000 + "}",
    "fragments": "{ ...F0 } "
    + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(400)),
}


MUTATIONS = [
    "mutation { nothing }",
    "mutation { __typename }",
    'mutation { a: recordState(input: {code: "UZ"}) { ... on Forbidden { message } __typename }'
    " __typename }",
]
ALIKE: list[Body] = [
    *(body for _, body in REFUSED if body["query"] not in MUTATIONS),
    *(Body(query=query, variables=given) for query, given, _, _ in MISTAKEN),
    {"query": "{ states(first: 1000) { totalCount } other: states(first: -1) { totalCount } }"},
    {"query": "{ revision }", "operationName": ""},
    {"query": "query A { revision }", "operationName": "A", "extensions": {"a": 1}},
    {"query": "query A { revision } query B { revision }", "operationName": ""},
    {"query": " "},
    {"query": '{ state(code: "\ud7ff\U0001f600") { name } }', "variables": {}},
    {"query": "{ __typename feed { head counts { count } } states { nodes { code } } }"},
    {"query": '{ changes(after: "00") { totalCount } }'},
    {"query": "{ __schema { directives { name locations } } }"},
]


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize("body", ALIKE, ids=range(len(ALIKE)))
def test_all_transports_answer_alike(
    empty_client: TestClient, ask: Ask, body: dict[str, object]
) -> None:
    """Whatever is wrong with it, or nothing: the same data, the same errors, in the same words."""
    assert ask(empty_client, body) == by_post(empty_client, body)


@pytest.mark.parametrize("query", MUTATIONS)
def test_nothing_is_written_by_url(empty_client: TestClient, query: str) -> None:
    told = by_get(empty_client, {"query": query})
    assert told["errors"] == [
        {
            "message": "mutations are not allowed when using GET; send the operation by POST",
            "extensions": {"code": "BAD_REQUEST"},
        }
    ]
    assert by_events_of_url(empty_client, {"query": query}) == told
    for ask in (by_events, by_socket):
        assert ask(empty_client, {"query": query}) == by_post(empty_client, {"query": query})


def library_errors(body: dict[str, object]) -> object:
    variables, name = body.get("variables"), body.get("operationName")
    assert isinstance(variables, dict | None)
    assert isinstance(name, str | None)
    schema = build_schema().core
    result = graphql_sync(
        schema, str(body["query"]), variable_values=variables, operation_name=name
    )
    return result.formatted["errors"]


@pytest.mark.parametrize("ask", [by_events, by_socket])
@pytest.mark.parametrize("query", LARGE.values(), ids=LARGE)
def test_documents_of_any_size_are_answered_alike(
    empty_client: TestClient, ask: Ask, query: str
) -> None:
    assert ask(empty_client, {"query": query}) == by_post(empty_client, {"query": query})


def test_faults_of_arguments_have_their_path(empty_client: TestClient) -> None:
    answer = empty_client.post(
        "/graphql", json={"query": "{ some: states(first: 1000) { totalCount } }"}
    )
    (error,) = answer.json()["errors"]
    assert (error["path"], error["extensions"]) == (["some"], {"code": "BAD_ARGUMENT"})


@pytest.mark.parametrize("query", LARGE.values(), ids=LARGE)
def test_documents_of_any_size_are_answered(empty_client: TestClient, query: str) -> None:
    response = empty_client.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL})
    assert response.status_code == 400
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes <= {"TOO_LARGE", "GRAPHQL_VALIDATION_FAILED"}


def test_where_the_library_gives_up_is_too_much() -> None:
    @strawberry.type
    class Query:
        revision: str

    result = CodedSchema(Query).execute_sync(LARGE["fragments"])
    assert result.errors is not None
    assert [error.extensions for error in result.errors] == [{"code": "TOO_LARGE"}]


def failing_client(error: Exception) -> TestClient:
    context = open_context(Settings(), FailingReader(error))
    endpoint = Endpoint(context, Site(context).explorer)
    return TestClient(
        Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)])
    )


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("the password is xyzzy"), "INTERNAL"),
        (RecursionError(), "TOO_LARGE"),
        (TooSlow("it took long"), "TOO_SLOW"),
        (Unavailable("the database does not answer"), "UNAVAILABLE"),
    ],
)
def test_failures_are_told_alike(ask: Ask, error: Exception, code: str) -> None:
    told = ask(failing_client(error), {"query": "{ revision }"})
    assert told == by_post(failing_client(error), {"query": "{ revision }"})
    assert [error["extensions"] for error in told["errors"]] == [{"code": code}]  # type: ignore[attr-defined]  # It is a list.
    assert "xyzzy" not in str(told)


@pytest.mark.parametrize("query", ["subscription { changes { at } }", "{ revision }"])
def test_who_cannot_be_answered_is_told_by_a_socket_too(
    empty_client: TestClient, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    def check(_: Pressure) -> None:
        raise Overloaded("more is asked than can be answered", "try again in a moment")

    monkeypatch.setattr(Pressure, "check", check)
    assert by_socket(empty_client, {"query": query}) == by_post(empty_client, {"query": query})


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_failures_say_nothing_and_are_logged_once(
    accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = failing_client(RuntimeError("the password is xyzzy"))
    response = client.post("/graphql", json={"query": "{ revision }"}, headers={"accept": accept})
    assert response.status_code == 500
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL"}
    assert "the server failed" in error["message"]
    assert "xyzzy" not in response.text
    (record,) = caplog.records
    assert "the password is xyzzy" in logging.Formatter().format(record)
    assert "Traceback" in logging.Formatter().format(record)


def test_a_failure_outside_of_operations(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("xyzzy")

    monkeypatch.setattr(Endpoint, "process_result", fail)
    response = failing_client(RuntimeError()).post("/graphql", json={"query": "{ nothing }"})
    assert (response.status_code, len(caplog.records)) == (500, 1)
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL"}


def test_refusals_are_not_logged(
    empty_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    empty_client.post("/graphql", json={"query": "{ nothing }"})
    empty_client.post("/graphql", content=b"nothing")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_recursion_is_too_much_of_the_operation() -> None:
    response = failing_client(RecursionError()).post("/graphql", json={"query": "{ revision }"})
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "TOO_LARGE"}
    assert error["message"].startswith("the operation nests too deeply")


def test_a_client_that_goes_away_is_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": b""}
    context = open_context(Settings(), FailingReader(ClientDisconnect()))
    asyncio.run(Endpoint(context, Site(context).explorer)(scope, receive, send))
    assert (sent, caplog.records) == ([], [])


def test_codes_are_documented() -> None:
    assert errors.__doc__ is not None
    documented = set(errors.__doc__.split())
    assert {str(code) for code in ErrorCode} <= documented
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert {class_.code for class_ in classes if issubclass(class_, errors.KBError)} - {
        "KB_ERROR"
    } <= documented
