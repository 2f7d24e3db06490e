"""Pages as a reader meets them, and the schema's answers beside them.

In: a client of the application. Out: pages as trees, answers as JSON, and the pages of a list.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import lxml.html
from starlette.testclient import TestClient

from tests.support.databases import Database

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_ALL = """{ feed { counts { type count } } changes(first: 1000) { nodes { recordId op } } }"""
MOST_CITATIONS = 10
Element = lxml.html.HtmlElement


def tree(client: TestClient, path: str, **params: str) -> Element:
    """`params` are added to the address."""
    address = f"{path}?{urlencode(params)}" if params else path
    response = client.get(address)
    assert response.status_code == 200, (address, response.text)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return lxml.html.document_fromstring(response.text)


def ask(client: TestClient, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer = client.post("/graphql", json=body, headers={"accept": "application/json"}).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def text_of(element: Element) -> str:
    """With single blanks."""
    return " ".join(element.text_content().split())


def follow_list(client: TestClient, path: str, name: str) -> Iterator[Element]:
    """A page, and those that go on with one of its lists."""
    while True:
        page = tree(client, path)
        yield page
        onward = page.xpath(f"//a[text()='The next' and contains(@href, '#{name}')]/@href")
        if not onward:
            return
        path = onward[0]


def visit(
    client: TestClient, left: list[str], seen: set[str]
) -> Iterator[tuple[str, httpx2.Response]]:
    """Each address once, those that are added to `left` on the way too; all of them answer."""
    while left:
        path = left.pop()
        if path not in seen:
            seen.add(path)
            response = client.get(path)
            assert response.status_code == 200, path
            yield path, response


def crawl(client: TestClient, left: list[str]) -> set[str]:
    """All that these pages lead to, by any number of steps; whatever leads nowhere is a failure.

    Pages of citations are alike, and each claim on a page leads to one: some of them are visited.
    """
    seen = {"/graphql", "/export"}
    places: set[tuple[str, str]] = set()
    there: set[tuple[str, str]] = set()
    citations: dict[str, list[str]] = {}
    for path, response in visit(client, left, seen):
        if not response.headers["content-type"].startswith("text/html"):
            continue
        page = lxml.html.document_fromstring(response.text)
        there |= {(path, str(anchor)) for anchor in page.xpath("//@id")}
        for _, attribute, link, _ in page.iterlinks():
            parts = urlsplit(link)
            outside = parts.scheme in ("http", "https") and attribute == "href"
            assert outside or not parts.netloc, link
            if parts.path and not outside and parts.scheme != "data":
                if parts.path.startswith("/citations/"):
                    citations.setdefault(parts.path.partition(".")[0], []).append(parts.path)
                else:
                    left.append(parts.path)
            if parts.fragment:
                places.add((parts.path or path, parts.fragment))
        for alike in (*citations.values(),)[:MOST_CITATIONS]:
            left += alike
    assert len(places) > 100
    assert places <= there
    return seen


def identities(csto: Database) -> list[str]:
    """Of all records that have a page."""
    nodes = csto.ask(_ALL)["changes"]["nodes"]  # type: ignore[index]  # It is JSON.
    return [node["recordId"] for node in nodes if not node["recordId"].startswith("Citation:")]
