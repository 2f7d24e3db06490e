"""Claims on pages: in words, each passage once with all that rests on it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.derive.assertions import ASSERTABLE
from kb.web import presentation
from kb.web.value_words import claim_words, shown_values, unnamed
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
    names = {"State:AM": "Armenia", "Official:a-b": "A B", "Organisation:a-b": "AB Union"}
    for owner, field, value, words in (
        ("Summit", None, None, ""),
        ("Summit", "heldOn", "[..2016-10-14]", "Held on: by 14 October 2016"),
        ("Membership", "period.end", "..", "End: still running"),
        ("Membership", "status", "SUSPENDED", "Status: suspended"),
        ("Summit", "kind", "SUMMIT", "Kind: summit"),
        ("Summit", "host", "am", "Host: Armenia"),
        ("Summit", "host", "KG", "Host: KG"),
        ("Summit", "participants", "a-b,AM ABSENT", "Participants: A B, Armenia absent"),
        ("Summit", "participantsComplete", "true", "Participants complete: yes"),
        ("Event", "parties", "a-b ACTOR", "Parties: AB Union or A B actor"),
        ("State", "predecessors", "AM", "Predecessors: Armenia"),
        ("Organisation", "predecessors", "a-b, x", "Predecessors: AB Union, x"),
        ("Summit", "city", "Yerevan", "City: Yerevan"),
        ("Summit", "name", None, "On the name"),
    ):
        record: presentation.JsonObject = {"id": f"{owner}:it"}
        assert claim_words({"field": field, "value": value}, record, names) == words


KEYED = [
    (owner, name)
    for owner, fields in ASSERTABLE.items()
    for name, field in fields.items()
    if field.reference or field.parts
]


@pytest.mark.parametrize(("owner", "name"), KEYED)
def test_no_key_is_told_of_a_record_that_has_a_name(owner: str, name: str) -> None:
    """Whatever field may be cited that is of records: each is found to be asked for."""
    row: presentation.JsonObject = {
        **{"field": name, "value": "x-y"},
        "subject": {"id": f"{owner}:it"},
    }
    wanted = unnamed([row], {}, {})
    assert wanted
    assert not unnamed([row], {wanted[-1]: "X Y"}, {})
    assert [each.id for each in shown_values("x-y", row, {wanted[-1]: "X Y"}, {})] == [wanted[-1]]


@pytest.mark.parametrize("name", ["citations", "disagreements"])
def test_values_in_lists_are_those_of_pages(client: TestClient, name: str) -> None:
    """Names and words, with the ids of records beside them in files."""
    page = tree(client, f"/{name}")
    for machine in page.xpath("//script | //main//form"):
        machine.drop_tree()
    assert not CODES.search(text_of(page))
    rows = client.get(f"/{name}.json").json()
    assert not [row for row in rows if CODES.search(str(row.get("value")))]


def test_a_value_of_a_list_names_its_record(client: TestClient) -> None:
    rows = client.get("/citations.json", params={"field.eq": "organisations"}).json()
    told = {(row["value"], row["value id"]) for row in rows}
    assert ("Collective Security Treaty Organisation", "Organisation:csto") in told


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
    unbounded = dict.fromkeys(("certainFrom", "certainTo", "possibleFrom", "possibleTo"))
    assert presentation.bounds_words(unbounded) == "Certain on no day. Possible on all days."
