"""Pages once the archive was ingested: passages stand out in their paragraphs, and lead there."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.web import presentation
from tests.support.databases import SHIPPED, Database
from tests.support.pages import PAGE, crawl, follow_list, tree

pytestmark = pytest.mark.sweep

ASKED = """query ($article: ID!, $after: String) { node(id: $article) { ... on Article {
  paragraphs { number text }
  citations(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { key quote paragraph }
  }
} } }"""
ARTICLES = "{ articles(first: 100) { nodes { id } } }"


@pytest.fixture(scope="module")
def client(ingested_texts: Database) -> Iterator[TestClient]:
    with TestClient(create_app(ingested_texts.settings), headers=PAGE) as client:
        yield client


def read_quotes(ingested_texts: Database, article: str) -> dict[str, tuple[str, str]]:
    """Of each citation in an article: the words, and the paragraph around them."""
    quotes: dict[str, tuple[str, str]] = {}
    after: object = None
    while True:
        node = ingested_texts.ask(ASKED, article=article, after=after)["node"]
        assert isinstance(node, dict)
        texts = {paragraph["number"]: paragraph["text"] for paragraph in node["paragraphs"]}
        for citation in node["citations"]["nodes"]:
            quotes[citation["key"]] = (citation["quote"], texts[citation["paragraph"]])
        if not node["citations"]["pageInfo"]["hasNextPage"]:
            return quotes
        after = node["citations"]["pageInfo"]["endCursor"]


def test_every_passage_stands_out_in_its_paragraph(
    client: TestClient, ingested_texts: Database
) -> None:
    seen = 0
    for article in ingested_texts.ask(ARTICLES)["articles"]["nodes"]:  # type: ignore[index]  # JSON.
        wanted = read_quotes(ingested_texts, article["id"])
        quotes = {
            str(claim.get("id")): (mark.text_content(), quote.text_content())
            for page in follow_list(client, presentation.address(article["id"]), "citations")
            for item in page.xpath("//ol[@class='citations']/li")
            for mark, quote in [(*item.xpath(".//mark"), *item.xpath(".//blockquote"))]
            for claim in item.xpath("div[@id]")
        }
        assert quotes == wanted
        seen += len(quotes)
    assert seen == dict(SHIPPED)["Citation"]


def test_paragraphs_lead_to_what_rests_on_them(client: TestClient) -> None:
    page = tree(client, "/articles/bulletin-430-comment-the-csto-has-always-lacked-relevance")
    seen: list[str] = []
    for paragraph in page.xpath("//section[@class='text']/p"):
        number = str(paragraph.get("id")).removeprefix("paragraph-")
        for link in paragraph.xpath(".//a/@href"):
            (passage,) = page.get_element_by_id(link[1:]).xpath("ancestor::li")
            for claim in passage.xpath("div[@id]"):
                assert claim.text_content().rstrip().endswith(f", paragraph {number} — verified")
                seen.append(str(claim.get("id")))
    assert len(seen) == len({*seen}) == 100


def test_every_link_leads_somewhere(client: TestClient) -> None:
    """To the very paragraph of an article, too."""
    assert len(crawl(client, ["/"])) > 80
