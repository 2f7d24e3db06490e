"""Answers without the library: byte for byte those of the full path, and never of an old state."""

import asyncio
import time
from collections.abc import Iterator, Mapping

import httpx2
import psycopg
import pytest
from starlette.testclient import TestClient

from kb import database
from kb.admission import controlled_delay
from kb.app import create_app
from kb.config import Settings
from kb.database import server_connection, sqlite_reader
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.read_pool import Reader
from kb.database.sqlite_reader import SqliteReader
from kb.errors import Overloaded, TooSlow
from kb.server import fast_path
from kb.server.requests import EVENT_STREAM
from tests.support.databases import Database, Place
from tests.support.golden import QUERIES
from tests.support.service import GRAPHQL, JSON

pytestmark = pytest.mark.sweep

FULL = {"X-KB-Min-Revision": "1"}
"""What asks for a revision is never answered from what is kept."""
HEAD = "{ revision }"
NAMED = "query A { revision } query B($c: String!) { state(code: $c) { name } }"
ODD = (
    *("{", "{ nothing }", "mutation { __typename }", "{ __schema { queryType { name } } }", ""),
    "{ states(first: -1) { totalCount } }",
    "query ($n: Int!) { states(first: $n) { totalCount } }",
    '{ changes(after: "x") { totalCount } }',
    "subscription { changes { revision } }",
)
SLOW = (
    "with recursive c(x) as (select 1 union all select x + 1 from c where x < 10000000000)"
    " select count(*) from c",
)


@pytest.fixture(scope="module")
def client(place: Place, loaded: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(place.create(loaded))) as client:
        yield client


@pytest.fixture
def writable_client(filled: Database) -> Iterator[TestClient]:
    with TestClient(create_app(filled.settings)) as client:
        yield client


def response_parts(response: httpx2.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [item for item in response.headers.multi_items() if item[0] != "x-request-id"]
    return response.status_code, headers, response.content


def requests(client: TestClient) -> Iterator[httpx2.Request]:
    """Of all kinds, well formed or not."""

    def post(query: str, accept: str = JSON, **more: object) -> httpx2.Request:
        body = {"query": query, **more}
        return client.build_request("POST", "/graphql", json=body, headers={"Accept": accept})

    def get(query: str) -> httpx2.Request:
        return client.build_request(
            "GET", "/graphql", params={"query": query}, headers={"Accept": JSON}
        )

    for path in QUERIES:
        yield from (build(path.read_text(encoding="utf-8")) for build in (post, get))
    for accept in (
        *(JSON, GRAPHQL, "*/*", "text/html", "image/png", ""),
        f"{EVENT_STREAM}, */*;q=0.1",
    ):
        for variables in ({"c": "UZ"}, {"c": "ЖЖ\u2028"}, {}, {"c": 1}, None):
            for name in ("A", "B", "C", None):
                yield post(NAMED, accept, variables=variables, operationName=name)
    for query in ODD:
        yield from (post(query), get(query))
    bodies = (b"", b"{", b"[]", b'{"query": 1}', b'{"query": "{ revision }", "query": ""}', b"\xff")
    kinds = ("application/JSON", f"{JSON}; charset=utf-8", f"{JSON}; charset=latin-1", "text/plain")
    sent = [(content, JSON) for content in bodies]
    for content, media_type in (
        *sent,
        *((b'{"query": "{ revision }"}', media_type) for media_type in kinds),
    ):
        headers = {"Content-Type": media_type}
        yield client.build_request("POST", "/graphql", content=content, headers=headers)


def test_the_same_bytes_as_the_full_path(client: TestClient) -> None:
    """Asked for the first time, with a document that is known, and again."""
    for request in requests(client):
        request.headers.update(FULL)
        full = response_parts(client.send(request))
        for name in FULL:
            del request.headers[name]
        for _ in range(3):
            assert response_parts(client.send(request)) == full, request.content


def test_what_was_asked_before_is_not_worked_out_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is asked for again, it is kept."""
    body = {"query": '{ state(code: "AM") { name id } }'}
    first = client.post("/graphql", json=body)
    assert response_parts(client.post("/graphql", json=body)) == response_parts(first)

    async def never(*_: object) -> None:
        pytest.fail("it ran again")

    monkeypatch.setattr(fast_path.FastPath, "_run", never)
    assert response_parts(client.post("/graphql", json=body)) == response_parts(first)


def commit_name(of: Database, number: int) -> int:
    """A commit, from outside; its revision."""
    with database.write_transaction(of.engine) as connection:
        connection.exec_driver_sql(f"update state set official_name = 'N{number}' where key = 'UZ'")
        connection.exec_driver_sql("update head set revision = revision + 1")
        return int(connection.exec_driver_sql("select revision from head").scalar_one())


OFFICIAL = '{ state(code: "UZ") { officialName } revision }'


def read_name(client: TestClient, headers: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The revision and the name of an answer, and the revision in its headers."""
    response = client.post("/graphql", json={"query": OFFICIAL}, headers=dict(headers or {}))
    data = response.json()["data"]
    return int(data["revision"]), data["state"]["officialName"], response.headers["x-kb-revision"]


def test_never_stale(filled: Database, writable_client: TestClient) -> None:
    """On SQLite at once, whoever wrote; on PostgreSQL at once for who names the revision."""
    for number in range(30):
        revision = commit_name(filled, number)
        headers = {} if filled.is_sqlite else {"X-KB-Min-Revision": str(revision)}
        for _ in range(3):
            assert read_name(writable_client, headers) == (revision, f"N{number}", str(revision))


def test_stale_for_no_longer_than_is_stated(filled: Database, writable_client: TestClient) -> None:
    """Also where nobody tells: this writer does not notify."""
    if filled.is_sqlite:
        pytest.skip("SQLite is never stale")
    for number in range(4):
        read_name(writable_client)
        revision = commit_name(filled, number)
        time.sleep(PostgresqlReader.BOUND)
        assert read_name(writable_client) == (revision, f"N{number}", str(revision))


def test_told_of_a_commit_at_once(filled: Database, writable_client: TestClient) -> None:
    if filled.is_sqlite:
        pytest.skip("SQLite needs not be told")
    read_name(writable_client)
    time.sleep(PostgresqlReader.BOUND)  # It has just looked by itself.
    with psycopg.connect(filled.settings.database_url, autocommit=True) as connection:
        late = 0
        for number in range(10):
            revision = commit_name(filled, number)
            connection.execute("notify kb_changes")
            time.sleep(0.1)
            late += read_name(writable_client)[0] != revision
    assert late <= 1


def test_who_listens_may_be_cut_off(filled: Database, writable_client: TestClient) -> None:
    """Nothing is then kept for longer than is stated."""
    if filled.is_sqlite:
        pytest.skip("SQLite has no connection that listens")
    read_name(writable_client)
    with psycopg.connect(filled.settings.database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where query like 'select stream%' and datname = current_database()"
        )
        revision = commit_name(filled, 1)
        time.sleep(PostgresqlReader.BOUND)
        assert read_name(writable_client)[0] == revision


def test_a_revision_that_is_not_there_yet(writable_client: TestClient) -> None:
    newest = read_name(writable_client)[0]
    began = time.monotonic()
    headers = {"X-KB-Min-Revision": str(newest + 1)}
    response = writable_client.post("/graphql", json={"query": HEAD}, headers=headers)
    assert 1 < time.monotonic() - began < 5
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    for wrong in ("x", "-1", "1.5", "9" * 30):
        response = writable_client.post(
            "/graphql", json={"query": HEAD}, headers={"X-KB-Min-Revision": wrong}
        )
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_a_client_that_has_it_already(filled: Database, writable_client: TestClient) -> None:
    first = writable_client.get("/graphql", params={"query": OFFICIAL})
    assert first.headers["cache-control"] == "public, no-cache"
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for method in ("GET", "HEAD"):
        for wanted in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
            same = writable_client.request(
                method, "/graphql", params={"query": OFFICIAL}, headers={"If-None-Match": wanted}
            )
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["etag"] == tag
            assert same.headers["x-kb-revision"] == first.headers["x-kb-revision"]
    head = writable_client.head("/graphql", params={"query": OFFICIAL})
    del head.headers["x-request-id"], first.headers["x-request-id"]
    assert head.headers == first.headers
    revision = commit_name(filled, 7)
    other = writable_client.get(
        "/graphql",
        params={"query": OFFICIAL},
        headers={"If-None-Match": tag, "X-KB-Min-Revision": str(revision)},
    )
    assert other.status_code == 200
    assert other.headers["etag"] != tag


def test_what_is_posted_or_wrong_has_no_tag(client: TestClient) -> None:
    for response in (
        client.post("/graphql", json={"query": HEAD}),
        client.get("/graphql", params={"query": "{ nothing }"}),
        client.get("/graphql"),
    ):
        assert "etag" not in response.headers
        assert "cache-control" not in response.headers


def test_every_answer_tells_the_revision(client: TestClient) -> None:
    newest = client.post("/graphql", json={"query": HEAD}).json()["data"]["revision"]
    for request in requests(client):
        assert client.send(request).headers["x-kb-revision"] == newest, request.content


def test_no_more_is_kept_than_may_be(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are bounded, whatever is asked; what is large for itself is not kept."""
    kept: list[fast_path.FastPath] = []
    keep = fast_path.FastPath.keep

    def seen(self: fast_path.FastPath, *arguments: object) -> None:
        kept.append(self)
        keep(self, *arguments)  # type: ignore[arg-type]  # They are passed on.

    monkeypatch.setattr(fast_path, "MOST_KEPT", 20_000)
    monkeypatch.setattr(fast_path.FastPath, "keep", seen)
    with TestClient(create_app(filled.settings)) as client:
        for number in range(200):
            for _ in range(2):
                client.post("/graphql", json={"query": HEAD, "variables": {"x": "y" * number}})
    held = kept[0]._answers
    assert fast_path.MOST_KEPT / 2 < held.weight <= fast_path.MOST_KEPT


@pytest.fixture
def reader(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Reader, asyncio.Runner]]:
    for module in (sqlite_reader, server_connection):
        monkeypatch.setattr(module, "DEADLINE", 1)
    opened = database.open_reader(filled.settings)
    with asyncio.Runner() as loop:
        loop.run(opened.open())
        yield opened, loop
        loop.run(opened.close())


def test_a_statement_ends_in_time_and_holds_nobody_up(
    reader: tuple[Reader, asyncio.Runner],
) -> None:
    """In the database too; and what was thought small is moved away."""
    opened, loop = reader

    async def others() -> float:
        """The longest that a small statement and the loop took meanwhile."""
        longest, until = 0.0, time.monotonic() + 0.5
        while time.monotonic() < until:
            began = time.monotonic()
            await opened.fetch(("select revision from head",), ())
            await asyncio.sleep(0)
            longest = max(longest, time.monotonic() - began)
        return longest

    async def both(cost: int) -> float:
        slow = asyncio.create_task(opened.fetch(SLOW, (), cost))
        await asyncio.sleep(0)
        longest = await others()
        began = time.monotonic()
        with pytest.raises(TooSlow, match="ask for less"):
            await slow
        assert time.monotonic() - began < 2
        return longest

    for cost in (0, 10**6):
        assert loop.run(both(cost)) < 0.4


def test_what_was_moved_away_does_not_begin_on_the_loop_again(
    reader: tuple[Reader, asyncio.Runner],
) -> None:
    opened, loop = reader

    async def begin() -> float:
        """Seconds of processor time until the loop has its turn again."""
        begun = time.thread_time()
        task = asyncio.create_task(opened.fetch(SLOW, ()))
        await asyncio.sleep(0)
        held_up = time.thread_time() - begun
        with pytest.raises(TooSlow):
            await task
        return held_up

    first, second, third = (loop.run(begin()) for _ in range(3))
    assert third < 0.01
    if isinstance(opened, SqliteReader):
        assert min(first, second) > 5 * third
        # It waits for a thread as large ones do.
        opened._queue.present += 10_000
        assert [opened.refuses(each, 0) for each in (SLOW, ("select 1",))] == [True, False]


def test_too_many_large_ones_are_refused_at_once(
    reader: tuple[Reader, asyncio.Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, loop = reader
    for name in ("PATIENCE", "CROWD", "STANDING"):
        monkeypatch.setattr(controlled_delay, name, 0)
    most = opened.load().most

    async def ask() -> list[object]:
        slow = [opened.fetch(SLOW, (), 10**6) for _ in range(most + 2)]
        return list(await asyncio.gather(*slow, return_exceptions=True))

    refused = [isinstance(outcome, Overloaded) for outcome in loop.run(ask())]
    assert refused == [False] * most + [True] * 2
    assert loop.run(opened.fetch(("select 1",), ())) == (1,)


def test_the_end_waits_for_no_statement(filled: Database) -> None:
    opened = database.open_reader(filled.settings)

    async def stop() -> float:
        await opened.open()
        slow = asyncio.create_task(opened.fetch(SLOW, (), 10**6))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await opened.close()
        slow.cancel()
        return time.monotonic() - began

    with asyncio.Runner() as loop:
        assert loop.run(stop()) < 2


def test_failures_are_told_as_on_the_full_path(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> None:
        raise TooSlow("it took too long", "ask for less")

    for reader in (SqliteReader, PostgresqlReader):
        monkeypatch.setattr(reader, "fetch", slow)
    body = {"query": '{ state(code: "KG") { name } }'}
    response = client.post("/graphql", json=body)
    assert response.status_code == 503
    assert response.json() == {
        "errors": [
            {"message": "it took too long; ask for less", "extensions": {"code": "TOO_SLOW"}}
        ]
    }
