"""Answers in the coding that clients prefer, by a real server: the same bytes once decoded."""

import gzip
import io
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage

import brotli
import pytest
import zstandard

from kb.content_coding import SMALLEST, preferred_coding
from tests.support.command import serving
from tests.support.service import free_port

DECODE = {
    "": bytes,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read(),
}
CODINGS = ("br", "gzip", "zstd")
EVENTS = "{ events(first: 50) { nodes { id title } } }"
LONG = "/graphql?query=%7Bevents(first:50)%7Bnodes%7Bid%20title%7D%7D%7D"
WRONG = "/graphql?query=%7B" + "%20".join(f"wrong{number}" for number in range(40)) + "%7D"
TEXTS = (
    LONG,
    WRONG,
    "/",
    "/states/UZ",
    "/states/UZ/memberships.json",
    "/schema.graphql",
    "/export",
    "/export/citations.csv",
)
SHORT = ("/graphql?query=%7Brevision%7D", "/livez", "/nowhere")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


def ask(
    port: int, path: str, coding: str = "", body: str = "", **more: str
) -> tuple[int, HTTPMessage, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Accept": "application/json", "Accept-Encoding": coding} | more
    if body:
        headers["Content-Type"] = "application/json"
    connection.request("POST" if body else "GET", path, body or None, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_is_the_same_in_every_coding(port: int, path: str) -> None:
    status, head, plain = ask(port, path)
    assert "content-encoding" not in head
    assert len(plain) > 1_000
    for coding in CODINGS:
        # The second is kept by the fast path, the third is given out of what it keeps.
        for _ in range(3):
            answered, headers, sent = ask(port, path, coding)
            assert (answered, headers["content-encoding"]) == (status, coding)
            assert len(sent) < len(plain) * 2 / 3
            assert DECODE[coding](sent) == plain
            assert int(headers["content-length"] or len(sent)) == len(sent)
            assert headers["etag"] == head["etag"]
            assert "Accept-Encoding" in headers["vary"].split(", ")
    assert "Accept-Encoding" in head["vary"].split(", ")


@pytest.mark.parametrize("path", SHORT)
def test_what_is_short_is_sent_as_it_is(port: int, path: str) -> None:
    for coding in CODINGS:
        _, headers, sent = ask(port, path, coding)
        assert "content-encoding" not in headers
        assert sent == ask(port, path)[2]


def test_a_file_that_is_compressed_already_is_sent_as_it_is(port: int) -> None:
    _, headers, sent = ask(port, "/export/citations.parquet", "zstd, br, gzip")
    assert "content-encoding" not in headers
    assert sent.endswith(b"PAR1")


def test_posted_queries_too(port: int) -> None:
    body = json.dumps({"query": EVENTS})
    _, _, plain = ask(port, "/graphql", body=body)
    for coding in CODINGS * 3:
        _, headers, sent = ask(port, "/graphql", coding, body)
        assert (headers["content-encoding"], DECODE[coding](sent)) == (coding, plain)


def test_events_come_as_they_are_made(port: int) -> None:
    body = json.dumps({"query": 'subscription { changes(after: "0") { cursor } }'})
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "zstd, br, gzip"}
    connection.request("POST", "/graphql", body, headers | {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert "content-encoding" not in answer.headers
    assert answer.readline() == b"event: next\r\n"
    connection.close()


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_head_tells_what_get_would(port: int, path: str, coding: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    heads = []
    for method in ("GET", "HEAD"):
        connection.request(method, path, headers={"Accept": "*/*", "Accept-Encoding": coding})
        answer = connection.getresponse()
        answer.read()
        own = ("date", "transfer-encoding", "x-request-id")
        heads.append({name: text for name, text in answer.headers.items() if name not in own})
    connection.close()
    assert heads[0] == heads[1]


@pytest.mark.parametrize(
    ("accepted", "preferred"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip; q=0.2 , br ;q=0.3", "br"),
        ("*", "zstd"),
        ("*;q=0.5, gzip", "gzip"),
        ("*, zstd;q=0", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("identity, gzip;q=0.9", ""),
        ("identity;q=0.5, gzip;q=0.6", "gzip"),
        ("zstd;q=0, br;q=0.0, gzip;q=0.000", ""),
        ("deflate, compress", ""),
        ("zstd;q=2, br;q=x, gzip", "gzip"),
        ("zstd;v=1, gzip", "gzip"),
        (", ,gzip,", "gzip"),
        ("gzip," * 1_000, ""),
        ("\xff, gzip", "gzip"),
    ],
)
def test_qualities_are_weighed(accepted: str, preferred: str) -> None:
    assert preferred_coding(accepted.encode("latin-1")) == preferred


def test_what_is_compressed_once_and_for_all_is_sent_as_small_as_it_gets() -> None:
    assert preferred_coding(b"gzip, deflate, br, zstd", SMALLEST) == "br"
