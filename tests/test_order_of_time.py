"""Terms and memberships come in order of time, by the latest day on which each can have begun."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.databases import Database
from tests.support.pages import Element, text_of, tree
from tests.support.seed_texts import citation_text, write_seed_texts

pytestmark = pytest.mark.sweep

RISING = {
    "b-day": "1950-01-01/1950",
    "h-by-a-day": "[..1951-05-05]/1952",
    "a-between-years": "[1940..1952]/1953",
    "g-month": "1953-02/1954",
    "c-year": "1960/1961",
    "d-same-year": "1960/1961",
    "e-not-before": "[1920..]/1970",
    "f-unknown": "/1980",
}
"""Terms by key, in order of time; of the last two no source bounds how late they began."""
FALLING = [
    *("c-year", "d-same-year", "g-month", "a-between-years", "h-by-a-day", "b-day"),
    *("e-not-before", "f-unknown"),
]
OFFICIAL = "ann:\n  name: Ann\n  citations:\n" + citation_text("ann-named")
TERM = (
    '{key}:\n  official: ann\n  office: {key}\n  organisation: union\n  period: "{period}"\n'
    "  citations:\n"
)
LIST = """query List($first: Int, $after: String, $last: Int, $before: String, $by: [TermOrder!]) {
  official(slug: "ann") {
    terms(first: $first, after: $after, last: $last, before: $before, orderBy: $by) {
      nodes { id } pageInfo { startCursor endCursor }
    }
  }
}"""


@pytest.fixture
def held(empty: Database, tmp_path: Path) -> Database:
    terms = "".join(
        TERM.format(key=key, period=period) + citation_text(f"{key}-held")
        for key, period in sorted(RISING.items())
    )
    empty.load(write_seed_texts(tmp_path, officials=OFFICIAL, terms=terms))
    return empty


def keys(db: Database, **variables: object) -> tuple[list[str], str, str]:
    """The keys of a page's terms, and its two cursors."""
    match db.ask(LIST, **variables):
        case {"official": {"terms": {"nodes": list(nodes), "pageInfo": info}}}:
            listed = [str(node["id"]).removeprefix("Term:") for node in nodes]
            return listed, info["startCursor"], info["endCursor"]
    raise AssertionError


LATEST = {"field": "LATEST_START"}
ORDERS: dict[str, tuple[list[dict[str, str]], list[str]]] = {
    "default": ([], [*RISING]),
    "rising": ([LATEST], [*RISING]),
    "falling": ([LATEST | {"direction": "DESC"}], FALLING),
}


@pytest.mark.parametrize("name", ORDERS)
def test_terms_are_in_order_of_time_and_unknown_starts_last(held: Database, name: str) -> None:
    """Whole, and page after page either way."""
    by, wanted = ORDERS[name]
    assert keys(held, by=by)[0] == wanted
    after = before = None
    for start in range(0, len(wanted), 2):
        page, _, after = keys(held, by=by, first=2, after=after)
        assert page == wanted[start : start + 2]
    for end in range(len(wanted), 0, -2):
        page, before, _ = keys(held, by=by, last=2, before=before)
        assert page == wanted[end - 2 : end]


HOLDERS = """{
  organisation(slug: "csto") {
    time: terms { ...Holders }
    back: terms(orderBy: {field: LATEST_START, direction: DESC}) { ...Holders }
    earliest: terms(orderBy: {field: START}) { ...Holders }
  }
}
fragment Holders on TermConnection { nodes { official { slug } } }
"""


def test_heads_of_the_csto_are_in_order_of_time(csto: Database) -> None:
    """By their earliest starts the first of them is last: nothing says since when he was head."""
    bordyuzha, khachaturov, zas = "nikolai-bordyuzha", "yuri-khachaturov", "stanislav-zas"
    match csto.ask(HOLDERS):
        case {"organisation": dict(lists)}:
            orders = {
                name: [node["official"]["slug"] for node in page["nodes"]]
                for name, page in lists.items()
            }
    assert orders == {
        "time": [bordyuzha, khachaturov, zas],
        "back": [zas, khachaturov, bordyuzha],
        "earliest": [khachaturov, zas, bordyuzha],
    }


NAMES = ["Nikolai Bordyuzha", "Yuri Khachaturov", "Stanislav Zas"]


def test_pages_tell_them_in_order_of_time(client: TestClient) -> None:
    """In the picture, which first shows what may have begun early, and in the table."""
    home = tree(client, "/")
    (rows,) = home.xpath("//h3[text()='Secretary-General']/following-sibling::ul[1]")
    assert [text_of(name) for name in rows.xpath("li/span[@class='name']")] == NAMES
    page = tree(client, "/organisations/csto")
    assert column(page, "terms", "official") == NAMES
    starts = column(page, "memberships", "certain from")
    assert starts == sorted(starts)
    assert len({*starts}) > 1


def column(page: Element, table: str, heading: str) -> list[str]:
    (section,) = page.xpath(f"//section[@aria-labelledby='{table}']")
    headings = [text_of(cell) for cell in section.xpath(".//th")]
    place = headings.index(heading)
    return [text_of(row.xpath("td")[place]) for row in section.xpath(".//tbody/tr")]
