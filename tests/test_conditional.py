"""Pages and files by their tags: 304 as long as nothing has changed, and not a moment longer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.config import Audience
from kb.middleware import conditional
from tests.support.curated import token
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

PAGES = ("/", "/?on=2016-10-14", "/states/UZ", "/search?q=zas", "/states/UZ/memberships.csv")
UNDATED = ("/export", "/export/states.csv", "/export/states.parquet", "/schema.graphql")
LATER = date.today() + timedelta(days=1)


@pytest.fixture
def client(filled: Database) -> Iterator[TestClient]:
    with TestClient(create_app(filled.settings)) as client:
        yield client


def commit(of: Database) -> int:
    """A commit, from outside; its revision."""
    with database.write_transaction(of.engine) as connection:
        connection.exec_driver_sql("update state set official_name = 'N' where key = 'UZ'")
        connection.exec_driver_sql("update head set revision = revision + 1")
        return int(connection.exec_driver_sql("select revision from head").scalar_one())


def status(client: TestClient, path: str, tag: str, **headers: str) -> int:
    """Of the answer to whoever has one with that tag."""
    response = client.get(path, headers={"If-None-Match": tag, **headers})
    assert bool(response.content) is (response.status_code != 304)
    return response.status_code


def test_the_same_until_a_commit(client: TestClient, filled: Database) -> None:
    firsts = {path: client.get(path) for path in (*PAGES, *UNDATED)}
    for path, first in firsts.items():
        tag, modified = first.headers["etag"], first.headers["last-modified"]
        assert tag.startswith('W/"')
        assert first.headers["cache-control"] == "public, no-cache"
        assert datetime.now(UTC) - parsedate_to_datetime(modified) < timedelta(hours=1)
        for wanted in (tag, f'"x", {tag}', tag.removeprefix("W/")):
            same = client.get(path, headers={"If-None-Match": wanted})
            assert (same.status_code, same.content) == (304, b"")
            # They take the place of those that the client has: another policy would bar a page
            # from its own styles.
            told = {*same.headers.items()} - {*first.headers.items()}
            assert {name for name, _ in told} <= {"vary", "x-request-id"}
            for name in ("etag", "last-modified", "cache-control", "x-kb-revision"):
                assert same.headers[name] == first.headers[name]
    revision = commit(filled)
    for path, first in firsts.items():
        assert status(client, path, first.headers["etag"]) == 200
        assert client.get(path).headers["x-kb-revision"] == str(revision)


def test_whatever_is_there_is_not_sent_to_who_wants_none(client: TestClient) -> None:
    """By RFC 9110, 13.1.2; queries, which have tags of their own, no less."""
    query = "/graphql?query={about{title}}"
    for path in (*PAGES, *UNDATED, "/changes.ndjson", "/reconcile", query):
        same, first = client.get(path, headers={"If-None-Match": "*"}), client.get(path)
        assert (same.status_code, same.content, first.status_code) == (304, b"", 200), path
        assert same.headers["etag"] == first.headers["etag"]
        told = {*same.headers.items()} - {*first.headers.items()}
        assert {name for name, _ in told} <= {"vary", "x-request-id"}


def test_what_is_not_there_has_no_tag(client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    for path in ("/states/XX", "/nowhere", "/export/wars.csv", "/?on=never"):
        response = client.get(path)
        assert response.status_code >= 400
        assert "etag" not in response.headers
        for wanted in ("*", tag):
            assert status(client, path, wanted) == response.status_code


def test_each_url_has_a_tag_of_its_own(client: TestClient) -> None:
    paths = [*PAGES, *UNDATED]
    assert len({client.get(path).headers["etag"] for path in paths}) == len(paths)


def test_pages_change_with_the_day(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {path: client.get(path).headers["etag"] for path in (*PAGES, *UNDATED)}

    class Tomorrow(date):
        @classmethod
        def today(cls) -> "Tomorrow":
            return cls(LATER.year, LATER.month, LATER.day)

    monkeypatch.setattr(conditional, "date", Tomorrow)
    assert {path for path, tag in tags.items() if status(client, path, tag) == 200} == {*PAGES}


def test_whoever_has_a_token_shares_nothing(client: TestClient, filled: Database) -> None:
    bearing = {"Authorization": f"Bearer {token(filled)}"}
    for path in ("/states/UZ", "/export"):
        borne, plain = client.get(path, headers=bearing), client.get(path)
        assert borne.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in borne.headers["vary"]
        assert "Authorization" not in plain.headers["vary"]
        assert borne.headers["etag"] != plain.headers["etag"]
        assert status(client, path, plain.headers["etag"], **bearing) == 200
        assert status(client, path, borne.headers["etag"]) == 200
        assert status(client, path, borne.headers["etag"], **bearing) == 304


def test_whoever_sees_less_by_the_settings_has_another_tag(filled: Database) -> None:
    tags = set()
    for text in (Audience.PUBLIC, Audience.TOKEN):
        settings = filled.settings.model_copy(update={"text": text})
        with TestClient(create_app(settings)) as client:
            tags.add(client.get("/export").headers["etag"])
    assert len(tags) == 2


def test_times_alone_are_not_heeded(client: TestClient) -> None:
    """A second is too coarse, and a page changes with the day."""
    modified = client.get("/").headers["last-modified"]
    assert client.get("/", headers={"If-Modified-Since": modified}).status_code == 200
