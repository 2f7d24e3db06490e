"""A budget for every request: what is too much is told as such, before it holds up anybody else."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from starlette.types import Message, Scope
from uvicorn import Config

from kb.admission import controlled_delay, rates
from kb.app import App, create_app
from kb.commit import joint_draft
from kb.config import Settings
from kb.database.read_pool import DEADLINE
from kb.files.json_reader import MOST_MEMBERS
from kb.files.load import MOST_FAULTS
from kb.mcp import told, tools
from kb.process import connections, deadlines, http_protocol, websocket_protocol
from kb.process.http_protocol import MOST_HEAD
from kb.query import conditions, grouping, introspection
from kb.query.compiler import MOST_VIEWS
from kb.query.cursor import MOST_CURSOR_CHARACTERS
from kb.query.executor import MOST_PARAMS, MOST_TEXT
from kb.query.fields import MOST_CHARACTERS
from kb.query.pagination import MOST_ROWS
from kb.query.planner import MOST_CONNECTIONS
from kb.query.price import MOST_COST
from kb.query.variables import MOST_ERRORS, MOST_VALUES, count_variable_values
from kb.records.entries import MOST_OF_RECORD
from kb.server import (
    answers,
    bearers,
    context,
    document_limits,
    downloads,
    feed_request,
    import_body,
    load_shedding,
    mutations,
    requests,
    spool,
    sse,
    strict_json,
    websocket,
)
from kb.server.error_codes import MOST_MESSAGE
from schema.anchors import MOST_PLACES
from schema.feed import MOST_CHANGES
from schema.search_terms import MOST_LETTERS, MOST_TOGETHER, MOST_WORDS
from tests.support import largest
from tests.support.databases import Database, SqlitePlace, prepare, shipped_seeds
from tests.support.largest import LargeRequest
from tests.support.malformed import VALUES
from tests.support.service import JSON

pytestmark = pytest.mark.sweep

HOLD_UP = 0.1
"""Seconds that a request may hold up all others."""
TOLD = {"TOO_LARGE", "BAD_VARIABLES", "BAD_REQUEST", "BAD_ARGUMENT", "BAD_CURSOR"} | {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "UNKNOWN_OPERATION",
    "OVERLOADED",
    "TOO_SLOW",
    "UNAUTHENTICATED",
}


def http_scope(sent: LargeRequest) -> Scope:
    headers = {"host": "127.0.0.1", "content-type": JSON, "accept": JSON}
    headers |= {name.lower(): value for name, value in sent.headers.items()}
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": sent.method,
        "path": "/graphql",
        "query_string": sent.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


async def send_request(app: App, sent: LargeRequest) -> tuple[float, int, bytes]:
    """Seconds of this thread's processor that it took, its status, and its body."""
    given: list[Message] = [{"type": "http.request", "body": sent.body, "more_body": False}]
    told: list[Message] = []

    async def receive() -> Message:
        return given.pop()

    async def send(message: Message) -> None:
        told.append(message)

    begun = time.thread_time()
    await app(http_scope(sent), receive, send)
    taken = time.thread_time() - begun
    return taken, told[0]["status"], b"".join(message.get("body", b"") for message in told)


def error_codes(body: bytes) -> set[str]:
    return {error["extensions"]["code"] for error in json.loads(body).get("errors", ())}


@pytest.fixture(scope="module")
def sqlite_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """SQLite, whose statements run where the others do."""
    with shipped_seeds() as folder:
        return prepare(SqlitePlace(tmp_path_factory.mktemp("budget")).create(), folder)


def measure_delays(settings: Settings, requests: Mapping[str, LargeRequest]) -> dict[str, float]:
    """By how much each held up the event loop; what none may be answered is refused here."""

    async def run() -> dict[str, float]:
        app, delays = create_app(settings), {}
        async with app.router.lifespan_context(app):
            await send_request(app, LargeRequest(largest.body("{revision}")))
            for name, sent in requests.items():
                await asyncio.sleep(0.001)  # Else the loop would count as late.
                delays[name], status, body = await send_request(app, sent)
                assert status < 500, (name, body)
                assert error_codes(body) <= TOLD, name
                assert len(body) < 300_000, name
        return delays

    return asyncio.run(run())


def test_no_request_holds_up_the_loop(sqlite_settings: Settings) -> None:
    delays = measure_delays(sqlite_settings, requests := largest.largest_requests())
    again = {name: requests[name] for name, seconds in delays.items() if seconds > HOLD_UP}
    late = {
        name: round(seconds, 3)
        for name, seconds in measure_delays(sqlite_settings, again).items()
        if seconds > HOLD_UP
    }
    assert late == {}


STATES = "query ($f: StateFilter) { states(filter: $f) { totalCount } }"
NODES = "query ($i: [ID!]!, $n: Int) { nodes(ids: $i) { id } states(first: $n) { totalCount } }"


def code_filter(count: int) -> dict[str, object]:
    """As many values, with the objects and the list around them."""
    return {"code": {"in": ["UZ"] * (count - 3)}}


def test_values_of_variables_are_limited_exactly(csto: Database) -> None:
    assert csto.ask(STATES, f=code_filter(MOST_VALUES))
    for unused in ({}, {"x": 1}):
        count = MOST_VALUES + 1 + len(unused)
        ((message, path, code),) = csto.refused(STATES, f=code_filter(MOST_VALUES + 1), **unused)
        assert message.startswith(f"the variables have {count:,} values, more than the 2,000 all")
        assert message.endswith("; send fewer at once, in parts or page by page")
        assert (path, code) == (None, "TOO_LARGE")


@pytest.mark.parametrize("wrong", [MOST_ERRORS, MOST_ERRORS + 1, 1_000])
def test_errors_of_variables_are_told_up_to_a_number(csto: Database, wrong: int) -> None:
    errors = csto.refused(STATES, f={"code": {"in": [1] * wrong}})
    told = [f"Variable '$f' has invalid value at .code.in[{place}]: " for place in range(20)]
    assert all(error[0].startswith(start) for error, start in zip(errors, told, strict=False))
    assert {error[2] for error in errors} == {"BAD_VARIABLES"}
    more = [f"More than {MOST_ERRORS} values do not fit their types; mend these first."]
    assert [error[0] for error in errors[MOST_ERRORS:]] == (more if wrong > MOST_ERRORS else [])


def test_errors_of_a_document_are_told_up_to_a_number(csto: Database) -> None:
    fields = " ".join(f"wrong{number}" for number in range(1_000))
    errors = csto.refused(f'{{ state(code: "UZ") {{ {fields} }} }}')
    assert len(errors) == MOST_ERRORS + 1
    assert {code for _, _, code in errors} == {"GRAPHQL_VALIDATION_FAILED"}


@given(value=VALUES)
def test_values_are_counted_by_the_signs_of_their_text(value: object) -> None:
    def empty(tree: object) -> int:
        inner = (
            tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
        )
        return 0 if inner is None else sum(map(empty, inner)) or not inner

    expected = count_variable_values(value) + empty(value)
    for indent, ascii_, slice_ in product((None, 1), (True, False), (1, 7, 10_000)):
        text = json.dumps(value, ensure_ascii=ascii_, indent=indent)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(strict_json, "_LONG", slice_)
            assert strict_json.count_json_values(text) == expected


TEXTS = {
    "a code": ("query ($t: String!) { here: state(code: $t) { name } }", MOST_CHARACTERS),
    "an id": ("query ($t: ID!) { here: node(id: $t) { id } }", MOST_CHARACTERS),
    "ids": ("query ($t: ID!) { here: nodes(ids: [$t]) { id } }", MOST_CHARACTERS),
    "a name": (
        "query ($t: String!) { here: states(filter: {name: {eq: $t}}) { totalCount } }",
        MOST_CHARACTERS,
    ),
    "names": (
        "query ($t: String!) { here: states(filter: {name: {in: [$t]}}) { totalCount } }",
        MOST_CHARACTERS,
    ),
    "a part": (
        "query ($t: String!) { here: states(filter: {name: {contains: $t}}) { totalCount } }",
        MOST_CHARACTERS,
    ),
    "a beginning": (
        "query ($t: String!) { here: terms(filter: {state: {startsWith: $t}}) { totalCount } }",
        MOST_CHARACTERS,
    ),
    "a search": ("query ($t: String!) { here: search(query: $t) { totalCount } }", MOST_LETTERS),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_limited_exactly(csto: Database, name: str) -> None:
    query, most = TEXTS[name]
    assert "here" in csto.ask(query, t="x" * most)
    literal = query.partition("{")[2].replace("$t", json.dumps("x" * (most + 1)))
    for errors in (csto.refused(query, t="x" * (most + 1)), csto.refused("{" + literal)):
        ((message, path, code),) = errors
        assert f"{most + 1:,} characters" in message
        assert (path, code) == (["here"], "TOO_LARGE")


def test_cursors_are_limited(csto: Database) -> None:
    query = "query ($c: String!) { here: states(after: $c) { totalCount } }"
    for length, code in (
        (MOST_CURSOR_CHARACTERS, "BAD_CURSOR"),
        (MOST_CURSOR_CHARACTERS + 1, "TOO_LARGE"),
    ):
        errors = csto.refused(query, c="5b" * (length // 2) + "5" * (length % 2))
        assert {(error[2], len(error[0]) < 200) for error in errors} == {(code, True)}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (f'"{chr(0xFDFA) * 100}"', "letters once its signs are spelled out; give at most 500"),
        (" ".join("abcdefghijklmnopqrstu"), "a search for 21 words or phrases; give at most 20"),
        (f'"{"a " * 101}"', "a search for 101 words in phrases; give at most 100"),
    ],
)
def test_searches_are_limited_by_what_they_come_to(csto: Database, query: str, told: str) -> None:
    assert (MOST_WORDS, MOST_TOGETHER) == (20, 100)
    document = "query ($q: String!) { here: search(query: $q) { totalCount } }"
    ((message, path, code),) = csto.refused(document, q=query)
    assert told in message
    assert (path, code) == (["here"], "TOO_LARGE")


def test_messages_quote_no_more_than_is_read(csto: Database) -> None:
    ((message, _, _),) = csto.refused("{ " + "x" * 50_000 + " }")
    assert message.startswith("Cannot query field 'xxxx")
    assert len(message) < MOST_MESSAGE + 40
    assert message.endswith(" characters more")


def test_limits_are_as_documented() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "limits.md").read_text(encoding="utf-8")
    rows = dict(line.strip("| ").split(" | ", 1) for line in page.splitlines() if " | " in line)
    documented = {
        of: [*map(parse_number, re.findall(r"\d[\d,]*", most))] for of, most in rows.items()
    }
    most, uvicorn_settings = document_limits.MOST, Config("none")
    assert documented == {
        "of": [],
        "a request's line and headers": [
            MOST_HEAD,
            http_protocol.MOST_LINES,
            requests.MOST_OF_HEADER,
        ],
        "the query of a URL": [requests.MOST_OF_URL, requests.MOST_PARAMETERS],
        "a body, or a WebSocket's message": [requests.MOST_BYTES],
        "a body of `/import`": [import_body.MOST_BYTES],
        "tables and the mapping of one": [import_body.MOST_TABLES, import_body.MOST_MAPPING],
        "`recordAll`": [joint_draft.MOST_RECORDS],
        "faults that are told of a load or an import": [MOST_FAULTS, MOST_OF_RECORD],
        "an object in a line of JSON": [MOST_MEMBERS],
        "JSON of more than 10,000 characters": [MOST_VALUES],
        "the variables of an operation": [MOST_VALUES],
        "a text in an argument": [MOST_CHARACTERS],
        "a cursor": [MOST_CURSOR_CHARACTERS],
        "a search": [MOST_LETTERS, MOST_WORDS, MOST_TOGETHER],
        "places of words that `find` tells": [MOST_PLACES],
        "an answer with a permanent link": [answers.MOST_CHARACTERS],
        "an answer of a tool of `/mcp`": [told.MOST_ANSWER, tools.MOST_TEXT_OF_ARGUMENT],
        "a page of `/changes.ndjson`": [MOST_CHANGES, feed_request.MOST_WAIT],
        "`nodes(ids:)`": [MOST_ROWS],
        "a page": [MOST_ROWS, MOST_CHANGES],
        "a document": [
            document_limits.MOST_CHARACTERS,
            document_limits.MOST_TOKENS,
            document_limits.MOST_DEFINITIONS,
        ],
        "a document, its fragments spread out": [
            most[name]
            for name in (
                *("fields", "aliases", "fragments", "directives", "values of arguments"),
                "variables",
            )
        ],
        "fields within one another": [document_limits.MOST_DEPTH, MOST_CONNECTIONS, MOST_VIEWS],
        "`groups`": [grouping.MOST_GROUPS, grouping.MOST_KEYS],
        "filters within one": [conditions.MOST_WITHIN, conditions.MOST_NESTED],
        "fields at a root": [document_limits.MOST_ROOTS],
        "what is asked of the schema itself": [introspection.MOST_FIELDS],
        "the answer": [MOST_COST],
        "the statement that an operation becomes": [MOST_TEXT, MOST_PARAMS],
        "a statement in the database": [DEADLINE],
        "errors of one request": [MOST_ERRORS, MOST_ERRORS, MOST_MESSAGE],
        "of a connection": [],
        "connections": [connections.MOST, connections.MOST_OTHER_FILES],
        "a head, from the first moment of the connection or the first byte of the next request": [
            deadlines.HEAD
        ],
        "a body": [deadlines.BODY, deadlines.PART],
        "an answer that the client does not take": [deadlines.UNREAD, 64],
        "requests that wait for the answer to another one of the connection": [
            http_protocol.MOST_PIPELINED
        ],
        "a WebSocket before its `connection_init`": [
            websocket.INITIALISATION,
            (uvicorn_settings.ws_ping_interval or 0) + (uvicorn_settings.ws_ping_timeout or 0),
        ],
        "a WebSocket's frames, parts of messages and pings counted": [
            websocket_protocol.MOST_FRAMES
        ],
        "requests of one client, by its token or address": [rates.BURST],
        "tokens of one address that do not hold": [
            bearers.FAILURES_A_SECOND,
            bearers.MOST_FAILURES,
        ],
        "a stream of events without news": [sse.LIFETIME / 60],
        "subscriptions": [context.MOST_SUBSCRIPTIONS, context.MOST_OF_CLIENT],
        "downloads": [
            downloads.MOST_DOWNLOADS,
            downloads.MOST_OF_CLIENT,
            downloads.DEADLINE / 60,
            spool.PATIENCE,
            spool.MOST / 1_000_000,
        ],
        "mutations that wait": [mutations.MOST_WAITING, mutations.PATIENCE],
        "large operations, and documents that are new, that wait": [
            controlled_delay.PATIENCE * 1_000,
            controlled_delay.CROWD,
        ],
        "the event loop": [load_shedding.MOST_LATE * 1_000],
    }


def parse_number(text: str) -> int:
    return int(text.replace(",", ""))
