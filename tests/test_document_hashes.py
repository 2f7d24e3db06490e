"""Documents by their hash, as Apollo's clients ask, and by their id, by every transport."""

from hashlib import sha256
from itertools import count

import pytest
from starlette.testclient import TestClient

from kb.errors import UnknownHash
from kb.server import document_cache
from kb.server.document_store import MOST_SENT, DocumentStore
from kb.server.requests import EVENT_STREAM
from tests.support.service import GRAPHQL, JSON
from tests.support.transports import (
    TRANSPORTS,
    Ask,
    by_events,
    by_get,
    by_post,
    by_socket,
    only_error,
    url_query,
)

NUMBERS = count()
Body = dict[str, object]


def new_text(selection: str = "revision") -> str:
    """A document that nobody has sent yet."""
    return f"{{ a{next(NUMBERS)}: {selection} }}"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashed(text: str, more: Body | None = None, *, sent: bool = False) -> Body:
    """A request by hash alone, or with its text."""
    persisted = {"version": 1, "sha256Hash": hash_of(text)}
    body: Body = {"extensions": {"persistedQuery": persisted}, **(more or {})}
    return {"query": text, **body} if sent else body


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_a_text_is_sent_once(empty_client: TestClient, ask: Ask) -> None:
    text = new_text()
    unknown = only_error(ask(empty_client, hashed(text)))
    assert unknown == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    answer = ask(empty_client, hashed(text, sent=True))
    assert answer == by_post(empty_client, {"query": text})
    for asked in (hashed(text), {"query": "", **hashed(text)}):
        for other in TRANSPORTS.values():
            assert other(empty_client, asked) == answer


def test_variables_and_names_go_with_a_hash(empty_client: TestClient) -> None:
    text = "query A { revision } query B($skip: Boolean!) { revision @skip(if: $skip) b: revision }"
    more: Body = {"operationName": "B", "variables": {"skip": True}}
    by_post(empty_client, hashed(text, more, sent=True))
    for ask in (by_post, by_get):
        assert ask(empty_client, hashed(text, more)) == {"data": {"b": "0"}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_a_hash_that_is_unknown_is_told_by_200_and_kept_by_nobody(
    empty_client: TestClient, accept: str
) -> None:
    """Some clients send the text only after 200."""
    headers, body = {"accept": accept}, hashed(new_text())
    for answer in (
        empty_client.post("/graphql", json=body, headers=headers),
        empty_client.get(f"/graphql?{url_query(body)}", headers=headers),
    ):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_a_hash_of_another_text_is_refused(empty_client: TestClient, ask: Ask) -> None:
    text = new_text()
    lie = {**hashed(text), "query": "{ revision }"}
    assert only_error(ask(empty_client, lie))[1] == "PERSISTED_QUERY_MISMATCH"
    assert only_error(ask(empty_client, hashed(text)))[1] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "persisted",
    [1, [], {}, {"version": 1}, {"version": 2, "sha256Hash": "a"}, {"version": 1, "sha256Hash": 1}],
)
def test_what_is_no_hash(empty_client: TestClient, persisted: object) -> None:
    for body in ({}, {"query": "{ revision }"}):
        told = by_post(empty_client, {**body, "extensions": {"persistedQuery": persisted}})
        message, code = only_error(told)
        assert code == "BAD_REQUEST"
        assert message.endswith('send {"version":1,"sha256Hash":"…"}')


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_an_id_that_is_unknown(empty_client: TestClient, ask: Ask) -> None:
    assert only_error(ask(empty_client, {"documentId": "abc"})) == (
        'no document has the id "abc"; send its text as `query`, or have it listed',
        "UNKNOWN_DOCUMENT",
    )


def test_what_was_sent_with_its_hash_has_an_id(empty_client: TestClient) -> None:
    """That of GraphQL over HTTP."""
    text = new_text()
    answer = by_post(empty_client, hashed(text, sent=True))
    assert by_get(empty_client, {"documentId": f"sha256:{hash_of(text)}"}) == answer


def test_no_document_has_two_names(empty_client: TestClient) -> None:
    told = by_post(empty_client, {"query": "{ revision }", "documentId": "abc"})
    assert only_error(told) == (
        "the body has both `query` and `documentId`; send one of them",
        "BAD_REQUEST",
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{a" * 10_000, "TOO_LARGE"),
        ("{" + "a: revision " * 600 + "}", "TOO_LARGE"),
    ],
)
def test_a_hash_opens_no_other_door(empty_client: TestClient, text: str, code: str) -> None:
    by_post(empty_client, hashed(text, sent=True))
    for ask in (by_post, by_get, by_socket):
        assert only_error(ask(empty_client, hashed(text)))[1] == code


def test_a_mutation_by_hash_needs_post(empty_client: TestClient) -> None:
    text = "mutation { __typename }"
    assert by_post(empty_client, hashed(text, sent=True)) == {"data": {"__typename": "Mutation"}}
    url = f"/graphql?{url_query(hashed(text))}"
    assert empty_client.get(url, headers={"accept": JSON}).status_code == 405
    assert empty_client.get(url, headers={"accept": EVENT_STREAM}).status_code == 405


def test_subscriptions_by_hash(empty_client: TestClient) -> None:
    text = 'subscription { changes(after: "x") { revision } }'
    by_socket(empty_client, hashed(text, sent=True))
    for ask in (by_socket, by_events):
        assert only_error(ask(empty_client, hashed(text)))[1] == "BAD_CURSOR"


def test_texts_are_bounded_in_bytes() -> None:
    store = DocumentStore({}, locked=False)
    texts = [f"{{ a{number} }}{'#' * 100_000}" for number in range(2 * MOST_SENT // 100_000)]
    for text in texts:
        store.accept(text, hash_of(text))
    assert store.weight <= MOST_SENT
    assert store.find_by_hash(hash_of(texts[-1])) == texts[-1]
    with pytest.raises(UnknownHash):
        store.find_by_hash(hash_of(texts[0]))


FULL = "X-KB-Min-Revision"
"""Whoever sends it is answered by the full path."""
STATE = "state(code: $code) { name }"


def about_state(code: str, text: str, *, sent: bool = False) -> Body:
    return hashed(text, {"variables": {"code": code}}, sent=sent)


def test_the_same_bytes_by_either_path(empty_client: TestClient) -> None:
    text = f"query ($code: String!) {new_text(STATE)}"
    by_post(empty_client, about_state("UZ", text, sent=True))
    body = about_state("UZ", text)
    for request in (
        empty_client.build_request("POST", "/graphql", json=body),
        empty_client.build_request("GET", f"/graphql?{url_query(body)}"),
    ):
        request.headers["X-Request-Id"] = "the-same"
        request.headers[FULL] = "0"
        full = empty_client.send(request)
        assert "data" in full.json()
        del request.headers[FULL]
        for _ in range(3):
            answer = empty_client.send(request)
            assert answer.content == full.content
            assert answer.headers.multi_items() == full.headers.multi_items()


def test_no_text_is_parsed_again(empty_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"query ($code: String!) {new_text(STATE)}"
    answer = by_post(empty_client, about_state("UZ", text, sent=True))
    monkeypatch.delattr(document_cache, "parse")
    for code in ("UZ", "KZ", "KZ", "KZ"):
        assert by_post(empty_client, about_state(code, text)) == answer


def test_a_text_that_was_pushed_out_can_come_back(empty_client: TestClient) -> None:
    """However often its answer was asked for: no kept one hides the text from the store."""
    text = new_text()
    for _ in range(4):
        answer = by_post(empty_client, hashed(text, sent=True))
    for _ in range(2 * MOST_SENT // 900_000):
        by_post(empty_client, hashed(f"#{next(NUMBERS)}{'#' * 900_000}", sent=True))
    assert only_error(by_post(empty_client, hashed(text)))[1] == "PERSISTED_QUERY_NOT_FOUND"
    by_post(empty_client, hashed(text, sent=True))
    assert by_post(empty_client, hashed(text)) == answer
