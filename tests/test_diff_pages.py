"""The page of what differs between two moments: in words, by type, and by what it is asked for."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from tests.support.curated import ADA, CITATION, curator, expect_payload
from tests.support.databases import Place, open_database
from tests.support.pages import PAGE, tree

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="module")
def settings(place: Place, loaded: Settings) -> Settings:
    """One official is recorded, renamed, and 60 others after."""
    with open_database(place.create(loaded)) as database:
        writer = curator(database)
        expect_payload(writer.record("Official", **ADA))
        expect_payload(writer.record("Official", slug="ada", name="Ada <B>", nationality="KZ"))
        for number in range(60):
            citation = CITATION | {"key": f"other-{number}"}
            other = {
                "slug": f"other-{number:02}",
                "name": f"Other {number:02}",
                "citations": [citation],
            }
            expect_payload(writer.record("Official", **other))
        return database.settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


def revision_of(client: TestClient, ends: int) -> int:
    """That after which so many changes of officials were made."""
    query = "{ changes(types: [OFFICIAL], first: 100) { nodes { recordId revision } } }"
    nodes = client.post("/graphql", json={"query": query}).json()["data"]["changes"]["nodes"]
    revisions = [int(node["revision"]) for node in nodes if node["recordId"] == "Official:ada"]
    return revisions[ends - 1]


def items(client: TestClient, path: str) -> list[str]:
    told = tree(client, path).cssselect("main ul.changes > li")
    return [" ".join(item.text_content().split()) for item in told]


def test_what_a_commit_made_differ(client: TestClient) -> None:
    before, after = revision_of(client, 1), revision_of(client, 2)
    (told,) = items(client, f"/diff?from={before}&to={after}")
    assert told.startswith("Ada <B>: changed Name: Ada → Ada <B> Nationality: Kazakhstan")
    (back,) = items(client, f"/diff?from={after}&to={before}")
    assert back.startswith("Ada: changed Name: Ada <B> → Ada Nationality: Kazakhstan")
    assert items(client, f"/diff?from={after}&to={after}") == []


def test_what_articles_added(client: TestClient) -> None:
    """By types, each with its sources; citations of their own where they are asked for."""
    page = tree(client, "/diff?from=0001-01-01&to=2030-01-01")
    headings = [each.text_content() for each in page.cssselect("main h3")]
    assert headings == sorted(headings)
    assert "citation" not in headings
    because = page.cssselect("main ul.changes p.as a")
    assert str(because[0].get("href")).startswith("/citations/")
    cited = items(client, "/diff?from=0001-01-01&to=2030-01-01&type=CITATION")
    assert cited
    assert all("Anchor: paragraph" in item or "Anchor" not in item for item in cited)
    assert "[" not in " ".join(items(client, "/diff?from=0001-01-01&to=2030-01-01&type=ARTICLE"))


def test_page_after_page(client: TestClient) -> None:
    path = f"/diff?from={revision_of(client, 2)}&to=9999999"
    assert client.get(path).status_code == 400
    head = client.post("/graphql", json={"query": "{ revision }"}).json()["data"]["revision"]
    path = f"/diff?from={revision_of(client, 2)}&to={head}&type=OFFICIAL"
    first = items(client, path)
    (link,) = [
        each.get("href")
        for each in tree(client, path).cssselect("main p.as a")
        if each.text_content() == "The next"
    ]
    rest = items(client, str(link))
    assert (len(first), len(rest)) == (50, 10)
    assert not {*first} & {*rest}


def test_what_is_no_moment_is_refused(client: TestClient) -> None:
    assert tree(client, "/diff").cssselect("form.narrow input[name=from]")
    for params, words in (
        ("from=foo&to=3", "`from` is `foo`, which is neither a day nor a revision"),
        ("from=2016-02-31&to=3", "neither a day nor a revision"),
        ("from=1&to=2&type=STATES", "which is no type"),
        ("from=1&to=2&types=STATE", "write it as `type`"),
        ("from=1", "`to` is missing; give both"),
        ("from=&to=2019-12-31", "`from` is missing; give both"),
    ):
        response = client.get(f"/diff?{params}")
        assert response.status_code == 400
        assert words in response.text


def test_the_day_of_other_pages_changes_nothing(client: TestClient) -> None:
    """It stays in links, and is none of the two moments; the page has no field for it."""
    path = "/diff?from=2017-12-31&to=2019-12-31"
    within = tree(client, f"{path}&known=2018-01-01")
    assert items(client, f"{path}&known=2018-01-01") == items(client, path) != []
    assert not within.cssselect("main form.known")
    (hidden,) = within.cssselect("main form.narrow input[type=hidden]")
    assert (hidden.get("name"), hidden.get("value")) == ("known", "2018-01-01")
    links = [str(each.get("href")) for each in within.cssselect("main ul.changes a")]
    assert all(link.endswith("known=2018-01-01") for link in links)
