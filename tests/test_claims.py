"""Claims on pages: in words, each passage once with all that rests on it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.web import presentation
from kb.web.claims import claim_words
from tests.support.databases import Database
from tests.support.pages import Element, identities, text_of, tree

pytestmark = pytest.mark.sweep

CODES = re.compile(
    r"\[\.\.|\.\.\]|\b\d{4}-\d\d(?!-\d\d)|\b[A-Z]+_[A-Z]+\b|\b(MEMBER|SUMMIT|ACTOR|AFFECTED|ABSENT)\b"
    r"|\b(heldOn|plannedEnd|officialName|endReason)\b|\b(period|occurred)\.(start|end)\b"
)
"""EDTF, names of enums and of fields."""


def test_no_code_stands_in_running_text(client: TestClient, csto: Database) -> None:
    for path in ["/", "/how-to-read", *map(presentation.address, identities(csto))]:
        page = tree(client, path)
        for machine in page.xpath("//script | //main//form | //option"):
            machine.drop_tree()
        assert not CODES.search(text_of(page)), path


def test_a_claim_names_its_field_and_value_in_words() -> None:
    record: presentation.JsonObject = {
        "id": "Summit:it",
        "host": {"id": "State:AM", "name": "Armenia"},
        "participants": [{"official": {"id": "Official:a-b", "name": "A B"}}],
    }
    for field, value, words in (
        (None, None, ""),
        ("heldOn", "[..2016-10-14]", "Held on: by 14 October 2016"),
        ("period.end", "..", "End: still running"),
        ("status", "SUSPENDED", "Status: suspended"),
        ("host", "AM", "Host: Armenia"),
        ("host", "KG", "On the host"),
        ("participants", "a-b,AM ABSENT", "Participants: A B, Armenia absent"),
        ("city", "Yerevan", "City: Yerevan"),
        ("name", None, "On the name"),
    ):
        assert claim_words({"field": field, "value": value}, record) == words


def test_each_passage_stands_once(client: TestClient, csto: Database) -> None:
    """With all claims that cite it; none is left out, and numbers lead to them."""
    shared = 0
    for identity in identities(csto):
        page = tree(client, presentation.address(identity))
        passages = page.xpath("//ol[@class='citations']/li")
        claims = [claim for each in passages for claim in each.xpath("div")]
        assert len({claim.get("id") for claim in claims}) == len(claims)
        shared += len(claims) - len(passages)
        for number, link in numbered(page):
            assert link in passages[number - 1].xpath("div/@id")
    assert shared > 10


def numbered(page: Element) -> list[tuple[int, str]]:
    links = page.xpath("//span[@class='cited']/a")
    return [(int(link.text), link.get("href").removeprefix("#")) for link in links]


days = st.none() | st.sampled_from(["2001-01-01", "2002-02-02", "2003-03-03", "2004-04-04"])


@given(days, days, days, days)
def test_bounds_are_told_in_words(
    since: str | None, until: str | None, earliest: str | None, latest: str | None
) -> None:
    """Each day that there is, once, as a day of a calendar."""
    until = until if since else None
    period: presentation.JsonObject = {
        "certainFrom": since if until else None,
        "certainTo": until,
        "possibleFrom": earliest,
        "possibleTo": latest,
    }
    told = presentation.bounds_words(period)
    assert ("Certain on no day" in told) == (until is None)
    assert ("Ruled out before" in told) == (earliest is not None)
    assert (f"after {presentation.day_words(latest)}" in told) if latest else "after" not in told
    assert not CODES.search(told)
    assert presentation.bounds_words(None) == ""
