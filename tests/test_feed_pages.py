"""The change feed by plain HTTP: the same changes as by GraphQL, whatever the size of a page."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb.app import App, create_app
from kb.config import Audience, Settings
from kb.server.context import MOST_OF_CLIENT
from tests.support.curated import token
from tests.support.databases import Database
from tests.support.feeds import feed, follow
from tests.support.seed_texts import write_seed_texts
from tests.support.service import empty_service

Line = dict[str, object]
FIELDS = ("cursor", "commitEnd", "op", "type", "recordId", "document", "actor")


@pytest.fixture
def asked(four_commits: Database) -> Iterator[TestClient]:
    with TestClient(create_app(four_commits.settings)) as client:
        yield client


def lines_of(client: TestClient, address: str) -> tuple[list[Line], Line]:
    """The changes of a page, and its last line."""
    response = client.get(address)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert response.text.endswith("\n")
    *changes, last = map(json.loads, response.text.splitlines())
    assert last["end"] is True
    assert response.headers["x-kb-revision"] == str(last["head"])
    link = response.links.get("next", {}).get("url")
    assert (link is not None) == last["more"]
    assert last["next"] == link
    return changes, {**last, "link": link}


def pages_of(client: TestClient, query: str) -> Iterator[tuple[list[Line], Line]]:
    address: object = f"/changes.ndjson?{query}"
    while address:
        changes, last = lines_of(client, str(address))
        yield changes, last
        address = last["link"]


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
@pytest.mark.parametrize("types", [[], ["CITATION"], ["ARTICLE", "MEMBERSHIP"]])
def test_pages_are_the_changes(
    asked: TestClient, four_commits: Database, limit: int, types: list[str]
) -> None:
    wanted = f"&types={','.join(types)}" if types else ""
    pages = [*pages_of(asked, f"limit={limit}{wanted}")]
    told = [change for changes, _ in pages for change in changes]
    given = [*follow(four_commits, types=types or None, first=1000)]
    assert [{name: line[name] for name in FIELDS} for line in told] == [
        {name: change[name] for name in FIELDS} for change in given
    ]
    assert [line["revision"] for line in told] == [int(str(each["revision"])) for each in given]
    positions = [str(line["position"]) for line in told]
    assert all(one < other and len(other) == 20 for one, other in pairwise(["", *positions]) if one)
    assert all(len(changes) == limit for changes, last in pages if last["more"])
    head = feed(four_commits)
    _, last = pages[-1]
    assert last["cursor"] == head["headCursor"]
    assert last["position"] == f"{last['head']:020}" == str(head["head"]).zfill(20)
    assert lines_of(asked, f"/changes.ndjson?since={last['cursor']}")[0] == []


def test_any_place_leads_on(asked: TestClient) -> None:
    every, _ = lines_of(asked, "/changes.ndjson")
    for place, line in enumerate(every[:5], 1):
        for since in (line["cursor"], line["position"], line["revision"]):
            assert lines_of(asked, f"/changes.ndjson?since={since}")[0] == every[place:]
    record = every[0]["recordId"]
    mine = [line["revision"] for line in every if line["recordId"] == record]
    told, _ = lines_of(asked, f"/changes.ndjson?record={record}")
    assert [line["revision"] for line in told] == mine


def test_the_version_before_each_change(asked: TestClient, four_commits: Database) -> None:
    """By the changes themselves: what came before, that nothing did, or that nobody can tell."""
    told = [line for page, _ in pages_of(asked, "before=true&limit=7") for line in page]
    seen: dict[object, object] = {}
    for line in told:
        earlier = seen.get(line["recordId"])
        compared = "NOTHING" if earlier is None else "VERSION"
        assert (line["before"], line["comparedWith"]) == (earlier, compared)
        seen[line["recordId"]] = line["document"]
    plain = [line for page, _ in pages_of(asked, "before=false") for line in page]
    added = {"before", "comparedWith"}
    assert plain == [{name: line[name] for name in line.keys() - added} for line in told]
    revised = [line for line in told if line["before"]]
    assert revised
    dropped = int(str(revised[0]["revision"])) - 1
    four_commits.run(f"delete from change where revision <= {dropped}")
    four_commits.run(f"update head set dropped = {dropped}")
    first, *_ = lines_of(asked, f"/changes.ndjson?before=true&since={dropped}")[0]
    assert (first["before"], first["comparedWith"]) == (None, "UNKNOWN")


def test_the_same_as_one_object(asked: TestClient) -> None:
    changes, last = lines_of(asked, "/changes.ndjson?limit=3")
    response = asked.get("/changes.json?limit=3")
    del last["link"]
    next_page = str(last["next"]).replace("ndjson", "json")
    assert response.json() == {"changes": changes, **last, "next": next_page}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.links["next"]["url"].startswith("/changes.json?since=")


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("sinc=1", "BAD_REQUEST", 'no parameter is called "sinc"'),
        ("sinc=", "BAD_REQUEST", 'no parameter is called "sinc"'),
        ("since=", "BAD_REQUEST", "`since` is empty"),
        ("types=", "BAD_REQUEST", "`types` is empty"),
        ("record=&limit=2", "BAD_REQUEST", "`record` is empty"),
        ("record=Nope:x", "BAD_REQUEST", 'no type of records: "Nope"'),
        ("record=state:UZ", "BAD_REQUEST", 'no type of records: "state"'),
        ("record=UZ", "BAD_REQUEST", 'no type of records: "UZ"'),
        ("limit=1&limit=2", "BAD_REQUEST", "twice"),
        ("limit=0", "BAD_REQUEST", "`limit` is"),
        ("limit=1001", "BAD_REQUEST", "`limit` is"),
        ("limit=9999999999", "BAD_REQUEST", "`limit` is"),
        ("limit=-1", "BAD_REQUEST", "`limit` is"),
        ("wait=31", "BAD_REQUEST", "`wait` is"),
        ("wait=x", "BAD_REQUEST", "`wait` is"),
        ("types=ARTICLE,PAPER", "BAD_REQUEST", '"PAPER"'),
        ("types=,", "BAD_REQUEST", '""'),
        ("before=1", "BAD_REQUEST", "`before` is"),
        ("since=x", "BAD_CURSOR", "cursor"),
        ("since=-1", "BAD_CURSOR", "cursor"),
        ("since=99999999999999999999", "BAD_ARGUMENT", "position"),
        ("since=%ff", "BAD_REQUEST", "UTF-8"),
    ],
)
def test_what_is_no_request_is_refused(
    empty_client: TestClient, query: str, code: str, told: str
) -> None:
    for path in ("/changes.ndjson", "/changes.json"):
        response = empty_client.get(f"{path}?{query}")
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        answer = response.json()
        assert answer.keys() == {"code", "message", "remedy"}
        assert answer["code"] == code
        assert told in answer["message"]
        assert answer["remedy"]


def test_a_record_that_never_was_has_no_changes(asked: TestClient) -> None:
    """It may be still to come: a copy can wait for it. GraphQL tells the same."""
    changes, last = lines_of(asked, "/changes.ndjson?record=State:QQ")
    assert (changes, last["more"]) == ([], False)
    query = '{changes(record:"State:QQ"){nodes{revision}}}'
    assert asked.get("/graphql", params={"query": query}).json() == {
        "data": {"changes": {"nodes": []}}
    }


def test_another_history_and_what_is_not_kept(asked: TestClient, four_commits: Database) -> None:
    cursor, head = feed(four_commits)["headCursor"], int(str(feed(four_commits)["head"]))
    four_commits.run("update head set stream = 'another'")
    for since in (cursor, head + 1):
        response = asked.get(f"/changes.ndjson?since={since}")
        assert (response.status_code, response.json()["code"]) == (409, "CURSOR_FORKED")
        assert response.json()["remedy"] == "take a new snapshot and go on from its cursor"
    four_commits.run("update head set dropped = 2")
    for query in ("", "since=1", "limit=1"):
        response = asked.get(f"/changes.ndjson?{query}")
        assert (response.status_code, response.json()["code"]) == (410, "CURSOR_EXPIRED")


def test_what_a_client_has_is_not_sent_again(asked: TestClient) -> None:
    response = asked.get("/changes.ndjson?limit=2")
    assert response.headers["cache-control"] == "public, no-cache"
    tag = {"If-None-Match": response.headers["etag"]}
    assert asked.get("/changes.ndjson?limit=2", headers=tag).status_code == 304
    assert asked.get("/changes.ndjson?limit=3", headers=tag).status_code == 200
    assert asked.head("/changes.ndjson?limit=2").headers["link"] == response.headers["link"]


def test_it_shows_what_graphql_shows(accented: Database) -> None:
    """Texts and actors to bearers of tokens alone; links live under the public address."""
    settings = Settings(
        database_url=accented.settings.database_url,
        public_url="https://kb.example/base",
        text=Audience.TOKEN,
    )
    bearer = {"Authorization": f"Bearer {token(accented)}"}
    with TestClient(create_app(settings)) as client:
        public, shown = (
            client.get("/changes.json?types=ARTICLE", headers=headers).json()["changes"][-1]
            for headers in ({}, bearer)
        )
        link = client.get("/changes.json?limit=1").links["next"]["url"]
    assert link.startswith("https://kb.example/base/changes.json?since=")
    assert public["actor"] is None
    assert shown["actor"]
    assert json.loads(public["document"])["paragraphs"] is None
    assert json.loads(shown["document"])["paragraphs"]


@contextmanager
def waiting(client: TestClient, query: str) -> Iterator[Future[Response]]:
    """An answer that is waited for, once it has been begun to be waited for."""
    app = client.app
    assert isinstance(app, App)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(client.get, f"/changes.ndjson?{query}")
        while not app.context.seats.taken:
            time.sleep(0.01)
        yield answer
    assert not app.context.seats.taken


def test_a_commit_is_waited_for(empty: Database, tmp_path: Path) -> None:
    with TestClient(create_app(empty.settings)) as client:
        with waiting(client, "wait=30&limit=2") as answer:
            empty.load(write_seed_texts(tmp_path))
            response = answer.result(10)
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        *changes, last = map(json.loads, response.text.splitlines())
        assert (len(changes), last["more"]) == (2, True)
        cursor = feed(empty)["headCursor"]
        with waiting(client, f"wait=1&since={cursor}") as answer:
            (last,) = map(json.loads, answer.result(10).text.splitlines())
        assert (last["cursor"], last["more"]) == (cursor, False)


def test_who_waits_is_answered_when_the_service_ends(tmp_path: Path) -> None:
    with empty_service(tmp_path) as client, waiting(client, "wait=30") as answer:
        app = client.app
        assert isinstance(app, App)
        assert client.portal
        client.portal.call(app.context.end)
        assert answer.result(5).status_code == 200


def test_seats_to_wait_in_are_bounded(empty_client: TestClient) -> None:
    app = empty_client.app
    assert isinstance(app, App)
    app.context.seats.taken["testclient"] = MOST_OF_CLIENT
    try:
        response = empty_client.get("/changes.ndjson?wait=1")
        assert empty_client.get("/changes.ndjson").status_code == 200
    finally:
        del app.context.seats.taken["testclient"]
    assert (response.status_code, response.headers["retry-after"]) == (429, "10")
    assert response.json()["code"] == "TOO_MANY_REQUESTS"
