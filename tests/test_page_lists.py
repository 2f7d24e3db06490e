"""Lists and tables of pages: none is cut in silence, each goes on, and as data they are whole."""

import csv
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, parse, print_ast, visit
from starlette.testclient import TestClient

from kb.web import presentation
from kb.web.page_queries import query_text
from schema.build import build_schema
from tests.support.databases import Database
from tests.support.pages import ask, follow_list, identities, text_of, tree

pytestmark = pytest.mark.sweep

LAST_DAYS = {"organisations", "memberships", "terms"}
LISTS = re.compile(r"first: \d+")


def test_no_list_is_cut_in_silence(
    client: TestClient, csto: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one row a page, every list of every page says of how many, and where it goes on."""
    monkeypatch.setattr(
        "kb.web.page_queries.query_text", lambda name: LISTS.sub("first: 1", query_text(name))
    )
    cut = 0
    for path in ["/", "/search?q=csto", *map(presentation.address, identities(csto))]:
        page = tree(client, path)
        (explored,) = page.xpath("//a[@class='ask']/@href")
        parameters = {name: value for name, (value,) in parse_qs(urlsplit(explored).query).items()}
        told = text_of(page)
        links = page.xpath("//a[text()='The next']/@href")
        for name, total in partial_lists(
            ask(client, parameters["query"], json.loads(parameters["variables"]))
        ):
            assert f"1 of {total}" in told, (path, name)
            assert any(link.endswith(f"#{name}") for link in links), (path, name)
            cut += 1
    assert cut > 50


def partial_lists(node: object, name: str = "") -> Iterator[tuple[str, int]]:
    """The lists in an answer that go on; each asks whether it does."""
    match node:
        case {"pageInfo": {"hasNextPage": True}, "totalCount": int(total)}:
            yield name, total
    match node:
        case dict():
            for key, value in node.items():
                yield from partial_lists(value, name if key in ("nodes", "edges", "node") else key)
        case list():
            for member in node:
                yield from partial_lists(member, name)


COUNTED = {"disputedMemberships", "disputedTerms"}
"""Of which the number is told alone."""


def test_every_list_that_pages_ask_for_says_whether_it_is_whole() -> None:
    """But the one that asks for the newest article alone, those that are asked for a day, a name or
    years alone, and the hits shown while one types, the last of which says of how many they are and
    leads to all."""
    silent = {
        "typed.graphql": {"search"},
        "attested.graphql": LAST_DAYS,
        "figures.graphql": {"organisations", "summits", "events", "memberships"} | COUNTED,
        "figures_scope.graphql": {"organisations"},
        # To count what differs takes as long as to compare all that there is.
        "diff.graphql": {"diff"},
        # A name is matched by itself where these are all.
        "reconcile.graphql": {"search"},
        # The page says that it has the newest hundred alone.
        "sources.graphql": {"articles"},
    }
    schema = build_schema().core
    for path in (files("kb.web") / "queries").iterdir():
        document = parse(query_text(path.name.removesuffix(".graphql")))
        info = TypeInfo(schema)
        lists = UntoldLists(info)
        visit(document, TypeInfoVisitor(info, lists))
        name = "attested.graphql" if path.name.startswith("attested") else path.name
        assert lists.silent <= silent.get(name, set()) | {"newest"}, path.name


class UntoldLists(Visitor):
    """Notes the lists of a document whose length or way on is not asked for."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.silent: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        type_ = str(self._info.get_type()).strip("!")
        selections = print_ast(node.selection_set) if node.selection_set else ""
        whole = (
            "totalCount" in selections
            and "pageInfo {\n    hasNextPage\n    endCursor" in selections
        )
        goes_on = any(argument.name.value == "after" for argument in node.arguments or ())
        if type_.endswith("Connection") and not (whole and goes_on):
            self.silent.add((node.alias or node.name).value)


def test_lists_go_on(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every page of a list cut short, all of it is still there, once, in order."""
    path = "/organisations/csto"
    rows = "//section[@aria-labelledby='{}']//tbody/tr/td[1]//text()"
    names = ("memberships", "terms", "summits", "events")
    whole = {name: tree(client, path).xpath(rows.format(name)) for name in names}
    data = {name: client.get(f"{path}/{name}.csv").text for name in names}
    monkeypatch.setattr(
        "kb.web.page_queries.query_text", lambda name: query_text(name).replace("100", "2")
    )
    for name in names:
        pages = list(follow_list(client, path, name))
        assert len(pages) > 1
        assert [row for page in pages for row in page.xpath(rows.format(name))] == whole[name]
        assert client.get(f"{path}/{name}.csv").text == data[name]
        back = pages[-1].xpath("//a[text()='From the first']/@href")
        assert back == [f"{path}#{name}"]


def test_lists_of_the_home_page_and_of_hits_go_on(client: TestClient, csto: Database) -> None:
    query = "{ articles { totalCount } disagreements(kind: [CONFLICT]) { totalCount } }"
    data = csto.ask(query)
    for name in ("articles", "disagreements"):
        links = [
            link
            for page in follow_list(client, "/", name)
            for link in page.xpath(f"//section[@aria-labelledby='{name}']//li/a[1]/@href")
        ]
        assert len(links) == data[name]["totalCount"]  # type: ignore[index]  # It is JSON.
    hits = [
        link
        for page in follow_list(client, "/search?q=csto", "search")
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


def test_tables_as_data(client: TestClient) -> None:
    page = tree(client, "/states/UZ")
    shown = [
        # Days are in words there, with what machines take beside.
        ["".join(cell.xpath("time/@datetime")) or cell.text_content() for cell in row.xpath("td")]
        for row in page.xpath("//section[@aria-labelledby='memberships']//tbody/tr")
    ]
    response = client.get("/states/UZ/memberships.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    headings, *rows = csv.reader(StringIO(response.text))
    told = client.get("/states/UZ/memberships.json").json()
    assert [[row[head] or "" for head in headings] for row in told] == rows
    ids = [at for at, head in enumerate(headings) if head.endswith(" id")]
    assert [headings[at] for at in ids] == ["membership id", "organisation id"]
    assert [[cell for at, cell in enumerate(row) if at not in ids] for row in rows] == shown
    links = page.xpath("//section[@aria-labelledby='memberships']//tbody/tr/td[1]/a/@href")
    assert [presentation.address(row[ids[0]]) for row in rows] == links


def test_tables_as_data_are_those_of_the_day(client: TestClient) -> None:
    early = tree(client, "/organisations/csto?known=2018-01-01")
    (link,) = early.xpath("//section[@aria-labelledby='terms']//a[text()='CSV']/@href")
    assert "Zas" not in client.get(link).text
    assert "Zas" in client.get("/organisations/csto/terms.csv").text
