"""Requests that are none: whatever comes, an answer in GraphQL's form, and never a 5xx.

First each kind of malformed request by name, with its status and what it is told; then thousands
that Hypothesis makes.
"""

import gzip
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from schema.requests import MOST_BYTES
from tests.malformed import DOCUMENTS, EDITS, NAMES, REQUESTS, TOKENS, VALUES
from tests.service import JSON, empty_service

GOOD = b'{"query":"{ revision }"}'


class Server:
    """An empty knowledge base on one engine; the form of its answers is checked."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, body: bytes | Iterator[bytes], *headers: tuple[str, str]) -> tuple[int, str]:
        """Status and first message, if any; sent as JSON unless the headers say otherwise."""
        sent = headers or (("content-type", JSON),)
        return self._told("POST", "/graphql", body, [(k.encode(), _bytes(v)) for k, v in sent])

    def get(self, query: str) -> tuple[int, str]:
        return self._told("GET", f"/graphql?{query}", None, [])

    def _told(
        self,
        method: str,
        url: str,
        body: bytes | Iterator[bytes] | None,
        headers: list[tuple[bytes, bytes]],
    ) -> tuple[int, str]:
        response = self.client.request(method, url, content=body, headers=headers)
        assert response.status_code < 500, response.text
        assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
        answer = response.json()
        found = answer.get("errors", [])
        assert found or "data" in answer
        assert all(error["message"] and error["extensions"]["code"] for error in found)
        if response.status_code >= 400:
            assert [error["extensions"] for error in found] == [{"code": "BAD_REQUEST"}]
        return response.status_code, found[0]["message"] if found else ""


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with empty_service(tmp_path_factory.mktemp("malformed")) as client:
        yield Server(client)


BODIES = {
    b"": "the body is not JSON: Expecting value at character 0; send one JSON object",
    b"nothing": "the body is not JSON",
    b'{"query":"{ revision }\xff"}': "the body is not UTF-8 at byte 22; send JSON in UTF-8",
    b'{"query":"\xed\xa0\x80"}': "the body is not UTF-8",
    GOOD.decode().encode("utf-16"): "the body is not UTF-8",
    b"\xef\xbb\xbf" + GOOD: "the body begins with a byte order mark; leave it out",
    b'{"query":"{ revision }\0"}': "the body is not JSON: Invalid control character at character",
    GOOD + GOOD: "the body is not JSON: Extra data",
    b"null": "the body is no JSON object",
    b"12": "the body is no JSON object",
    b'"{ revision }"': "the body is no JSON object",
    b"[" + GOOD + b"]": "the body is a batch; send each operation in a request of its own",
    b"[" * 100_000: "the body nests too deeply; send it flatter",
    b'{"query":' * 100_000: "the body nests too deeply",
    b'{"query":"{ revision }","query":"{ a }"}': 'the body has "query" twice; send it once',
    b'{"variables":{"a":NaN}}': '"NaN" is not a finite number; send one below 1.7e308',
    b'{"variables":{"a":-Infinity}}': '"-Infinity" is not a finite number',
    b'{"variables":{"a":1e400}}': '"1e400" is not a finite number',
    b'{"variables":{"a":1' + b"0" * 5_000 + b"}}": "is not a finite number",
    b'{"variables":{"a":"\\ud800"}}': "the body has half of a surrogate pair in a string",
    b'{"variables":{"\\udc00":1}}': "the body has half of a surrogate pair in a string",
    b'{"variables":["\\u0000"]}': "the body has the character U+0000 in a string; leave it out",
    b"{}": "the body has no query; send one as `query`",
    b'{"query":null}': "the body has no query",
    b'{"query":""}': "the body has no query",
    b'{"query":["{ revision }"]}': "`query` is not a string; send a string or leave it out",
    b'{"query":"{ a }","variables":[]}': "`variables` is not an object; send an object",
    b'{"query":"{ a }","variables":"{}"}': "`variables` is not an object",
    b'{"query":"{ a }","operationName":1}': "`operationName` is not a string",
    b'{"query":"{ a }","extensions":true}': "`extensions` is not an object",
}


@pytest.mark.parametrize(("body", "said"), BODIES.items(), ids=range(len(BODIES)))
def test_bodies(server: Server, body: bytes, said: str) -> None:
    status, message = server.post(body)
    assert status == 400
    assert said in message


@pytest.mark.parametrize(
    "type_",
    [
        "",
        ";",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=",
        "application/json;charset=utf-8;charset=latin-1",
        "application/jsonÿ",
    ],
)
def test_content_types(server: Server, type_: str) -> None:
    assert server.post(GOOD, ("content-type", type_))[0] == 415


def test_no_content_type(server: Server) -> None:
    told = server.post(GOOD, ("accept", JSON))
    assert told == (415, "there is no content type; send JSON as application/json")


@pytest.mark.parametrize("type_", ["Application/JSON", 'application/json ; charset="UTF-8"; a=b'])
def test_content_types_that_will_do(server: Server, type_: str) -> None:
    assert server.post(GOOD, ("content-type", type_)) == (200, "")


def test_two_content_types(server: Server) -> None:
    told = server.post(GOOD, ("content-type", JSON), ("content-type", "text/plain"))
    assert told[0] == 415


def test_compressed(server: Server) -> None:
    headers = (("content-type", JSON), ("content-encoding", "gzip"))
    told = server.post(gzip.compress(GOOD), *headers)
    assert told == (415, "the body is compressed; send it uncompressed")


def test_long_bodies(server: Server) -> None:
    assert server.post(GOOD.ljust(MOST_BYTES)) == (200, "")
    refused = (413, "the body is longer than 1000000 bytes; send a shorter one")
    assert server.post(GOOD.ljust(MOST_BYTES + 1)) == refused
    assert server.post(b" " * 10_000 for _ in range(101)) == refused
    lying = (("content-type", JSON), ("content-length", "9" * 5_000))
    assert server.post(GOOD, *lying) == (200, "")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "the URL has no query; send one as `query`"),
        ("query=", "the URL has no query"),
        ("query=%ff", "the URL is not UTF-8; encode it as UTF-8"),
        ("query={a}&query={b}", 'the URL has "query" twice; send it once'),
        ("query={a}&variables={", "`variables` in the URL is not JSON"),
        ("query={a}&variables=[]", "`variables` is not an object"),
        ("query={a}&extensions=1", "`extensions` is not an object"),
        ("query={a}&variables=" + "[" * 30_000, "`variables` in the URL nests too deeply"),
        ('query={a}&variables={"a":"\\ud800"}', "half of a surrogate pair"),
    ],
    ids=range(9),
)
def test_urls(server: Server, query: str, said: str) -> None:
    status, message = server.get(query)
    assert status == 400
    assert said in message


MANY = settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@MANY
@given(body=st.binary(max_size=80))
def test_random_bytes(server: Server, body: bytes) -> None:
    server.post(body)


@MANY
@given(value=VALUES)
def test_json_of_every_shape(server: Server, value: object) -> None:
    server.post(json.dumps(value).encode())


@MANY
@given(members=st.dictionaries(NAMES, VALUES | st.sampled_from(DOCUMENTS)))
def test_members_of_every_shape(server: Server, members: dict[str, object]) -> None:
    server.post(json.dumps(members).encode())


@MANY
@given(request=REQUESTS, edits=EDITS, ascii_=st.booleans())
def test_edited_requests(
    server: Server,
    request: dict[str, object],
    edits: list[tuple[int, int, bytes]],
    ascii_: bool,
) -> None:
    body = json.dumps(request, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    for place, length, put in edits:
        body = body[:place] + put + body[place + length :]
    server.post(body)


@MANY
@given(words=st.lists(st.sampled_from(TOKENS), max_size=24))
def test_documents_of_random_words(server: Server, words: list[str]) -> None:
    server.post(json.dumps({"query": " ".join(words)}).encode())


@MANY
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                ["content-type", "content-encoding", "accept-charset", "content-length"]
            ),
            st.sampled_from([JSON, f"{JSON};charset=", "gzip", "utf-8", "-1", "1"])
            | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_odd_headers(server: Server, headers: list[tuple[str, str]]) -> None:
    server.post(GOOD, *headers)


@MANY
@given(
    pairs=st.lists(
        st.tuples(NAMES, VALUES.map(json.dumps) | st.sampled_from(DOCUMENTS)), max_size=4
    ),
    tail=st.binary(max_size=12),
)
def test_odd_urls(server: Server, pairs: list[tuple[str, str]], tail: bytes) -> None:
    query = "&".join(f"{name}={quote(text)}" for name, text in pairs)
    server.get(query + quote_from_bytes(tail, safe="%=&+"))
