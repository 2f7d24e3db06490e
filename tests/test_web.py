"""Pages: every record has one, every link leads somewhere, and they tell what the schema tells."""

import json
import re
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest
from graphql import parse, validate
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.web import bars, presentation
from kb.web.page_queries import query_text
from kb.web.scale import Scale
from schema.build import build_schema
from tests.support.databases import Database
from tests.support.home_page import assert_agreement
from tests.support.pages import PAGE, crawl, identities, text_of, tree

pytestmark = pytest.mark.sweep


def test_every_record_has_a_page_and_every_link_leads_somewhere(
    client: TestClient, csto: Database
) -> None:
    pages = [*map(presentation.address, identities(csto))]
    assert len(pages) > 80
    assert sum(path.endswith(".csv") for path in crawl(client, ["/", *pages])) > 50


def test_a_page_tells_what_its_query_answers(client: TestClient) -> None:
    page = tree(client, "/states/UZ")
    (link,) = page.xpath("//a[@class='ask']/@href")
    given = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    body = {"query": given["query"], "variables": json.loads(given["variables"])}
    data = client.post("/graphql", json=body, headers={"accept": "application/json"}).json()["data"]
    text = page.text_content()
    assert data["record"]["name"] in page.xpath("//h1")[0].text_content()
    for node in data["record"]["citations"]["nodes"]:
        assert node["claim"] in text
    for node in data["record"]["memberships"]["nodes"]:
        assert node["period"]["text"] in text


def test_a_fact_leads_to_its_passages(client: TestClient) -> None:
    page = tree(client, "/organisations/csto")
    (founded,) = page.xpath("//dt[text()='Founded']/following-sibling::dd")
    cited = [page.get_element_by_id(link[1:]) for link in founded.xpath(".//a/@href")]
    assert len(cited) > 2
    assert all("Founded: " in citation.text_content() for citation in cited)


def test_a_page_that_is_not_there_shows_no_letter_that_is_not_seen(client: TestClient) -> None:
    """Nor one that turns what follows around."""
    missing = client.get("/officials/a%00b%E2%80%AEc%1Bd")
    assert missing.status_code == 404
    assert "<code>a\ufffdb\ufffdc\ufffdd</code>" in missing.text


def test_a_search_marks_what_it_found_and_names_what_is_spelt_like_it(client: TestClient) -> None:
    page = tree(client, "/search?q=secretary-general+khachaturov")
    first = page.xpath("//ol[@class='hits']/li")[0]
    assert [mark.text_content() for mark in first.xpath(".//mark")] == ["Secretary", "General"]
    assert "Yuri Khachaturov, Secretary-General" in first.text_content()
    assert "«" not in text_of(page)
    page = tree(client, "/search?q=Khatchaturov&known=2020-06-01")
    links = page.xpath("//p[@class='suggestions']/a")
    assert [link.text_content() for link in links] == ["Khachaturov"]
    assert links[0].get("href") == "/search?q=Khachaturov&known=2020-06-01"
    early = tree(client, "/search?q=Khatchaturov&known=2018-01-01")
    assert early.xpath("//p[@class='suggestions']") == []


def test_labels_are_names(client: TestClient, csto: Database) -> None:
    """No page shows an id for want of a name."""
    ids = re.compile(rf"\b({'|'.join(presentation.FOLDERS)}):[\w-]")
    for path in ["/", "/search?q=csto", *map(presentation.address, identities(csto))]:
        page = tree(client, path)
        for script in page.xpath("//script"):
            script.drop_tree()
        told = [text_of(page), *page.xpath("//@aria-label | //@title")]
        assert [label for label in told if ids.search(label)] == []


def test_names_stay_as_they_are(client: TestClient) -> None:
    """Only the schema's own names, such as `MEMBER`, are put into words."""
    (acronym,) = tree(client, "/organisations/csto").xpath("//dt[text()='Acronym']/../dd")
    assert acronym.xpath("string((.//text()[normalize-space()])[1])").strip() == "CSTO"
    cells = tree(client, "/states/UZ").xpath("//tbody/tr/td/text()")
    assert {"member", "suspended"} <= {*cells}


def test_identifiers_are_told_by_the_names_of_their_schemes(client: TestClient) -> None:
    (told,) = tree(client, "/states/UZ").xpath("//dt[text()='Identifiers']/../dd")
    assert "Wikidata: Q265" in text_of(told)
    assert "ISO 3166-1 alpha-3: UZB" in text_of(told)


def test_what_is_wrong_is_told_as_a_page(client: TestClient) -> None:
    for path, status, told in (
        ("/states/XX", 404, "no such state"),
        ("/states/UZ?known=yesterday", 400, "yesterday"),
        ("/states/UZ/nothing.csv", 404, "no such table"),
        ("/states/UZ/memberships.xml", 404, "<code>memberships.xml</code>"),
        ("/states/XX/memberships.csv", 404, "no such state"),
        ("/states/XX/picture.csv", 404, "<code>XX</code>"),
        ("/publications/bulletin/picture.csv", 404, "<code>bulletin</code>"),
        ("/figures/none.csv", 404, "<code>none</code>"),
        ("/?organisation=nobody", 404, "no such organisation"),
        ("/picture.svg?organisation=nobody", 404, "<code>nobody</code>"),
        ("/search?q=" + "+".join(f"a{number}" for number in range(30)), 400, "give at most 20"),
    ):
        response = client.get(path)
        assert response.status_code == status, path
        assert told in response.text


def test_what_is_asked_stays_text(client: TestClient) -> None:
    odd = "<script>alert(1)</script>"
    for path in (f"/search?q={odd}", f"/states/{odd}"):
        assert odd not in client.get(path).text


def test_pages_are_for_machines_too(client: TestClient, csto: Database) -> None:
    titles, dated = set(), 0
    for path in map(presentation.address, identities(csto)):
        page = tree(client, path)
        titles.add(str(page.findtext(".//title")))
        (canonical,) = page.xpath("//link[@rel='canonical']/@href")
        assert canonical == path
        if not (about := page.xpath("//script[@type='application/ld+json']")):
            # A record that an article denies: `tests/test_disputes_on_pages.py`.
            continue
        told = json.loads(about[0].text)
        assert told["@context"] == "https://schema.org"
        assert urlsplit(told["@id"]).path == path
        names = ("foundingDate", "startDate", "dateCreated", "datePublished")
        dates = [told[name] for name in names if name in told]
        assert all(re.fullmatch(r"\d{4}(-\d\d){0,2}", date_) for date_ in dates)
        dated += len(dates)
        assert told["name"] == page.xpath("//h1")[0].text_content().strip()
    assert all(title.endswith(" · CSTO knowledge base") for title in titles)
    page = tree(client, "/articles/bulletin-336-uzbekistan-has-no-plans-to-rejoin-the-csto")
    (about,) = page.xpath("//script[@type='application/ld+json']")
    # What is dated from a range of days has none that could be named.
    assert "dateCreated" not in json.loads(about.text)
    assert json.loads(about.text)["datePublished"] == "2017-07-16"
    assert dated > 5


def test_nothing_is_allowed_that_is_not_needed(client: TestClient) -> None:
    for path in ("/", "/states/UZ", "/search?q=taj", "/graphql", "/states/XX"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "http" not in policy
        assert "unsafe-eval" not in policy
        inline = lxml.html.document_fromstring(client.get(path).text).xpath(
            "//script[not(@src) and not(contains(@type, 'json'))] | //style | //@style"
        )
        assert inline == []


def test_the_explorer_opens_with_examples(client: TestClient, csto: Database) -> None:
    page = tree(client, "/graphql")
    shown = json.loads(str(page.get_element_by_id("examples").text))
    assert len(shown) == 5
    schema = build_schema().core
    for example in shown:
        document = parse(example["query"])
        assert validate(schema, document) == []
        if "subscription" not in example["query"]:
            assert csto.ask(example["query"])


def test_the_explorer_shows_what_is_asked_before_its_scripts_are_there(client: TestClient) -> None:
    for query in ("{ revision }", "</textarea><script>alert(1)</script>"):
        response = client.get("/graphql", params={"query": query}, headers=PAGE)
        page = lxml.html.document_fromstring(response.text)
        assert [area.text.strip() for area in page.xpath("//textarea")] == [query]
    page = tree(client, "/graphql")
    first, *_ = json.loads(str(page.get_element_by_id("examples").text))
    assert page.xpath("//textarea")[0].text.strip() == first["query"].strip()


def test_the_home_page_draws_what_the_schema_tells(client: TestClient, csto: Database) -> None:
    data = csto.ask(query_text("home"), on="2016-10-14")
    page = tree(client, "/")
    bars = {bar.get("href"): bar for bar in page.xpath("//a[contains(@class, 'bar')]")}
    organisations = presentation.list_rows(data, "organisations")  # type: ignore[arg-type]  # It is JSON.
    spans = [
        membership
        for org in organisations
        for membership in presentation.list_rows(org, "memberships")
    ]
    assert len(spans) > 10
    for span in spans:
        bar, period = bars[presentation.address(str(span["id"]))], span["period"]
        assert isinstance(period, dict)
        assert period["text"] in bar.get("aria-label")
        for name in ("certainFrom", "certainTo", "possibleFrom", "possibleTo"):
            assert bar.get(f"data-{name.lower()}") == period[name]


IS_DISPUTED = "query ($id: ID!) { node(id: $id) { ... on Sourced { disputed } } }"


def test_pages_tell_what_is_disputed(client: TestClient, csto: Database) -> None:
    """On the page of the record, in tables that have a row of it, and by its bar."""
    bars = tree(client, "/").xpath("//a[contains(@class, 'bar ')]")
    drawn = {bar.get("href"): "disputed" in bar.get("class").split() for bar in bars}
    disputes = 0
    for record_id in identities(csto):
        told = csto.ask(IS_DISPUTED, id=record_id)["node"]
        assert isinstance(told, dict)
        disputed, path = bool(told.get("disputed")), presentation.address(record_id)
        assert ("Disputed: " in text_of(tree(client, path))) == disputed, path
        assert drawn.get(path, disputed) == disputed, path
        disputes += disputed
    assert disputes
    rows = client.get("/states/UZ/memberships.json").json()
    assert {row["membership id"]: row["disputed"] for row in rows} == {
        "Membership:cst-uz-member": "no",
        "Membership:csto-uz-first-member": "yes",
        "Membership:csto-uz-suspended": "yes",
        "Membership:csto-uz-member": "no",
    }


def test_a_day_tells_its_disputes(client: TestClient) -> None:
    page = tree(client, "/", on="2003-06-01")
    (row,) = page.xpath(
        "//ul[contains(@class, 'members')]/li[.//a[contains(@href, 'csto-uz-suspended')]]"
    )
    assert text_of(row[-1]) == "suspended, certain (disputed)"
    assert "by every reading of the recorded dates" in text_of(page)


@pytest.mark.parametrize("known", ["", "2018-01-01"])
def test_a_day_is_answered_by_members_and_holders(client: TestClient, known: str) -> None:
    assert_agreement(client, known)


def test_organisations_without_either_are_named(client: TestClient, csto: Database) -> None:
    """No organisation is left out of the picture in silence."""
    page = tree(client, "/")
    drawn = page.xpath("//div[@id='organisations']/section/h2/a/@href")
    named = page.xpath("//div[@id='organisations']/p[@class='as']/a/@href")
    ids = [record_id for record_id in identities(csto) if record_id.startswith("Organisation:")]
    assert sorted([*drawn, *named]) == sorted(map(presentation.address, ids))


def test_holders_of_state_offices_are_named(client: TestClient) -> None:
    page = tree(client, "/")
    (section,) = page.xpath("//section[@aria-labelledby='stateTerms']")
    names = [text_of(item) for item in section.xpath(".//li/span[1]")]
    assert "Nursultan Nazarbayev, Kazakhstan" in names
    assert "Foreign Minister" in section.xpath("h3/text()")
    (label,) = {str(label_) for label_ in section.xpath(".//a/@aria-label") if "Putin" in label_}
    assert label.startswith("Vladimir Putin, President of Russia: since ")


days = st.dates(date(1991, 1, 1), date(2026, 1, 1))


@given(days, days, st.integers(0, 400), st.integers(0, 400), st.booleans(), st.booleans())
def test_the_parts_of_a_bar_follow_one_another(
    first: date, second: date, before: int, after: int, begun: bool, ended: bool
) -> None:
    """They cover the possible days, and the certain ones stand where the scale puts them."""
    scale = Scale(date(1991, 1, 1), date(2026, 1, 1))
    since, until = sorted((first, second))
    period = {
        "certainFrom": since.isoformat(),
        "certainTo": until.isoformat(),
        "possibleFrom": (since - timedelta(before)).isoformat() if begun else None,
        "possibleTo": (until + timedelta(after)).isoformat() if ended else None,
        "endKind": "DATED" if ended else "ONGOING",
    }
    parts = list(bars._parts(period, scale))
    certain = next(part for part in parts if part.css_class == "certain")
    assert certain.left == scale.at(since, since)
    assert parts[0].left == scale.at(period["possibleFrom"], scale.first)
    for former, latter in pairwise(parts):
        assert abs(former.left + former.width - latter.left) < 0.01
    end = parts[-1].left + parts[-1].width
    assert abs(end - scale.at(period["possibleTo"], scale.last)) < 0.01
    assert all(0 <= part.left <= 100 and part.width >= 0 for part in parts)


def test_the_lockfile_names_no_registry() -> None:
    """Whoever builds it takes the packages from wherever they take packages from."""
    lock = (files("kb.web") / "client" / "package-lock.json").read_text(encoding="utf-8")
    packages = [package for name, package in json.loads(lock)["packages"].items() if name]
    assert all("integrity" in package and "resolved" not in package for package in packages)
