"""Pages of answers with permanent links: what they show, where they lead, and how to cite them."""

import json
from collections.abc import Iterator

import pytest
import rispy
from bibtexparser.entrypoint import parse_string

from kb.config import Audience, Keepers, Settings
from kb.web.reference_files import REFERENCE_FORMS
from tests.support.curated import ARTICLE, token
from tests.support.databases import Place
from tests.support.kept_answers import ADA_NOW, WORDS, Service, service
from tests.support.pages import PAGE, text_of, tree

pytestmark = pytest.mark.sweep

ROOT = "https://kb.example.org/data"
HEADLINE = "CSTO"
QUERIES = {
    # An id need not be asked for, nor a record by itself.
    "records": '{ official(slug: "ada") { name } }',
    "lists": '{ officials(filter: {name: {eq: "Ada"}}) { edges { node { name } } } }',
    "nodes": '{ node(id: "Official:ada") { __typename } }',
    "articles": f'{{ article(slug: "{ARTICLE}") {{ headline }} }}',
    "citations": '{ node(id: "Citation:ada-named") { ... on Citation { claim } } }',
    "views": '{ view(knownAt: "2030-01-01") { official(slug: "ada") { name } } }',
}


@pytest.fixture(scope="module")
def kept(place: Place, with_ada: Settings) -> Iterator[Service]:
    """For reading and keeping only."""
    with service(place.create(with_ada), public_url=ROOT) as answers:
        answers.client.headers.update(PAGE)
        yield answers


def page_of(told: dict[str, str]) -> str:
    return f"/answers/{told['id']}"


def links_to_articles(of: Service, query: str) -> list[str]:
    page = tree(of.client, page_of(of.post(query)))
    return [str(link) for link in page.xpath("//section[@aria-labelledby='sources']//li//a/@href")]


def test_a_page_shows_all_that_proves_an_answer(kept: Service) -> None:
    told = kept.post(
        "query Ada($slug: String!) { official(slug: $slug) { name } }", variables={"slug": "ada"}
    )
    page = tree(kept.client, page_of(told))
    words = text_of(page)
    assert "Answer to ‘Ada’" in words
    for shown in ("revision", "sha256"):
        assert told[shown] in words
    assert told["at"][:10] in words
    blocks = [block.text for block in page.xpath("//pre")]
    assert blocks[0].startswith("query Ada($slug: String!) {")
    assert json.loads(blocks[1]) == {"slug": "ada"}
    assert json.loads(blocks[2]) == {"data": {"official": {"name": "Ada"}}}
    (data,) = page.xpath("//link[@rel='alternate']/@href")
    assert data == f"/data/answers/{told['id']}.json"
    (canonical,) = page.xpath("//link[@rel='canonical']/@href")
    assert canonical == told["url"] == f"{ROOT}/answers/{told['id']}"


@pytest.mark.parametrize("what", QUERIES)
def test_the_articles_behind_an_answer_are_listed(kept: Service, what: str) -> None:
    assert links_to_articles(kept, QUERIES[what]) == [f"/data/articles/{ARTICLE}"]


def test_an_answer_that_only_counts_has_no_articles(kept: Service) -> None:
    query = "{ states { totalCount } }"
    assert links_to_articles(kept, query) == []
    page = tree(kept.client, page_of(kept.post(query, 200)))
    assert "It names no record" in text_of(page)


def test_references_are_had_in_each_form(kept: Service) -> None:
    told = kept.post(ADA_NOW)
    files = {form: kept.client.get(f"/answers/{told['id']}.{form}") for form in REFERENCE_FORMS}
    assert {answer.status_code for answer in files.values()} == {200}
    (item,) = files["csl.json"].json()
    assert (item["type"], item["URL"]) == ("dataset", told["url"])
    proof = f"answer {told['id']}, revision {told['revision']}, SHA-256 {told['sha256']}"
    assert item["note"] == proof
    assert item["issued"]["date-parts"] == [[int(part) for part in told["at"][:10].split("-")]]
    (entry,) = parse_string(files["bib"].text).entries
    assert (entry["note"], entry["url"]) == (proof, told["url"])
    (listed,) = rispy.loads(files["ris"].text)
    assert (listed["notes"], listed["urls"]) == ([proof], [told["url"]])
    assert files["txt"].text.endswith(f"{proof}, {told['url']}\n")
    page = text_of(tree(kept.client, page_of(told)))
    assert " ".join(files["txt"].text.split()) in page


def test_what_is_not_there(kept: Service) -> None:
    told = kept.post(ADA_NOW, 200)
    for path in ("none", "none.bib", f"{told['id']}.pdf"):
        assert kept.client.get(f"/answers/{path}").status_code == 404, path
    for path in (told["id"], f"{told['id']}.bib"):
        assert kept.client.get(f"/answers/{path}?known=2016-01-01").status_code == 400, path


def test_a_page_says_why_an_answer_is_not_given(place: Place, with_ada: Settings) -> None:
    with service(place.create(with_ada)) as answers:
        answers.client.headers.update(PAGE)
        told = answers.post(ADA_NOW)
        answers.db.run("update kept_answer set document = '{ nothing }', schema_sha256 = 'x'")
        response = answers.client.get(page_of(told))
        assert response.status_code == 410
        assert "The answer cannot be given again; the schema has changed since" in response.text
        # The reference stays.
        assert told["sha256"] in answers.client.get(f"/answers/{told['id']}.txt").text


@pytest.mark.parametrize("keepers", Keepers)
def test_the_explorer_has_a_button_where_somebody_may_keep_answers(
    with_ada: Settings, keepers: Keepers
) -> None:
    with service(with_ada, answers=keepers) as answers:
        answers.client.headers.update(PAGE)
        page = tree(answers.client, "/graphql")
        assert bool(page.xpath("//main[@data-cites]")) == (keepers is not Keepers.NONE)


def test_to_whom_an_answer_is_not_shown_neither_are_question_and_hash(
    place: Place, with_ada: Settings
) -> None:
    query = f'{{ article(slug: "{ARTICLE}") {{ paragraphs {{ text }} }} }}'
    with service(place.create(with_ada), text=Audience.TOKEN) as guarded:
        guarded.client.headers.update(PAGE)
        bearer = {"authorization": f"Bearer {token(guarded.db)}"}
        guarded.client.headers.update(bearer)
        told = guarded.post(query)
        shown = guarded.client.get(page_of(told))
        assert WORDS in shown.text
        assert told["sha256"] in shown.text
        del guarded.client.headers["authorization"]
        hidden = guarded.client.get(page_of(told))
        assert (hidden.status_code, WORDS in hidden.text) == (403, False)
        # Nor what was asked, which may quote it.
        assert (ARTICLE in shown.text, ARTICLE in hidden.text) == (True, False)
        for form in ("", *(f".{form}" for form in REFERENCE_FORMS)):
            assert told["sha256"] not in guarded.client.get(page_of(told) + form).text
