"""Pages as known on a day: all that they show, and every way on from them, stays on that day."""

from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import lxml.html
import pytest
from starlette.testclient import TestClient

from kb.web import presentation
from kb.web.record_lists import record_lists
from tests.support.pages import text_of, tree, visit

pytestmark = pytest.mark.sweep

EARLY = "known=2018-01-01"
_CHOSEN = 5
"""One of so many lists that are narrowed is followed."""


def test_known_on_a_day(client: TestClient) -> None:
    early = tree(client, "/organisations/csto?known=2018-01-01")
    assert "as known on 1 January 2018" in early.text_content()
    assert "Stanislav Zas" not in early.text_content()
    assert "Stanislav Zas" in tree(client, "/organisations/csto").text_content()
    (link,) = early.xpath("//a[@class='ask']/@href")
    assert "view(knownAt: $known)" in parse_qs(urlsplit(link).query)["query"][0]
    assert client.get("/officials/stanislav-zas?known=2018-01-01").status_code == 404


def is_followed(link: str) -> bool:
    """All pages are, and of those that are narrowed by one parameter some."""
    query = urlsplit(link).query
    more = {*parse_qs(query)} - {"known"}
    is_chosen = crc32(link.encode()) % _CHOSEN == 0
    if link.startswith("/citations/"):
        # Each claim of a page leads to one, and they are alike.
        return is_chosen
    return "from=" not in link and (not more or (len(more) == 1 and is_chosen))


def test_links_keep_the_day(client: TestClient) -> None:
    """All links, forms, lists and tables of every page of a view stay in it."""
    left, seen, kinds = [f"/?{EARLY}", f"/search?q=csto&{EARLY}"], set[str](), set[str]()
    for path, response in visit(client, left, seen):
        assert "Stanislav Zas" not in response.text
        if path.startswith("/how-to-read"):
            # It shows no data.
            continue
        if response.headers["content-type"].startswith("text/html"):
            links = kept_links(lxml.html.document_fromstring(response.text))
            kinds |= {urlsplit(link).path.split("/")[1] for link in links}
            # From each part of a picture's time there are ways to others, without end, and from
            # each group of a list to those within it.
            left += [
                urlsplit(link)._replace(fragment="").geturl() for link in links if is_followed(link)
            ]
    # To these two no record leads.
    assert {*presentation.TYPE_OF_FOLDER} - {"about", "schemes"} <= kinds
    assert {*record_lists()} <= {urlsplit(path).path.strip("/") for path in seen}
    assert sum(".csv" in path for path in seen) > 20


def kept_links(page: lxml.html.HtmlElement) -> list[str]:
    """Where a page of a view leads to, each of which keeps the day."""
    for form in page.xpath("//form"):
        assert form.fields.get("known") == "2018-01-01", lxml.html.tostring(form)
    (explored,) = page.xpath("//a[@class='ask']/@href")
    assert '"known": "2018-01-01"' in parse_qs(urlsplit(explored).query)["variables"][0]
    (now,) = page.xpath("//a[@class='now']/@href")
    assert "known" not in now
    links = page.xpath("//a[not(@class='ask' or @class='now' or ancestor::nav)]/@href")
    links += page.xpath("//link[@rel='canonical']/@href")
    links = [str(link) for link in links if link[0] == "/"]
    assert all(EARLY in urlsplit(link).query.split("&") for link in links)
    return links


def test_what_is_refused_keeps_the_day(client: TestClient) -> None:
    words = "+".join(f"a{number}" for number in range(30))
    for path in (f"/officials/stanislav-zas?{EARLY}", f"/search?q={words}&{EARLY}"):
        page = lxml.html.document_fromstring(client.get(path).text)
        back = page.xpath("//a[text()='timeline' or @class='home']/@href")
        assert back == [f"/?{EARLY}", f"/?{EARLY}"]
    assert "that was known on" in client.get(f"/officials/stanislav-zas?{EARLY}").text
    for wrong in ("yesterday", "20180101", "2018-W01-1"):
        page = lxml.html.document_fromstring(client.get(f"/?known={wrong}").text)
        assert {*page.xpath("//a[text()='timeline' or @class='home']/@href")} == {"/"}


def test_a_search_keeps_its_words_from_day_to_day(client: TestClient) -> None:
    page = tree(client, f"/search?q=Zas&{EARLY}")
    assert "As known on 1 January 2018" in text_of(page)
    assert "0 hits" in text_of(page)
    assert page.xpath("//a[@class='now']/@href") == ["/search?q=Zas"]
    (form,) = page.xpath("//form[@class='known']")
    assert dict(form.form_values()) == {"q": "Zas", "known": "2018-01-01"}


def test_forms_of_the_home_page_keep_both_days(client: TestClient) -> None:
    page = tree(client, f"/?on=2016-10-14&{EARLY}")
    for name in ("day", "known"):
        (form,) = page.xpath(f"//form[@class='{name}']")
        assert dict(form.form_values()) == {"on": "2016-10-14", "known": "2018-01-01"}
    assert page.xpath("//a[@class='now']/@href") == ["/?on=2016-10-14"]
