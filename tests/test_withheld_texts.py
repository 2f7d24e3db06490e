"""Texts are the owner's: whoever has no token gets no word of them, and no answer that they change.

Each paragraph has words of its own, and a twin of the database has other ones, longer and naming
others: words are looked for in all that is answered, and counts, ranks, lengths and tags are held
against those of the twin.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from random import Random
from zipfile import ZipFile

import pytest
from httpx2 import Response as Answer
from pyarrow import parquet
from sqlalchemy import inspect
from starlette.testclient import TestClient

from kb.config import Settings
from kb.query.withheld import withheld_tables
from kb.server.websocket import PROTOCOL
from kb.web import presentation
from kb.web.reference_files import REFERENCE_FORMS
from schema.flat import flat_tables
from tests.operations.everything import ask_for_everything
from tests.operations.generated import make_operation
from tests.operations.stock import Stock
from tests.oracle.data import World
from tests.oracle.evaluator import naive_schema
from tests.support.databases import Place
from tests.support.pages import PAGE
from tests.support.recorded import at_revision
from tests.support.service import GRAPHQL, JSON
from tests.support.twins import QUOTED, Twin, open_twins, words_told

pytestmark = pytest.mark.sweep

Twins = tuple[Twin, Twin]
FEED = """{ feed { head headCursor counts { type count checksum } } changes(first: 1000) {
  totalCount edges { cursor node { document actor record { id ...A } } } } }
fragment A on Article { paragraphs { text } mentions { count subject { id } } }"""
ASKED = [
    FEED,
    "{ textShown }",
    "{ articles(first: 50) { nodes { paragraphs { number text } mentions { count } } } }",
    '{ citation: node(id: "Citation:ada-quoted") { ... on Citation { quote verification } } }',
    *(
        f'{{ search(query: "{words}") {{ totalCount edges {{ cursor rank snippet }} }} }}'
        for words in ("zqa", "zqb1", "quartzite", '"words that both"', "csto", "Armenia", "the")
    ),
    # Words that stand there, that do not, and that do in one of the two.
    *(
        f'{{ articles(first: 3) {{ nodes {{ find(words: "{words}") {{ start sha256 }} }} }} }}'
        for words in (QUOTED, "Armenia, Armenia", "nowhere")
    ),
    '{ articles(filter: {mentions: "armenia"}) { totalCount } }',
    "{ articles(first: 50) { nodes { history { nodes { change { document reason }"
    " fields { field before after } } } } } }",
    '{ view(knownAt: "2030-01-01") { articles(first: 50) { nodes { paragraphs { text }'
    " mentions { count } citations { nodes { quote } } } }"
    ' search(query: "zqa") { totalCount } words: search(query: "csto") { edges { rank snippet } }'
    " changes(first: 5) { nodes { document actor } } textShown } }",
    *(
        f"{{ diff(from: {{{since}}}, to: {{{until}}}, types: [ARTICLE], first: 100) {{"
        " totalCount nodes { kind fields { field before after } after { ...A } } } }"
        " fragment A on Article { paragraphs { text } mentions { count subject { id } } }"
        for since, until in (
            ('revision: "0"', 'knownAt: "2030-01-01"'),
            ('revision: "0"', 'revision: "1"'),
            ('knownAt: "2030-01-01"', 'revision: "1"'),
        )
    ),
    # Too much: the price tells how long lists are.
    "{ articles(first: 100) { nodes { citations(first: 100) { nodes { article {"
    " citations(first: 100) { nodes { article { paragraphs { text } mentions { count } } } }"
    " } } } } } }",
]
OPERATIONS, MORE_OPERATIONS = 20, 500


@pytest.fixture(scope="module")
def twins(place: Place, loaded: Settings) -> Iterator[Twins]:
    with open_twins(place, loaded) as opened:
        yield opened


def test_tables_with_words_of_texts_are_those_that_are_withheld(twins: Twins) -> None:
    """One that is added fails here until it is."""
    database = twins[0].database
    names = inspect(database.engine).get_table_names()
    tables = {
        name
        for name in names
        if not name.startswith("search_index")
        and any(words_told(str(row)) for row in database.rows(f'select * from "{name}"'))
    }
    assert tables == {"paragraph", "recorded_paragraph", "passage", "change", "snapshot"}
    # The snapshot is only downloaded.
    assert tables - {"snapshot"} <= withheld_tables(texts=True).keys()


@pytest.mark.parametrize("query", ASKED)
def test_no_word_by_any_field(twins: Twins, query: str) -> None:
    assert_same(twins, {"query": query})


RECORDED = (
    FEED,
    "{ articles(first: 50) { nodes { paragraphs { text } mentions { count }"
    " citations { nodes { quote verification } } } } }",
    '{ articles(filter: {mentions: "armenia"}) { totalCount } }',
    '{ view(knownAt: "2030-01-01") { articles { nodes { paragraphs { text } mentions { count } } }'
    ' named: articles(filter: {mentions: "armenia"}) { totalCount } } }',
)


@pytest.mark.parametrize("query", RECORDED)
def test_no_word_of_what_was_recorded(twins: Twins, query: str) -> None:
    head = int(str(twins[0].database.ask("{ revision }")["revision"]))
    for revision in range(head - 3, head + 1):
        assert_same(twins, {"query": at_revision(query, str(revision))})
    borne = get(twins[0], at_revision(query, str(head)), twins[0].bearer)
    assert bool(words_told(borne.text)) is ("paragraphs" in query)


def test_of_all_there_is_no_word_comes_out(twins: Twins) -> None:
    for query in ask_for_everything(naive_schema(), "2018-01-01"):
        assert_same(twins, {"query": query})


@pytest.mark.sweep
@pytest.mark.parametrize(
    "count", [OPERATIONS, pytest.param(MORE_OPERATIONS, marks=pytest.mark.long)]
)
def test_no_word_by_operations_made_up(twins: Twins, count: int) -> None:
    stock = Stock(World(twins[0].database.engine), twins[0].database.ask)
    random = Random(count)
    for _ in range(count):
        operation = make_operation(naive_schema(), stock, random)
        for variables in operation.runs:
            assert_same(twins, {"query": operation.text, "variables": variables}, rounds=1)


def assert_same(twins: Twins, body: dict[str, object], rounds: int = 3) -> None:
    """Also of answers that are kept, after the bearers of tokens were answered."""
    for _ in range(rounds):
        twins[0].client.post("/graphql", json=body, headers=twins[0].bearer | {"Accept": JSON})
        answers = [
            twin.client.post("/graphql", json=body, headers={"Accept": JSON}) for twin in twins
        ]
        assert answers[0].content == answers[1].content, body
        assert answers[0].headers == answers[1].headers
        told = words_told(answers[0].text) - words_told(json.dumps(body))
        assert told == set(), body


def test_bearers_get_every_word(twins: Twins) -> None:
    """What finds the words finds those of every way; and a kept answer is for whom it was made."""
    twin = twins[0]
    for query in ASKED[0], ASKED[2], ASKED[3], ASKED[4], ASKED[-2]:
        for _ in range(3):
            alone = get(twin, query, {})
            borne = get(twin, query, twin.bearer)
            assert words_told(borne.text)
            assert not words_told(alone.text)
            assert borne.headers["etag"] != alone.headers["etag"]
            assert borne.headers["cache-control"] == "private, no-cache"
            tag = {"If-None-Match": alone.headers["etag"]}
            assert get(twin, query, twin.bearer | tag).status_code == 200
    assert QUOTED in twin.client.get("/export", headers=twin.bearer).text


def get(twin: Twin, query: str, headers: dict[str, str]) -> Answer:
    return twin.client.get("/graphql", params={"query": query}, headers=headers | {"Accept": JSON})


def test_null_has_one_meaning(twins: Twins) -> None:
    """Whether texts are shown is told, and whether words were checked."""
    query = (
        '{ textShown citation: node(id: "Citation:ada-quoted")'
        " { ... on Citation { quote verified verification article { paragraphs { text } } } } }"
    )
    answers = [
        twins[0].client.post("/graphql", json={"query": query}, headers=headers).json()["data"]
        for headers in ({}, twins[0].bearer)
    ]
    assert [answer["textShown"] for answer in answers] == [False, True]
    for answer, quote in zip(answers, (None, QUOTED), strict=True):
        assert answer["citation"]["quote"] == quote
        assert (answer["citation"]["article"]["paragraphs"] is None) is (quote is None)
        assert answer["citation"]["verification"] == "VERIFIED"


def test_words_are_looked_for_by_bearers_alone(twins: Twins) -> None:
    """What is refused is told alike whatever the words, so that nobody can guess at texts."""
    (key,) = twins[0].database.rows("select key from article order by key limit 1")[0]
    query = 'query F($words: String!) { article(slug: "%s") { find(words: $words) { start } } }'
    body: dict[str, object] = {"query": query % key}
    refused = set()
    for words in (QUOTED, "nowhere"):
        asked = body | {"variables": {"words": words}}
        assert_same(twins, asked)
        answers = [
            twins[0].client.post("/graphql", json=asked, headers=headers | {"Accept": JSON})
            for headers in (twins[0].bearer, {})
        ]
        places = [{"start": 0}] if words == QUOTED else []
        assert answers[0].json()["data"] == {"article": {"find": places}}
        refused.add(answers[1].content)
    (told,) = refused
    error = json.loads(told)["errors"][0]
    assert error["message"] == "the text of articles is not public here; send a token"
    assert (error["path"], error["extensions"]) == (["article", "find"], {"code": "TEXT_WITHHELD"})


def test_pages_say_no_word(twins: Twins) -> None:
    keys = [f"Article {key}" for (key,) in twins[0].database.rows("select key from article")]
    addresses = [
        *("/", "/search?q=zqa", "/search?q=csto", "/officials/ada", "/organisations/csto"),
        *(f"/articles/{key.partition(' ')[2]}" for key in keys),
        *(f"/articles/{key.partition(' ')[2]}?known=2030-01-01" for key in keys[:2]),
        *(
            f"/officials/ada/{name}.{form}"
            for name in presentation.TABLES
            for form in ("csv", "json")
        ),
        f"/articles/{keys[0].partition(' ')[2]}/mentions.csv",
        *(f"/articles/{keys[0].partition(' ')[2]}.{form}" for form in REFERENCE_FORMS),
        *(f"/articles/{key.partition(' ')[2]}.jsonld" for key in keys),
        "/officials/ada.jsonld",
        '/reconcile?queries={"a":{"query":"zqa"},"b":{"query":"csto"}}',
        "/citations",
        "/citations/ada-quoted",
        "/citations/ada-quoted?known=2030-01-01",
        *(f"/citations/ada-quoted.{form}" for form in ("jsonld", *REFERENCE_FORMS)),
    ]
    for address in addresses:
        pages = [twin.client.get(address, headers=PAGE) for twin in twins]
        assert pages[0].content == pages[1].content, address
        assert words_told(pages[0].text) - words_told(address) == set(), address
    page = twins[0].client.get(addresses[5], headers=PAGE)
    assert "The text of articles is not public here" in page.text
    for address in (addresses[5], "/citations/ada-quoted", "/citations/ada-quoted.jsonld"):
        assert QUOTED in twins[0].client.get(address, headers=PAGE | twins[0].bearer).text


def test_downloads_say_no_word(twins: Twins) -> None:
    names = [f"/{name}.{form}" for name in flat_tables() for form in ("csv", "parquet")]
    names += ["/tables.zip", "/datapackage.json", "/croissant.json"]
    for name in ("", *names):
        files = [twin.client.get(f"/export{name}") for twin in twins]
        assert files[0].status_code == 200
        assert files[0].content == files[1].content, name
        assert words_told(readable(name, files[0].content)) == set(), name


def readable(name: str, content: bytes) -> str:
    """Of an archive its files, of Parquet its rows and metadata: packed bytes may look like any
    word."""
    if name.endswith(".zip"):
        with ZipFile(BytesIO(content)) as archive:
            return " ".join(archive.read(each).decode() for each in archive.namelist())
    if not name.endswith(".parquet"):
        return content.decode()
    table = parquet.read_table(BytesIO(content))
    return f"{table.schema.metadata} {table.to_pylist()}"


@pytest.mark.parametrize("borne", [False, True])
def test_a_copy_is_proven_by_what_it_was_shown(twins: Twins, borne: bool) -> None:
    headers = twins[0].bearer if borne else {}
    first, *lines, last = twins[0].client.get("/export", headers=headers).text.splitlines()
    totals: dict[str, int] = {}
    for line in lines:
        kind = json.loads(line)["id"].partition(":")[0].upper()
        totals[kind] = totals.get(kind, 0) + int(sha256(line.encode()).hexdigest(), 16)
    answer = twins[0].client.post("/graphql", json={"query": FEED}, headers=headers).json()["data"]
    counts = answer["feed"]["counts"]
    assert {each["type"]: each["checksum"] for each in counts} == {
        kind: f"{total % 2**256:064x}" for kind, total in totals.items()
    }
    assert json.loads(last)["counts"] == counts
    assert json.loads(first)["cursor"] == answer["feed"]["headCursor"]
    changes = {edge["node"]["document"] for edge in answer["changes"]["edges"]}
    assert {*lines} <= changes


def test_subscribers_get_no_word(twins: Twins) -> None:
    events = [events_of(twin.client, {}) for twin in twins]
    assert events[0] == events[1]
    assert words_told(str(events[0])) == set()
    assert '"actor": null' in events[0][0]
    assert words_told(str(events_of(twins[0].client, twins[0].bearer)))


def events_of(client: TestClient, headers: dict[str, str]) -> list[str]:
    query = "subscription { changes(types: [ARTICLE]) { revision document actor } }"
    with client.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
        return [json.dumps(socket.receive_json()["payload"]) for _ in range(20)]


def test_errors_say_no_word(twins: Twins) -> None:
    for query in (
        '{ search(query: "zqa", first: 0) { totalCount } }',
        '{ node(id: "zqa") { id } }',
    ):
        body = {"query": query}
        texts = [
            twin.client.post("/graphql", json=body, headers={"Accept": GRAPHQL}).text
            for twin in twins
        ]
        assert texts[0] == texts[1]
