"""A primary that is lost, and a replica promoted: found by itself, and nothing lost in silence."""

import json
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from tests.chaos import writer
from tests.chaos.curated import CuratedDatabase, prepare_curated
from tests.support.command import ask_server, run, serving
from tests.support.databases import open_database
from tests.support.feeds import FEED, feed, follow
from tests.support.followers import change_of, follow_by_events
from tests.support.replication import Cluster, cluster, url_of
from tests.support.service import free_port

pytestmark = pytest.mark.postgresql

NUMBERS = count(1)
QUERY = {"query": "{ revision }"}
MUTATION = "mutation($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
RECORDED = {"data": {"recordOfficial": {"__typename": "RecordOfficialPayload"}}}
CHANGES = "subscription($after: String) { changes(after: $after) { revision } }"
SOON = 10
"""Seconds in which a service must have found the new primary."""


@pytest.fixture(scope="module")
def servers(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with cluster(programs=pytestconfig.getoption("postgresql")) as running:
        yield running


@pytest.fixture
def name(servers: Cluster) -> Iterator[str]:
    """Of a database that is there for one test: every new replica has to copy them all."""
    made = f"kb_{next(NUMBERS)}"
    servers.synchronise(wanted=False)
    servers.primary.run(f"create database {made}")
    yield made
    servers.synchronise(wanted=False)
    servers.primary.run(f"drop database {made} with (force)")


@pytest.fixture
def curated(servers: Cluster, name: str, tmp_path: Path) -> CuratedDatabase:
    """On all servers, by the URL that names all of them."""
    made = prepare_curated(Settings(database_url=servers.url(name)), tmp_path)
    servers.catch_up()
    return made


def settings_of(url: str) -> Settings:
    return Settings(database_url=url)


def record(client: TestClient, token: str) -> tuple[int, dict[str, Any]]:
    body = {"query": MUTATION, "variables": {"i": writer.official("w", next(NUMBERS))}}
    answer = client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def revision(client: TestClient) -> int:
    return int(client.post("/graphql", json=QUERY).json()["data"]["revision"])


def seconds_until_recorded(client: TestClient, token: str) -> float:
    began = time.monotonic()
    while (told := record(client, token)) != (200, RECORDED):
        assert told[0] == 503, told
        assert time.monotonic() - began < SOON, told
        time.sleep(0.05)
    return time.monotonic() - began


def test_of_several_hosts_the_one_that_takes_writes_is_found(
    servers: Cluster, name: str, curated: CuratedDatabase
) -> None:
    replica = servers.replicas[0]
    for parameters in ({}, {"target_session_attrs": "read-write"}):
        url = url_of([replica, servers.primary], name, **parameters)
        with TestClient(create_app(settings_of(url))) as client:
            assert client.get("/readyz").text == "ready\n"
            assert record(client, curated.token) == (200, RECORDED)


def test_every_command_finds_it(servers: Cluster, curated: CuratedDatabase, tmp_path: Path) -> None:
    del servers
    for command in (("check",), ("migrate",), ("token", "list"), ("export", "out")):
        done = run(tmp_path, *command, KB_DATABASE_URL=curated.settings.database_url)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_standby_is_read_and_followed_and_says_that_it_takes_no_writes(
    servers: Cluster, name: str, curated: CuratedDatabase
) -> None:
    standby = servers.replicas[0]
    with (
        TestClient(create_app(settings_of(standby.url(name)))) as reading,
        TestClient(create_app(curated.settings)) as writing,
    ):
        assert reading.get("/readyz").text == "ready\n"
        for _ in range(2):
            status, told = record(reading, curated.token)
            (error,) = told["errors"]
            assert (status, error["extensions"]) == (503, {"code": "UNAVAILABLE"})
            assert error["message"].startswith("the database takes no writes just now")
        assert reading.get("/export/terms.csv").status_code == 200
        for _ in range(3):
            assert record(writing, curated.token) == (200, RECORDED)
            newest = revision(writing)
            time.sleep(1.2)
            # Kept answers are no older, and are given again.
            assert [revision(reading) for _ in range(3)] == [newest] * 3
        assert reading.app.context.reader.watch.state() is not None  # type: ignore[attr-defined]  # Of PostgreSQL alone


def test_commands_that_write_say_so_too(
    servers: Cluster, name: str, curated: CuratedDatabase, tmp_path: Path
) -> None:
    del curated
    url = servers.replicas[0].url(name)
    done = run(tmp_path, "token", "create", "Ada", KB_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the database takes no writes just now")


@pytest.mark.long
def test_a_standby_is_subscribed_to_and_goes_on_when_it_is_promoted(
    servers: Cluster, name: str, curated: CuratedDatabase, tmp_path: Path
) -> None:
    standby = servers.replicas[0]
    with serving(tmp_path, free_port(), KB_DATABASE_URL=standby.url(name)) as (address, _):
        head = head_cursor(address)
        events = follow_by_events(address, CHANGES, after=head)
        with TestClient(create_app(curated.settings)) as writing:
            assert record(writing, curated.token) == (200, RECORDED)
            newest = revision(writing)
        began = time.monotonic()
        assert last_of(events, newest) == newest
        assert time.monotonic() - began < 3
        servers.catch_up()
        servers.primary.kill()
        servers.fail_over(standby)
        given = writer.official("after", next(NUMBERS))
        writer.record_with_retries(address, curated.token, [given])
        assert last_of(events, newest + 1) == newest + 1
        # Answers are kept again, and none is old.
        time.sleep(1.2)
        for _ in range(3):
            (told,) = writer.record(address, curated.token, [writer.official("w", next(NUMBERS))])
            time.sleep(0.2)
            assert ask_server(address, "{ revision }") == {"data": {"revision": str(told)}}


def head_cursor(address: str) -> str:
    answer = ask_server(address, FEED)
    assert isinstance(answer, dict)
    cursor: str = answer["data"]["feed"]["headCursor"]
    return cursor


def last_of(events: Iterator[dict[str, object]], at_least: int) -> int:
    for event in events:
        if (told := int(str(change_of(event)["revision"]))) >= at_least:
            return at_least
        assert told < at_least
    pytest.fail("it ended")


def test_writes_go_on_after_a_promotion(servers: Cluster, curated: CuratedDatabase) -> None:
    with TestClient(create_app(curated.settings)) as client:
        assert record(client, curated.token) == (200, RECORDED)
        before = revision(client)
        servers.catch_up()
        servers.primary.kill()
        status, told = record(client, curated.token)
        assert (status, told["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        servers.fail_over()
        assert seconds_until_recorded(client, curated.token) < SOON
        assert client.get("/readyz").text == "ready\n"
        assert revision(client) > before


@pytest.mark.parametrize(
    "again", [pytest.param(0, marks=pytest.mark.long), 1, pytest.param(3, marks=pytest.mark.long)]
)
def test_a_failover_that_lost_commits_is_told_to_whoever_had_them(
    servers: Cluster, curated: CuratedDatabase, tmp_path: Path, again: int
) -> None:
    """Whether the new history is shorter, as long, or longer."""
    left = servers.replicas[0]
    with serving(tmp_path, free_port(), KB_DATABASE_URL=curated.settings.database_url) as served:
        address, _ = served
        writer.record(address, curated.token, [writer.official("kept", 1)])
        servers.catch_up()
        common = head_cursor(address)
        left.cut_off()
        events = follow_by_events(address, CHANGES, after=common)
        (lost,) = writer.record(address, curated.token, [writer.official("lost", 2)])
        assert last_of(events, lost) == lost
        ahead = head_cursor(address)
        servers.primary.kill()
        servers.fail_over(left)
        for number in range(again):
            given = writer.official("new", 3 + number)
            writer.record_with_retries(address, curated.token, [given])
        assert code_of(next(events)) == "CURSOR_FORKED"
        assert code_of(next(follow_by_events(address, CHANGES, after=ahead))) == "CURSOR_FORKED"
        with open_database(curated.settings) as db:
            whole = [change["revision"] for change in follow(db)]
            assert whole == [str(number) for number in range(1, len(whole) + 1)]
            # Whoever had only what was kept goes on.
            assert len(list(follow(db, common))) == again * (1 + writer.CITATIONS)
            assert feed(db)["head"] == whole[-1]


def code_of(event: dict[str, object]) -> str:
    errors = event["errors"]
    assert isinstance(errors, list), event
    code: str = errors[0]["extensions"]["code"]
    return code


@pytest.mark.long
def test_nothing_is_lost_where_commits_wait_for_replicas(
    servers: Cluster, curated: CuratedDatabase, tmp_path: Path
) -> None:
    with serving(tmp_path, free_port(), KB_DATABASE_URL=curated.settings.database_url) as served:
        address, _ = served
        told = []
        for _ in range(3):
            servers.synchronise()
            for _ in range(5):
                given = writer.official("kept", next(NUMBERS))
                told += writer.record_with_retries(address, curated.token, [given])
            servers.primary.kill()
            servers.fail_over()
        given = writer.official("kept", next(NUMBERS))
        told += writer.record_with_retries(address, curated.token, [given])
        assert told == sorted(set(told))
        with open_database(curated.settings) as db:
            names = [
                json.loads(str(change["document"]))["name"]
                for change in follow(db, types=["OFFICIAL"])
            ]
        assert len(names) == len(told) == len(set(names))
