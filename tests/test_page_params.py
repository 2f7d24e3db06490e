"""Parameters of pages and files: what one does not take is refused, what they lead to is taken."""

from collections.abc import Iterator
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html
import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from kb.app import App
from kb.web.record_lists import record_lists
from tests.support.pages import PAGE, Element, text_of, tree

OTHERS = {
    *("/changes.json", "/changes.ndjson", "/feed/head", "/feed/key", "/export", "/export/{file}"),
    *("/export/tables.zip", "/export/tables.tar.zst"),
    *("/export/datapackage.json", "/export/croissant.json"),
    *("/reconcile", "/reconcile/suggest/entity", "/reconcile/suggest/type", "/reconcile/view/{id}"),
    *("/livez", "/readyz", "/schema.graphql"),
}
"""Routes that are neither to pages nor to their files."""
VISIT = {"utm_source": "letter", "fbclid": "x"}
UNKNOWN = "zzz"


def paths(empty_client: TestClient) -> Iterator[str]:
    """One of each route to a page or a file."""
    app = empty_client.app
    assert isinstance(app, App)
    for route in app.routes:
        if not isinstance(route, Route) or route.methods == {"POST"}:
            continue
        if route.path not in OTHERS:
            yield route.path.format(key="csto", name="terms", table="terms", form="csv")


def refusal(client: TestClient, path: str) -> str:
    response = client.get(path, headers={"accept": "*/*"})
    assert response.status_code == 400, path
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    return response.text


def test_every_page_and_file_refuses_what_it_does_not_take(empty_client: TestClient) -> None:
    asked = [*paths(empty_client)]
    assert len(asked) > 50
    for path in asked:
        what = "file" if path.endswith(".csv") else "page"
        told = refusal(empty_client, f"{path}?{UNKNOWN}=")
        # An answer that is kept has no day but its own.
        takes = "none" if path.startswith("/answers/") else "`known`"
        assert told.startswith(f"no parameter is called `zzz`; this {what} takes {takes}"), path
        assert len(told) < 400


def test_characters_that_no_page_can_have_are_refused(empty_client: TestClient) -> None:
    for path in ("/search?q=", "/states?q=a", "/states?name.eq="):
        told = refusal(empty_client, f"{path}%00")
        assert told.endswith(" has the character U+0000; leave it out\n"), told
    for query in ("q=a%09b%0d%0a", "q=a&utm_source=%00"):
        assert empty_client.get(f"/search?{query}", headers=PAGE).status_code == 200


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("/?asOf=foo", "on"),
        ("/?organization=csto", "organisation"),
        ("/picture.svg?knownAt=2016-01-01", "known"),
        ("/search?query=Putin", "q"),
        ("/search?after=xx", "search"),
        ("/how-to-read?knownat=2016-01-01", "known"),
        ("/figures?organization=cst", "organisation"),
        ("/figures/terms.csv?Organisation=cst", "organisation"),
        ("/states/UZ?knownAt=2015-07-01", "known"),
        ("/states/UZ?asof=2015-07-01", "on"),
        ("/states/UZ/memberships.csv?KNOWN=2015-07-01", "known"),
        ("/states/UZ/picture.json?form=2015", "from"),
        ("/terms.csv?knownAt=2015-07-01", "known"),
        ("/terms.csv?asof=2015-07-01", "asOf"),
        ("/terms?on=2015-07-01", "asOf"),
        ("/memberships?State.eq=UZ", "state.eq"),
        ("/memberships?stat.eq=UZ", "state.eq"),
        ("/memberships.json?orderBy=START", "order"),
        ("/memberships?after=xx", "memberships"),
        ("/states?query=Uzbek", "q"),
    ],
)
def test_a_near_miss_is_told_what_is_meant(
    empty_client: TestClient, address: str, meant: str
) -> None:
    name = urlsplit(address).query.partition("=")[0]
    told = f"no parameter is called `{name}`; write it as `{meant}`\n"
    assert refusal(empty_client, address) == told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/terms.csv?limit=2", "`limit`; this file takes `known`, `terms`, `q`, `organisation`, "),
        ("/how-to-read?on=2016-01-01", "`on`; this page takes `known`\n"),
        ("/states/UZ/terms.csv?from=2000", "`from`; this file takes `known`, `on`, "),
        ("/articles/x?from=2000", "`from`; this page takes `known`"),
        ("/memberships?startDate=2016-01-01", "`startDate`; this page takes "),
        ("/events?state=RU", "`state`; write it as `state.eq`"),
        (f"/events?{'z' * 5000}=RU", f"`{'z' * 100}…`; this page takes "),
        ("/events?%00%0a=RU", "`\\x00\\n`; this page takes "),
    ],
)
def test_what_is_far_from_all_is_told_which_there_are(
    empty_client: TestClient, address: str, told: str
) -> None:
    assert refusal(empty_client, address).startswith(f"no parameter is called {told}")


def test_what_is_given_twice_is_refused(empty_client: TestClient) -> None:
    for path in ("/", "/terms.csv"):
        told = refusal(empty_client, f"{path}?known=2016-01-01&known=2017-01-01")
        assert told == "`known` is given twice; give it once\n"


def test_visits_are_counted_on_pages_alone(empty_client: TestClient) -> None:
    for path in ("/terms.csv", "/picture.svg", "/states/UZ/terms.json", "/figures/terms.svg"):
        for name in VISIT:
            assert f"`{name}`" in refusal(empty_client, f"{path}?{name}=x")


@pytest.mark.parametrize(
    ("path", "name", "meant"), [("/states/UZ", "knownAt", "known"), ("/graphql", "Query", "query")]
)
def test_browsers_are_refused_by_a_page(
    empty_client: TestClient, path: str, name: str, meant: str
) -> None:
    response = empty_client.get(f"{path}?{name}=x", headers=PAGE)
    page = lxml.html.document_fromstring(response.text)
    told = f"no parameter is called `{name}`; write it as `{meant}`"
    assert (response.status_code, text_of(page.xpath("//main/p")[0])) == (400, told)


def test_the_explorer_takes_what_an_operation_has(empty_client: TestClient) -> None:
    for query in ("query={revision}&variables={}&operationName=A&extensions={}", urlencode(VISIT)):
        assert empty_client.get(f"/graphql?{query}", headers=PAGE).status_code == 200


def test_all_that_pages_lead_to_is_taken(odd_client: TestClient) -> None:
    """By links as by forms; and none goes on with what an address has for counting visits."""
    addresses = set[str]()
    begun = ["/", "/how-to-read", "/figures", "/search", *(f"/{name}" for name in record_lists())]
    while begun:
        path = begun.pop()
        page = tree(odd_client, path, **VISIT)
        led = {*map(without_values, [*links_of(page), *sent_by_forms(page, path)])}
        assert not [address for address in led if any(name in address for name in VISIT)], path
        addresses |= led
        if path.count("/") == 1:
            begun += map(str, page.xpath("//tbody/tr[1]/td[1]//a/@href"))
    for address in addresses:
        # It is told of the first that is not taken.
        told = refusal(odd_client, f"{address}&{UNKNOWN}=")
        assert told.startswith(f"no parameter is called `{UNKNOWN}`"), (address, told)
    assert len(addresses) > 60


def links_of(page: Element) -> list[str]:
    """But for those to the explorer, which gives answers there, too."""
    links = page.xpath("//a[not(@class='ask')]/@href | //link[@rel='canonical']/@href")
    return [str(link) for link in links if link.startswith("/") and "?" in link]


def sent_by_forms(page: Element, path: str) -> Iterator[str]:
    for form in page.xpath("//form"):
        names = form.xpath(".//input/@name | .//select/@name")
        action = urlsplit(urljoin(path, form.get("action")))
        yield action._replace(query=urlencode([(name, "") for name in names])).geturl()


def without_values(address: str) -> str:
    """Which parameters it has: pages that differ by the values alone take the same."""
    parts = urlsplit(address)
    names = sorted(part.partition("=")[0] for part in parts.query.split("&"))
    return parts._replace(query="&".join(f"{name}=" for name in names), fragment="").geturl()
