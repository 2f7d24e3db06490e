"""Wherever a page shows how certain a record is, or when it was, it tells of a dispute there."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from kb.web import presentation
from tests.support.databases import Database
from tests.support.home_page import days_of_changes, identity_of_link
from tests.support.pages import Element, ask, identities, text_of, tree

pytestmark = pytest.mark.sweep

CERTAINTY = re.compile(r"\b(certain|possible|ruled out)\b")
DATED = {"Membership", "Term", "Summit", "Event"}
"""Records that have a certainty or a day beside their name."""
DISPUTED = """
fragment Answer on Query { nodes(ids: $ids) { id ... on Sourced { disputed } } }
"""
Told = Iterator[tuple[Element, bool]]
"""Links to records that are shown with a certainty or a day, and whether a dispute is told."""


def told_in_tables(page: Element) -> Told:
    """By the column `disputed`, which every table has that shows days of its records."""
    for table in page.xpath("//table"):
        headings = [text_of(cell) for cell in table.xpath(".//th")]
        if not {"date", "period", "certain from"} & {*headings}:
            continue
        for row in table.xpath(".//tbody/tr"):
            cells = row.xpath("td")
            for link in cells[0].xpath("a"):
                if type_of(link) in DATED:
                    assert "disputed" in headings, headings
                    yield link, text_of(cells[headings.index("disputed")]) == "yes"


def told_in_picture(page: Element) -> Told:
    """By what bars and marks are called, and by how they look."""
    for link in page.xpath("//svg[@class='track']/a[@aria-label][not(starts-with(@href, '#'))]"):
        told = link.get("aria-label").endswith("; disputed")
        assert ("disputed" in link.get("class").split()) == told
        assert link.findtext("title") == link.get("aria-label")
        yield link, told
    for link in page.xpath("//details[@class='more']//a"):
        yield link, (link.tail or "").startswith(" (disputed)")


def told_in_lines(page: Element) -> Told:
    """By the words after the link, in each line that has a certainty or is without a date."""
    for line in page.xpath("//p | //li | //dd"):
        words = text_of(line)
        if line.xpath(".//svg") or not (CERTAINTY.search(words) or "Without a date" in words):
            continue
        for link in line.xpath("./a | ./span/a"):
            if type_of(link) in DATED:
                yield link, (link.tail or "").startswith(" (disputed)")


def told_of_hits(page: Element) -> Told:
    for hit in page.xpath("//ol[@class='hits']/li"):
        yield hit.find("a"), text_of(hit.find("span")).endswith("(disputed)")


def type_of(link: Element) -> str:
    folder = str(link.get("href")).strip("/").partition("/")[0]
    return presentation.TYPE_OF_FOLDER.get(folder, "")


def check_page(page: Element, disputes: Mapping[str, bool]) -> tuple[int, int]:
    """How much of it is disputed and how much is not; fails where a page says otherwise."""
    counts = [0, 0]
    for told_in in (told_in_tables, told_in_picture, told_in_lines, told_of_hits):
        for link, told in told_in(page):
            identity = identity_of_link(link)
            assert disputes[identity] == told, (told_in.__name__, identity, text_of(link))
            counts[told] += 1
    return counts[1], counts[0]


def disputes_of(client: TestClient, ids: list[str], known: str) -> dict[str, bool]:
    """As known on a day, if one is given; what nobody knew of then is left out."""
    declared, fields = "$ids: [ID!]!", "...Answer"
    if known:
        declared, fields = f"{declared}, $known: Date!", "view(knownAt: $known) { ...Answer }"
    answers: dict[str, bool] = {}
    for start in range(0, len(ids), 50):
        variables: dict[str, Any] = {"ids": ids[start : start + 50]}
        variables |= {"known": known} if known else {}
        data = ask(client, f"query ({declared}) {{ {fields} }} {DISPUTED}", variables)
        nodes = data["view"]["nodes"] if known else data["nodes"]
        answers |= {node["id"]: node.get("disputed", False) for node in nodes if node}
    return answers


def all_pages(client: TestClient, disputes: Mapping[str, bool], known: str) -> Iterator[Element]:
    view = {"known": known} if known else {}
    for day in days_of_changes(client):
        yield tree(client, "/", on=day, **view)
    for words in ("a", "csto", "uzbekistan", "e"):
        yield tree(client, "/search", q=words, **view)
    for identity in disputes:
        yield tree(client, presentation.address(identity), **view)


def check_all_pages(client: TestClient, known: str) -> None:
    """Some of what they show is disputed and some is not."""
    feed = "{ changes(first: 1000) { nodes { recordId op } } }"
    changes = ask(client, feed, {})["changes"]["nodes"]
    ids = sorted({change["recordId"] for change in changes if change["op"] == "UPSERT"})
    ids = [identity for identity in ids if not identity.startswith("Citation:")]
    disputes = disputes_of(client, ids, known)
    pages = [check_page(page, disputes) for page in all_pages(client, disputes, known)]
    assert all(sum(counts) > 10 for counts in zip(*pages, strict=True))


@pytest.mark.parametrize("known", ["", "2019-12-01"])
def test_no_page_of_the_shipped_data_hides_a_dispute(client: TestClient, known: str) -> None:
    check_all_pages(client, known)


@pytest.mark.slow
@pytest.mark.parametrize("known", ["", "2002-06-20"])
def test_no_page_of_a_made_up_world_hides_a_dispute(odd_client: TestClient, known: str) -> None:
    check_all_pages(odd_client, known)


def test_a_disputed_founding_stands_beside_the_members(client: TestClient) -> None:
    """Suspended, certain, in 2000, in what is recorded as founded in 2002."""
    page = tree(client, "/", on="2000-01-01")
    (row,) = page.xpath(
        "//ul[contains(@class, 'members')]/li[.//a[contains(@href, 'csto-uz-suspended')]]"
    )
    assert text_of(row[-1]) == "suspended, certain (disputed)"
    (section,) = row.xpath("ancestor::section")
    assert text_of(section.find("p")) == "Founded 2002: disputed"
    belonged = text_of(tree(client, "/", on="2016-10-14").get_element_by_id("belonged"))
    assert "Collective Security Treaty Organisation (founded 2002: disputed): Armenia" in belonged
    other = page.xpath("//section[@class='timeline'][not(.//p[contains(text(), 'Founded')])]")
    assert other


def test_what_a_view_does_not_know_to_be_disputed_is_not_told_so(client: TestClient) -> None:
    page = tree(client, "/", on="2016-10-14", known="2018-01-01")
    assert "disputed)" not in text_of(page.get_element_by_id("belonged"))


def json_ld(page: Element) -> dict[str, object] | None:
    texts = page.xpath("//script[@type='application/ld+json']/text()")
    return json.loads(texts[0]) if texts else None


def test_machines_are_told_nothing_disputed_as_a_fact(client: TestClient, csto: Database) -> None:
    """No field on which articles exclude each other, and no record that one of them denies."""
    founded = json_ld(tree(client, "/organisations/csto", known="2018-01-01"))
    assert founded
    assert founded["foundingDate"] == "1992"
    disputed = json_ld(tree(client, "/organisations/csto"))
    assert disputed
    assert {*founded} - {*disputed} == {"foundingDate"}
    denied = 0
    for identity in identities(csto):
        told = csto.ask(
            "query ($id: ID!) { node(id: $id) { ... on Sourced { "
            "disagreements { field kind } } } }",
            id=identity,
        )["node"]
        assert isinstance(told, dict)
        wholly = {"field": None, "kind": "CONFLICT"} in told.get("disagreements", [])
        page = tree(client, presentation.address(identity))
        assert (json_ld(page) is None) == wholly, identity
        denied += wholly
    assert denied


def test_what_one_article_says_twice_is_told_by_its_places(client: TestClient) -> None:
    """Two days of one summit: by the headline alone both would stand in the same place."""
    page = tree(client, "/summits/csto-2015-dushanbe")
    (section,) = page.xpath("//section[@aria-labelledby='disagreements']")
    told = [text_of(line) for line in section.xpath(".//li/ul/li")]
    article = "Tajikistan hosts regional security summit"
    assert told == [
        f"15 September 2015: {article}, paragraph 1",
        f"16 September 2015: {article}, paragraph 3",
    ]
