"""Articles are more than a date: what kind they are, who signed them, whom they name as source.

And what a citation tells of its words, in GraphQL, on pages and in tables.
"""

import json
from collections.abc import Iterator, Mapping

import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.upgrade.upgrade import upgrade
from tests.support.archive_pages import WritePage, ingest_pages
from tests.support.curated import curator, expect_payload
from tests.support.databases import Database
from tests.support.pages import PAGE, tree
from tests.support.soundness import assert_whole, list_findings

pytestmark = pytest.mark.sweep

COMMENT = "bulletin-430-comment-the-csto-has-always-lacked-relevance"
SUMMIT = "bulletin-430-csto-leaders-meet-in-bishkek-for-summit"
NO_PLANS = "bulletin-336-uzbekistan-has-no-plans-to-rejoin-the-csto"
CITED = "csto-founded-1992-in-rejoin-2017"


def slugs(db: Database, wanted: str) -> list[str]:
    answer = db.ask(f"{{ articles(filter: {wanted}) {{ nodes {{ slug }} }} }}")
    match answer["articles"]:
        case {"nodes": list(nodes)}:
            return [node["slug"] for node in nodes]
        case other:
            pytest.fail(f"{other}")


def test_articles_by_their_kind(csto: Database) -> None:
    assert slugs(csto, "{kind: [OPINION]}") == [COMMENT]
    assert len(slugs(csto, "{kind: [REPORT]}")) == 9
    assert len(slugs(csto, "{kind: [REPORT, OPINION]}")) == 10
    assert slugs(csto, "{kind: [DATASET, DOCUMENT]}") == []


def test_articles_by_who_signed_them_and_whom_they_name(csto: Database) -> None:
    assert slugs(csto, '{author: {contains: "Kilner"}}') == [COMMENT]
    assert slugs(csto, '{author: {eq: "Kilner"}}') == []
    assert slugs(csto, '{attribution: {contains: "Kyrgyzstan"}}') == [SUMMIT]
    assert slugs(csto, '{attribution: {startsWith: "Russian media"}}') == [
        "conway-bulletin-235-csto-force-to-be-sent-to-tajikistan"
    ]
    assert len(slugs(csto, '{attribution: {contains: "media"}}')) == 4


def test_a_curator_says_what_an_article_is(filled: Database) -> None:
    by = curator(filled)
    expect_payload(by.record("Article", slug=SUMMIT, kind="DOCUMENT", attribution=None))
    assert slugs(filled, "{kind: [DOCUMENT]}") == [SUMMIT]
    assert slugs(filled, '{attribution: {contains: "Kyrgyzstan"}}') == []
    assert_whole(filled)


VERIFICATION = """{ node(id: "Citation:%s") { ... on Citation { verified verification quote } } }"""


def verification(db: Database) -> object:
    match db.ask(VERIFICATION % CITED)["node"]:
        case {"verified": verified, "verification": word, "quote": quote}:
            assert verified is (word == "VERIFIED") is (quote is not None)
            return word
        case other:
            pytest.fail(f"{other}")


def test_a_citation_says_why_it_is_not_verified(
    filled: Database, page: WritePage, archive: str
) -> None:
    assert verification(filled) == "NO_TEXT"
    ingest_pages(filled, page(archive.replace("formed in 1992", "formed in 1993")))
    assert verification(filled) == "DIFFERS"
    ingest_pages(filled, page(archive))
    assert verification(filled) == "VERIFIED"


def test_the_same_in_a_view(filled: Database, page: WritePage, archive: str) -> None:
    ingest_pages(filled, page(archive.replace("formed in 1992", "formed in 1993")))
    nodes = "citations(first: 100) { nodes { key verification } }"
    view = f'{{ view(knownAt: "2018-01-01") {{ organisation(slug: "csto") {{ {nodes} }} }} }}'
    plain = f'{{ organisation(slug: "csto") {{ {nodes} }} }}'
    known, recorded = (words_of(filled.ask(query)) for query in (view, plain))
    assert known[CITED] == "DIFFERS"
    assert known.items() <= recorded.items()
    assert {*known.values()} == {"DIFFERS", "VERIFIED"}


def words_of(answer: object) -> dict[str, str]:
    """By the key of each citation in an answer."""
    match answer:
        case {"key": str(key), "verification": str(word)}:
            return {key: word}
        case {**fields}:
            return dict(pair for value in fields.values() for pair in words_of(value).items())
        case list(items):
            return dict(pair for item in items for pair in words_of(item).items())
    return {}


def test_pages_tell_it_in_words(filled: Database, page: WritePage, archive: str) -> None:
    ingest_pages(filled, page(archive.replace("formed in 1992", "formed in 1993")))
    with TestClient(create_app(filled.settings), headers=PAGE) as client:
        claim = tree(client, "/organisations/csto").get_element_by_id(CITED)
        (passage,) = claim.xpath("ancestor::li")
        assert "not verified: the words of the text differ" in passage.text_content()


@pytest.fixture(scope="module")
def client(csto: Database) -> Iterator[TestClient]:
    with TestClient(create_app(csto.settings), headers=PAGE) as client:
        yield client


def json_ld(client: TestClient, path: str) -> Mapping[str, object]:
    (script,) = tree(client, path).xpath("//script[@type='application/ld+json']")
    described = json.loads(script.text)
    assert isinstance(described, dict)
    return described


BULLETIN = {"@type": "Periodical", "@id": "/publications/bulletin"}
PUBLISHER = {"@type": "Organization", "name": "Central Asia & South Caucasus Bulletin"}


def test_a_comment_in_the_words_of_schema_org(client: TestClient) -> None:
    """Its dateline dates it; of its issue there is a number, and no day that could be told."""
    described = json_ld(client, f"/articles/{COMMENT}")
    page = f"/articles/{COMMENT}"
    assert {**described, "abstract": ""} == {
        "@context": "https://schema.org",
        "@type": "OpinionNewsArticle",
        "@id": page,
        "url": page,
        "mainEntityOfPage": page,
        "name": "Comment: The CSTO has always lacked relevance",
        "headline": "Comment: The CSTO has always lacked relevance",
        "abstract": "",
        "author": {"@type": "Person", "name": "James Kilner"},
        "publisher": PUBLISHER,
        "isPartOf": {
            "@type": "PublicationIssue",
            "issueNumber": 430,
            "isPartOf": {**BULLETIN, "name": "The Bulletin"},
        },
        "dateCreated": "2019-11-29",
        "dateline": "29 November 2019",
    }


def test_a_report_in_the_words_of_schema_org(client: TestClient) -> None:
    """Its dateline is one of several days: no day is told, but words are."""
    described = json_ld(client, f"/articles/{NO_PLANS}")
    assert described["@type"] == "NewsArticle"
    assert described["isPartOf"] == {
        "@type": "PublicationIssue",
        "issueNumber": 336,
        "datePublished": "2017-07-16",
        "isPartOf": {**BULLETIN, "name": "The Bulletin"},
    }
    assert described["datePublished"] == "2017-07-16"
    assert described["dateline"] == "Tashkent, 3–5 July 2017"
    assert described["locationCreated"] == {"@type": "Place", "name": "Tashkent"}
    assert "dateCreated" not in described
    assert "author" not in described


def test_an_article_with_an_address_of_its_own(filled: Database) -> None:
    given = {"url": "https://example.org/one", "issueNumber": None, "kind": "DATASET"}
    expect_payload(curator(filled).record("Article", slug=NO_PLANS, **given))
    with TestClient(create_app(filled.settings), headers=PAGE) as client:
        described = json_ld(client, f"/articles/{NO_PLANS}")
    assert described["@type"] == "Dataset"
    assert described["url"] == "https://example.org/one"
    assert described["mainEntityOfPage"] == f"/articles/{NO_PLANS}"
    assert described["isPartOf"] == {**BULLETIN, "name": "The Bulletin"}


def test_a_publication_has_its_publisher(client: TestClient) -> None:
    described = json_ld(client, "/publications/bulletin")
    assert (described["@type"], described["publisher"]) == ("Periodical", PUBLISHER)
    page = tree(client, "/publications/bulletin").text_content()
    assert "Central Asia & South Caucasus Bulletin" in page


def test_the_page_of_an_article_tells_what_it_is(client: TestClient) -> None:
    facts = {
        str(term.text_content()): str(term.getnext().text_content()).strip()
        for path in (COMMENT, SUMMIT)
        for term in tree(client, f"/articles/{path}").xpath("//dt")
    }
    assert facts["Author"] == "James Kilner"
    assert facts["Attribution"] == "The media, from the office of Kyrgyzstan's president"
    assert facts["Kind"] == "report"


ARCHIVED = "{ articles(first: 20) { nodes { headline kind author attribution } } }"


def test_what_an_archive_tells_of_its_articles(
    empty: Database, page: WritePage, archive: str
) -> None:
    """By headlines and bylines alone."""
    ingest_pages(empty, page(archive))
    match empty.ask(ARCHIVED)["articles"]:
        case {"nodes": list(nodes)}:
            opinions = [node for node in nodes if node["kind"] == "OPINION"]
            assert (len(nodes), len(opinions)) == (10, 1)
            assert opinions[0]["author"] == "James Kilner"
            assert {node["attribution"] for node in nodes} == {None}
        case other:
            pytest.fail(f"{other}")


def test_an_older_database_gets_its_opinions(filled: Database) -> None:
    database.revert_migrations(filled.engine, "0016")
    # Of an older form, which only its own program could be asked of.
    head = filled.rows("select revision from head")
    assert upgrade(filled.engine)
    assert slugs(filled, "{kind: [OPINION]}") == [COMMENT]
    assert filled.rows("select revision from head") != head
    assert list_findings(filled) == []
    assert_whole(filled)
