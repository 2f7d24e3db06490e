"""Pages of citations and articles as they are cited: references, annotations, links to words."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from starlette.testclient import TestClient

from kb.app import create_app
from kb.citations.anchors import hash_words
from kb.config import Audience, Settings
from kb.web.annotations import ANNOTATION_TYPE, link_to_words
from kb.web.presentation import Json, JsonObject
from kb.web.reference_files import REFERENCE_FORMS
from tests.support.curated import ADA, ARTICLE, curator, expect_payload
from tests.support.databases import Place, open_database
from tests.support.pages import PAGE, text_of, tree

pytestmark = pytest.mark.sweep

ROOT = "https://kb.example.org/data"
OWN = "https://example.org/news/301#top"
TEXT = [
    "A first one.",
    "Words stand before it: Ada, who is well-known, came. Words stand behind it.",
]
WORDS = "Ada, who is well-known, came"
START = TEXT[1].index(WORDS)
CITED: list[Mapping[str, object]] = [
    {"key": "ada-came", "quote": WORDS, "claim": "It says that she came."},
    {
        "key": "ada-denied",
        "locator": "row 12",
        "observedOn": "2016-01-02",
        "field": "name",
        "value": "Ada",
        "stance": "DISPUTES",
        "claim": "It calls her otherwise.",
    },
    {"key": "ada-whole", "claim": "All of it is about her."},
]
LINKED_DATA = {"accept": "application/ld+json"}


TARGET: dict[str, object] = {
    "type": "SpecificResource",
    "source": f"{ROOT}/articles/{ARTICLE}",
}


@pytest.fixture(scope="module")
def settings(place: Place, loaded: Settings) -> Settings:
    with open_database(place.create(loaded)) as database:
        writer = curator(database)
        expect_payload(writer.record("Article", slug=ARTICLE, paragraphs=TEXT, url=OWN))
        citations = [{"article": ARTICLE, **each} for each in CITED]
        expect_payload(writer.record("Official", **ADA | {"citations": citations}))
        return database.settings


@pytest.fixture(scope="module", params=[Audience.PUBLIC, Audience.TOKEN])
def texts(request: pytest.FixtureRequest) -> Audience:
    """To whom they are shown."""
    audience: Audience = request.param
    return audience


@pytest.fixture(scope="module")
def cited(settings: Settings, texts: Audience) -> Iterator[TestClient]:
    shown = settings.model_copy(update={"text": texts, "public_url": ROOT})
    with TestClient(create_app(shown), base_url=ROOT, headers=PAGE) as client:
        yield client


def annotation(client: TestClient, key: str, known: str = "") -> dict[str, Any]:
    response = client.get(f"citations/{key}.jsonld{known}")
    assert response.headers["content-type"] == ANNOTATION_TYPE
    made: dict[str, Any] = response.json()
    assert made["type"] == "Annotation"
    assert made["id"] == f"{ROOT}/citations/{key}{known}"
    return made


def test_an_annotation_is_a_claim_about_words(cited: TestClient, texts: Audience) -> None:
    made = annotation(cited, "ada-came")
    assert (made["motivation"], made["stance"]) == (["describing", "linking"], "cito:supports")
    assert made["body"] == [
        {
            "type": "TextualBody",
            "purpose": "describing",
            "format": "text/plain",
            "value": "It says that she came.",
        },
        {
            "type": "SpecificResource",
            "purpose": "linking",
            "source": f"{ROOT}/officials/ada",
        },
    ]
    paragraph = {
        "type": "FragmentSelector",
        "conformsTo": "http://tools.ietf.org/rfc/rfc3236",
        "value": "paragraph-2",
        "refinedBy": {
            "type": "TextPositionSelector",
            "start": START,
            "end": START + len(WORDS),
            "sha256": hash_words(WORDS),
        },
    }
    if texts is Audience.TOKEN:
        own = {"type": "SpecificResource", "source": OWN}
        assert made["target"] == [TARGET | {"selector": [paragraph]}, own]
        return
    quoted = {
        "type": "TextQuoteSelector",
        "exact": WORDS,
        "prefix": "Words stand before it: ",
        "suffix": ". Words stand behind it.",
    }
    led = {
        "type": "FragmentSelector",
        "conformsTo": "https://wicg.github.io/scroll-to-text-fragment/",
        "value": ":~:text=Ada%2C%20who%20is%20well%2Dknown%2C%20came",
    }
    hashed = paragraph | {"sha256": hash_words(TEXT[1])}
    assert made["target"] == [
        TARGET | {"selector": [hashed, quoted]},
        {"type": "SpecificResource", "source": OWN, "selector": [quoted, led]},
    ]


def test_one_without_words_has_the_place_that_it_names(cited: TestClient) -> None:
    made = annotation(cited, "ada-denied")
    assert made["stance"] == "cito:disputes"
    assert made["body"][1] == {
        "type": "SpecificResource",
        "purpose": "linking",
        "source": f"{ROOT}/officials/ada",
        "field": "name",
        "fieldValue": "Ada",
    }
    more = {
        "selector": [{"type": "FragmentSelector", "value": "row 12"}],
        "observedOn": "2016-01-02",
    }
    own = {"type": "SpecificResource", "source": OWN}
    assert made["target"] == [TARGET | more, own | more]
    assert annotation(cited, "ada-whole")["target"] == [TARGET, own]


def test_every_name_of_an_annotation_has_a_meaning(cited: TestClient) -> None:
    made = annotation(cited, "ada-denied")
    _, names = made["@context"]
    terms = {"schema", "cito"}
    for name, meaning in names.items():
        iri = meaning["@id"] if isinstance(meaning, dict) else meaning
        assert name in terms or iri.partition(":")[0] in terms


def test_the_address_of_a_page_leads_to_the_annotation(cited: TestClient) -> None:
    page = f"{ROOT}/citations/ada-came"
    answer = cited.get(f"{page}?known=2020-01-01", headers=LINKED_DATA, follow_redirects=False)
    assert (answer.status_code, answer.headers["vary"]) == (303, "Accept, Accept-Encoding, Origin")
    assert answer.headers["location"] == "/data/citations/ada-came.jsonld?known=2020-01-01"
    for accept in ("*/*", PAGE["accept"], "text/html, application/ld+json;q=0.5"):
        html = cited.get(page, headers={"accept": accept})
        assert html.headers["content-type"] == "text/html; charset=utf-8"
        assert "Accept" in html.headers["vary"].split(", ")
        # Whoever has the page does not have the annotation.
        tag = {"If-None-Match": html.headers["etag"]}
        assert cited.get(page, headers=tag | {"accept": accept}).status_code == 304
        told = cited.get(page, headers=tag | LINKED_DATA, follow_redirects=False)
        assert told.status_code == 303


def test_a_page_shows_the_words_and_leads_to_them(cited: TestClient, texts: Audience) -> None:
    page = tree(cited, f"{ROOT}/citations/ada-came")
    leading = page.xpath("//a[text()='These words where the article stands']/@href")
    marked = [text_of(mark) for mark in page.xpath("//blockquote/mark")]
    if texts is Audience.TOKEN:
        assert (leading, marked) == ([], [])
        assert "The text of articles is not public here" in text_of(page)
    else:
        fragment = ":~:text=Ada%2C%20who%20is%20well%2Dknown%2C%20came"
        assert (leading, marked) == ([f"{OWN}{fragment}"], [WORDS])
    assert text_of(page.xpath("//h1")[0]) == "It says that she came."
    facts = {text_of(fact[0]): text_of(fact[1]) for fact in page.xpath("//dl/div")}
    assert facts["Supports"] == "Ada"
    assert facts["Stands in"].endswith(", paragraph 2 — verified")
    denied = tree(cited, f"{ROOT}/citations/ada-denied")
    facts = {text_of(fact[0]): text_of(fact[1]) for fact in denied.xpath("//dl/div")}
    assert (facts["Disputes"], facts["Says"]) == ("Ada", "Name: Ada")
    (canonical,) = denied.xpath("//link[@rel='canonical']/@href")
    assert canonical == f"{ROOT}/citations/ada-denied"


@pytest.mark.parametrize("path", [f"articles/{ARTICLE}", "citations/ada-came"])
@pytest.mark.parametrize("known", ["", "?known=2020-01-01"])
def test_a_page_offers_its_reference_in_each_form(cited: TestClient, path: str, known: str) -> None:
    page = tree(cited, f"{ROOT}/{path}{known}")
    (words,) = map(text_of, page.xpath("//p[@class='reference']"))
    links = page.xpath("//section[@aria-labelledby='cite']//a/@href")
    assert links == [f"/data/{path}.{form}{known}" for form in REFERENCE_FORMS]
    place = ", para. 2" if path.startswith("citations") else ""
    assert words == (
        "“CSTO agree on crises centre in Armenian capital”, The Conway Bulletin, no. 301,"
        f" 21 October 2016{place}, {OWN}"
    )
    for link, form in zip(links, REFERENCE_FORMS.values(), strict=True):
        answer = cited.get(f"https://kb.example.org{link}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == form.media_type
        assert OWN in answer.text
    assert cited.get(f"https://kb.example.org{links[-1]}").text == f"{words}\n"


def test_lists_of_articles_are_references_too(cited: TestClient) -> None:
    """Under all that narrows and sorts them, and within a view."""
    for narrowed in ("", "?kind=OPINION", "?q=csto", "?known=2016-10-21&order=-HEADLINE"):
        answers = {form: cited.get(f"{ROOT}/articles.{form}{narrowed}") for form in REFERENCE_FORMS}
        rows = cited.get(f"{ROOT}/articles.json{narrowed}").json()
        keys = [row["article id"].partition(":")[2] for row in rows]
        assert keys
        for form, answer in answers.items():
            assert answer.headers["content-type"] == REFERENCE_FORMS[form].media_type
        assert [item["id"] for item in answers["csl.json"].json()] == keys
        assert [entry.key for entry in parse_string(answers["bib"].text).entries] == keys
        assert [entry["id"] for entry in rispy.loads(answers["ris"].text)] == keys
        assert len(answers["txt"].text.splitlines()) == len(keys)
    none = f"{ROOT}/articles.csl.json?known=1990-01-01"
    assert cited.get(none).json() == []
    assert cited.get(f"{ROOT}/articles.csl.json?nope=1").status_code == 400
    assert cited.get(f"{ROOT}/states.bib").status_code == 404
    links = tree(cited, f"{ROOT}/articles?kind=OPINION").xpath("//main//a/@href")
    assert {f"/data/articles.{form}?kind=OPINION" for form in REFERENCE_FORMS} <= {*links}


def test_what_was_not_known_is_not_cited(cited: TestClient) -> None:
    for path in (f"articles/{ARTICLE}", "citations/ada-came"):
        for ending in (".bib", ".txt", *([".jsonld"] if path.startswith("c") else [""])):
            told = [
                cited.get(f"{ROOT}/{path}{ending}?known={day}").status_code
                for day in ("2016-10-20", "2016-10-21")
            ]
            assert told == [404, 200], (path, ending)
    known = annotation(cited, "ada-whole", "?known=2016-10-21")
    assert known["body"][1]["source"] == f"{ROOT}/officials/ada?known=2016-10-21"


def test_what_is_not_there_is_told(cited: TestClient) -> None:
    for path, told in (
        ("articles/nope.bib", "no such article"),
        (f"articles/{ARTICLE}.xml", f"<code>{ARTICLE}.xml</code>"),
        (f"articles/{ARTICLE}.csl", "no such reference"),
        ("articles/nope.jsonld", "no such article"),
        ("citations/nope", "no such citation"),
        ("citations/nope.jsonld", "<code>nope</code>"),
        ("citations/ada-came.csl", "<code>ada-came.csl</code>"),
    ):
        answer = cited.get(f"{ROOT}/{path}")
        assert (answer.status_code, told in answer.text) == (404, True), path
    answer = cited.get(f"{ROOT}/citations/ADA-came.JSONLD", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        308,
        "/data/citations/ada-came.jsonld",
    )


def test_records_and_lists_lead_to_the_pages_of_their_citations(cited: TestClient) -> None:
    for path in ("officials/ada", f"articles/{ARTICLE}", "citations?article.eq=" + ARTICLE):
        links = {*tree(cited, f"{ROOT}/{path}").xpath("//main//a/@href")}
        assert {f"/data/citations/{each['key']}" for each in CITED} <= links, path


def test_links_to_words_are_read_as_they_are_meant() -> None:
    assert fragment("a, b - c & d") == ":~:text=a%2C%20b%20%2D%20c%20%26%20d"
    long = " ".join(f"w{number}" for number in range(100))
    assert fragment(long) == ":~:text=w0%20w1%20w2%20w3%20w4,w95%20w96%20w97%20w98%20w99"
    assert fragment("x" * 300) == f":~:text={'x' * 300}"


def test_links_to_words_that_stand_several_times_have_what_is_around_them() -> None:
    """The first place would be marked, whichever is cited; letter case does not matter to it."""
    around = ":~:text=Then%2C%20well%2Dmet%2C-,Ada%20came,-and%20went."
    assert fragment("Ada came", "Then, well-met, ", " and went.", "ada came") == around
    assert fragment("Ada came", "", " and went.", "Ada came") == ":~:text=Ada%20came,-and%20went."
    many = fragment("Ada came", "0 1 2 3 4 5 ", "", "Ada came")
    assert many == ":~:text=1%202%203%204%205-,Ada%20came"


def test_no_link_leads_to_parts_of_words() -> None:
    assert fragment("Ada", "(", "’s came") == ":~:text=Ada"
    for before, after in (("Gr", ""), ("", "h"), ("", "1")):
        assert fragment("Ada", before, after) == ""


def fragment(words: str, before: str = "", after: str = "", headline: str = "") -> str:
    """What leads to the words of a citation of an article that has been published."""
    text = f"{before}{words}{after}"
    url = "https://example.org/"
    paragraphs: list[Json] = [{"number": 1, "text": text}]
    article: JsonObject = {"url": url, "headline": headline, "paragraphs": paragraphs}
    place = {"paragraph": 1, "start": len(before), "end": len(before + words)}
    link = link_to_words({"article": article, "verified": True, **place})
    return link.removeprefix(f"{url}#")
