"""Pages once the archive was ingested: passages stand out in their paragraphs, and lead there."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.archive.pages import page_paths
from kb.config import Settings
from kb.ingest.ingest import ingest
from kb.web import presentation
from tests.support.databases import Database, Place, open_database
from tests.support.pages import PAGE, crawl, follow_list, tree

ASKED = """query ($article: ID!, $after: String) { node(id: $article) { ... on Article {
  paragraphs { number text }
  citations(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { key quote paragraph }
  }
} } }"""
ARTICLES = "{ articles(first: 100) { nodes { id } } }"


@pytest.fixture(scope="module")
def ingested(
    place: Place, loaded: Settings, archive: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    page = tmp_path_factory.mktemp("archive") / "csto.txt"
    page.write_text(archive, encoding="utf-8")
    with open_database(place.create(loaded)) as opened:
        ingest(opened.engine, page_paths([page]))
        yield opened


@pytest.fixture(scope="module")
def client(ingested: Database) -> Iterator[TestClient]:
    with TestClient(create_app(ingested.settings), headers=PAGE) as client:
        yield client


def quoted(ingested: Database, article: str) -> dict[str, tuple[str, str]]:
    """Of each citation in an article: the words, and the paragraph around them."""
    found: dict[str, tuple[str, str]] = {}
    after: object = None
    while True:
        node = ingested.ask(ASKED, article=article, after=after)["node"]
        assert isinstance(node, dict)
        texts = {one["number"]: one["text"] for one in node["paragraphs"]}
        for one in node["citations"]["nodes"]:
            found[one["key"]] = (one["quote"], texts[one["paragraph"]])
        if not node["citations"]["pageInfo"]["hasNextPage"]:
            return found
        after = node["citations"]["pageInfo"]["endCursor"]


def test_every_passage_stands_out_in_its_paragraph(client: TestClient, ingested: Database) -> None:
    seen = 0
    for article in ingested.ask(ARTICLES)["articles"]["nodes"]:  # type: ignore[index]  # JSON.
        wanted = quoted(ingested, article["id"])
        found = {
            str(one.get("id")): (
                one.xpath(".//mark")[0].text_content(),
                one.xpath(".//blockquote")[0].text_content(),
            )
            for page in follow_list(client, presentation.address(article["id"]), "citations")
            for one in page.xpath("//ol[@class='citations']/li")
        }
        assert found == wanted
        seen += len(found)
    assert seen == 329


def test_paragraphs_lead_to_what_rests_on_them(client: TestClient) -> None:
    page = tree(client, "/articles/bulletin-430-comment-the-csto-has-always-lacked-relevance")
    seen = 0
    for paragraph in page.xpath("//section[@class='text']/p"):
        number = str(paragraph.get("id")).removeprefix("paragraph-")
        for link in paragraph.xpath(".//a/@href"):
            passage = page.get_element_by_id(link[1:]).text_content()
            assert f"paragraph {number} — verified\n" in passage
            seen += 1
    assert seen == 100


def test_every_link_leads_somewhere(client: TestClient) -> None:
    """To the very paragraph of an article, too."""
    assert len(crawl(client, ["/"])) > 80
