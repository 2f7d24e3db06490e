"""Pages: every record has one, every link leads somewhere, and they tell what the schema tells."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from io import StringIO
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest
from graphql import parse, validate
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.web import records, timeline
from kb.web.asked import text_of
from schema.build import build_schema
from tests.databases import Database, Place

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ALL = """{ feed { counts { type count } } changes(first: 1000) { nodes { recordId op } } }"""


@pytest.fixture(scope="module")
def client(place: Place, loaded: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(place.create(loaded)), headers=PAGE) as client:
        yield client


def tree(client: TestClient, path: str) -> lxml.html.HtmlElement:
    response = client.get(path)
    assert response.status_code == 200, path
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return lxml.html.document_fromstring(response.text)


def identities(csto: Database) -> list[str]:
    """Of all records that have a page."""
    nodes = csto.ask(ALL)["changes"]["nodes"]  # type: ignore[index]  # It is JSON.
    return [one["recordId"] for one in nodes if not one["recordId"].startswith("Citation:")]


def crawled(client: TestClient, left: list[str]) -> set[str]:
    """All that these pages lead to, by any number of steps; whatever leads nowhere is a failure."""
    seen = {"/graphql", "/export"}
    places: set[tuple[str, str]] = set()
    there: set[tuple[str, str]] = set()
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200, path
        if not response.headers["content-type"].startswith("text/html"):
            continue
        page = lxml.html.document_fromstring(response.text)
        there |= {(path, str(one)) for one in page.xpath("//@id")}
        for _, attribute, link, _ in page.iterlinks():
            parts = urlsplit(link)
            outside = parts.scheme in ("http", "https") and attribute == "href"
            assert outside or not parts.netloc, link
            if parts.path and not outside and parts.scheme != "data":
                left.append(parts.path)
            if parts.fragment:
                places.add((parts.path or path, parts.fragment))
    assert len(places) > 100
    assert places <= there
    return seen


def test_every_record_has_a_page_and_every_link_leads_somewhere(
    client: TestClient, csto: Database
) -> None:
    pages = [*map(records.address, identities(csto))]
    assert len(pages) > 80
    assert sum(path.endswith(".csv") for path in crawled(client, ["/", *pages])) > 50


def test_a_page_tells_what_its_query_answers(client: TestClient) -> None:
    page = tree(client, "/states/UZ")
    (asked,) = page.xpath("//a[@class='ask']/@href")
    given = {name: one for name, (one,) in parse_qs(urlsplit(asked).query).items()}
    body = {"query": given["query"], "variables": json.loads(given["variables"])}
    data = client.post("/graphql", json=body, headers={"accept": "application/json"}).json()["data"]
    text = page.text_content()
    assert data["record"]["name"] in page.xpath("//h1")[0].text_content()
    for one in data["record"]["citations"]["nodes"]:
        assert one["claim"] in text
    for one in data["record"]["memberships"]["nodes"]:
        assert one["period"]["text"] in text


def test_a_fact_leads_to_its_passages(client: TestClient) -> None:
    page = tree(client, "/organisations/csto")
    (founded,) = page.xpath("//dt[text()='Founded']/following-sibling::dd")
    cited = [page.get_element_by_id(link[1:]) for link in founded.xpath(".//a/@href")]
    assert len(cited) > 2
    assert all("founded" in one.text_content() for one in cited)


def test_known_on_a_day(client: TestClient) -> None:
    early = tree(client, "/organisations/csto?known=2018-01-01")
    assert "as known on 2018-01-01" in early.text_content()
    assert "Stanislav Zas" not in early.text_content()
    assert "Stanislav Zas" in tree(client, "/organisations/csto").text_content()
    (asked,) = early.xpath("//a[@class='ask']/@href")
    assert "view(knownAt: $known)" in parse_qs(urlsplit(asked).query)["query"][0]
    assert client.get("/officials/stanislav-zas?known=2018-01-01").status_code == 404


def test_links_keep_the_day(client: TestClient) -> None:
    early = tree(client, "/organisations/csto?known=2018-01-01")
    links = [urlsplit(link) for link in early.xpath("//main//table//a/@href")]
    assert len(links) > 20
    assert all(parse_qs(link.query) == {"known": ["2018-01-01"]} for link in links)
    missing = client.get("/officials/stanislav-zas?known=2018-01-01")
    assert "that was known on" in missing.text


def test_the_home_page_as_known_on_a_day(client: TestClient) -> None:
    early = tree(client, "/?known=2018-01-01")
    assert "As known on 2018-01-01" in early.text_content()
    assert "Stanislav Zas" not in early.text_content()
    assert "Stanislav Zas" in tree(client, "/").text_content()
    links = early.xpath("//main//a[not(@class='ask') and starts-with(@href, '/')]/@href")
    links = [link for link in links if link != "/"]
    assert len(links) > 30
    assert all("known=2018-01-01" in urlsplit(link).query for link in links)


def followed(client: TestClient, path: str, name: str) -> Iterator[lxml.html.HtmlElement]:
    """A page, and those that go on with one of its lists."""
    while True:
        page = tree(client, path)
        yield page
        onward = page.xpath(f"//a[text()='The next' and contains(@href, '#{name}')]/@href")
        if not onward:
            return
        (path,) = onward


def test_lists_go_on(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every page of a list cut short, all of it is still there, once, in order."""
    path = "/organisations/csto"
    rows = "//section[@aria-labelledby='{}']//tbody/tr/td[1]//text()"
    names = ("memberships", "terms", "summits", "events")
    whole = {name: tree(client, path).xpath(rows.format(name)) for name in names}
    data = {name: client.get(f"{path}/{name}.csv").text for name in names}
    monkeypatch.setattr("kb.web.asked.text_of", lambda name: text_of(name).replace("100", "2"))
    for name in names:
        pages = list(followed(client, path, name))
        assert len(pages) > 1
        assert [row for page in pages for row in page.xpath(rows.format(name))] == whole[name]
        assert client.get(f"{path}/{name}.csv").text == data[name]
        back = pages[-1].xpath("//a[text()='From the first']/@href")
        assert back == [f"{path}#{name}"]


def test_lists_of_the_home_page_and_of_hits_go_on(client: TestClient, csto: Database) -> None:
    asked = "{ articles { totalCount } disagreements { totalCount } }"
    data = csto.ask(asked)
    for name in ("articles", "disagreements"):
        found = [
            link
            for page in followed(client, "/", name)
            for link in page.xpath(f"//section[@aria-labelledby='{name}']//li/a[1]/@href")
        ]
        assert len(found) == data[name]["totalCount"]  # type: ignore[index]  # It is JSON.
    hits = [
        link
        for page in followed(client, "/search?q=csto", "search")
        for link in page.xpath("//ol[@id='search']/li/a/@href")
    ]
    assert len(hits) == len({*hits}) > 20
    assert client.get("/?articles=nonsense").status_code == 400


def test_columns_tell_something(client: TestClient) -> None:
    """None is empty, or tells but on which record's page it stands."""
    for path in ("/organisations/csto", "/states/UZ", "/officials/stanislav-zas"):
        page = tree(client, path)
        for table in page.xpath("//table"):
            for at in range(len(table.xpath(".//th"))):
                cells = table.xpath(f".//tbody/tr/td[{at + 1}]")
                assert any(cell.text_content() for cell in cells)
                assert {*(link for cell in cells for link in cell.xpath("a/@href"))} != {path}


def test_names_stay_as_they_are(client: TestClient) -> None:
    """Only the schema's own names, such as `MEMBER`, are put into words."""
    text = tree(client, "/organisations/csto").xpath("//dt[text()='Acronym']/../dd")[0]
    assert text.text_content().strip() == "CSTO"
    cells = tree(client, "/states/UZ").xpath("//tbody/tr/td/text()")
    assert {"member", "suspended"} <= {*cells}


def test_what_is_wrong_is_told_as_a_page(client: TestClient) -> None:
    for path, status, told in (
        ("/states/XX", 404, "no such state"),
        ("/states/UZ?known=yesterday", 400, "yesterday"),
        ("/states/UZ/nothing.csv", 404, "no such table"),
        ("/states/UZ/memberships.xml", 404, "no such table"),
        ("/search?q=" + "+".join(f"a{one}" for one in range(30)), 400, "give at most 20"),
    ):
        response = client.get(path)
        assert response.status_code == status, path
        assert told in response.text


def test_what_is_asked_stays_text(client: TestClient) -> None:
    odd = "<script>alert(1)</script>"
    for path in (f"/search?q={odd}", f"/states/{odd}"):
        assert odd not in client.get(path).text


def test_tables_as_data(client: TestClient) -> None:
    page = tree(client, "/states/UZ")
    shown = [
        [cell.text_content() for cell in row.xpath("td")]
        for row in page.xpath("//section[@aria-labelledby='memberships']//tbody/tr")
    ]
    response = client.get("/states/UZ/memberships.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    headings, *rows = csv.reader(StringIO(response.text))
    told = client.get("/states/UZ/memberships.json").json()
    assert [[one[head] or "" for head in headings] for one in told] == rows
    ids = [at for at, head in enumerate(headings) if head.endswith(" id")]
    assert [headings[at] for at in ids] == ["membership id", "organisation id"]
    assert [[cell for at, cell in enumerate(row) if at not in ids] for row in rows] == shown
    links = page.xpath("//section[@aria-labelledby='memberships']//tbody/tr/td[1]/a/@href")
    assert [records.address(row[ids[0]]) for row in rows] == links


def test_tables_as_data_are_those_of_the_day(client: TestClient) -> None:
    early = tree(client, "/organisations/csto?known=2018-01-01")
    (link,) = early.xpath("//section[@aria-labelledby='terms']//a[text()='CSV']/@href")
    assert "Zas" not in client.get(link).text
    assert "Zas" in client.get("/organisations/csto/terms.csv").text


def test_pages_are_for_machines_too(client: TestClient, csto: Database) -> None:
    titles, dated = set(), 0
    for path in map(records.address, identities(csto)):
        page = tree(client, path)
        (about,) = page.xpath("//script[@type='application/ld+json']")
        told = json.loads(about.text)
        assert told["@context"] == "https://schema.org"
        assert urlsplit(told["@id"]).path == path
        dates = [
            told[name] for name in ("foundingDate", "startDate", "datePublished") if name in told
        ]
        assert all(re.fullmatch(r"\d{4}(-\d\d){0,2}", one) for one in dates)
        dated += len(dates)
        assert told["name"] == page.xpath("//h1")[0].text_content().strip()
        titles.add(str(page.findtext(".//title")))
        (canonical,) = page.xpath("//link[@rel='canonical']/@href")
        assert canonical == path
    assert all(title.endswith(" · CSTO knowledge base") for title in titles)
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
    examples = json.loads(str(page.get_element_by_id("examples").text))
    assert len(examples) == 5
    schema = build_schema()._schema
    for one in examples:
        document = parse(one["query"])
        assert validate(schema, document) == []
        if "subscription" not in one["query"]:
            assert csto.ask(one["query"])
    shared = client.get("/graphql", params={"query": "{ revision }"})
    assert shared.text == client.get("/graphql").text


def test_the_home_page_draws_what_the_schema_tells(client: TestClient, csto: Database) -> None:
    data = csto.ask(text_of("home"))
    page = tree(client, "/")
    bars = {one.get("href"): one for one in page.xpath("//a[contains(@class, 'bar')]")}
    organisations = records.rows_of(data, "organisations")  # type: ignore[arg-type]  # It is JSON.
    spans = [one for org in organisations for one in records.rows_of(org, "memberships")]
    assert len(spans) > 10
    for span in spans:
        bar, period = bars[records.address(str(span["id"]))], span["period"]
        assert isinstance(period, dict)
        assert period["text"] in bar.get("aria-label")
        for name in ("certainFrom", "certainTo", "possibleFrom", "possibleTo"):
            assert bar.get(f"data-{name.lower()}") == period[name]


days = st.dates(date(1991, 1, 1), date(2026, 1, 1))


@given(days, days, st.integers(0, 400), st.integers(0, 400), st.booleans(), st.booleans())
def test_the_parts_of_a_bar_follow_one_another(
    one: date, other: date, before: int, after: int, begun: bool, ended: bool
) -> None:
    """They cover the possible days, and the certain ones stand where the scale puts them."""
    scale = timeline.scale_to(date(2026, 1, 1))
    since, until = sorted((one, other))
    period = {
        "certainFrom": since.isoformat(),
        "certainTo": until.isoformat(),
        "possibleFrom": (since - timedelta(before)).isoformat() if begun else None,
        "possibleTo": (until + timedelta(after)).isoformat() if ended else None,
        "endKind": "DATED" if ended else "ONGOING",
    }
    parts = list(timeline._parts(period, scale))
    certain = next(part for part in parts if part.kind == "certain")
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
    packages = [one for name, one in json.loads(lock)["packages"].items() if name]
    assert all("integrity" in one and "resolved" not in one for one in packages)
