"""Who took part in summits and events, as pages tell it: who came, stayed away, or is denied."""

import json

import pytest
from starlette.testclient import TestClient

from tests.support.pages import Element, text_of, tree

pytestmark = pytest.mark.sweep


def test_pages_tell_in_which_part(client: TestClient) -> None:
    """Of an event, who took part and how; of whoever did, its part in each event."""
    event = tree(client, "/events/armenian-deminers-in-syria")
    assert table_rows(event, "parties") == [
        ["", "Armenia", "actor", ""],
        ["", "Russia", "actor", "Rebuilds in Syria, and is the other side of the deal."],
        ["", "Syria", "affected", ""],
        [
            "Collective Security Treaty Organisation",
            "",
            "denied",
            "Counts as a matter of Armenia and Russia alone.",
        ],
    ]
    for path, part in (
        ("/organisations/csto", "bystander"),
        ("/states/KG", "affected"),
        ("/officials/yuri-khachaturov", "affected"),
    ):
        parts = {row[0]: row[3] for row in table_rows(tree(client, path), "events")}
        assert part in parts.values(), path
    assert parts["Police kill protesters in Yerevan"] == ""
    assert parts["Yuri Khachaturov is arrested"] == "affected"


def table_rows(page: Element, name: str) -> list[list[str]]:
    rows = page.xpath(f"//section[@aria-labelledby='{name}']//tbody/tr")
    return [[text_of(cell) for cell in row.xpath("td")] for row in rows]


def test_pages_tell_who_stayed_away_and_whose_part_is_denied(client: TestClient) -> None:
    missing = tree(client, "/officials/nursultan-nazarbayev")
    (missed,) = table_rows(missing, "missedSummits")
    assert missed[:2] == ["CSTO meeting in Yerevan, by October 2016", "summit"]
    assert not missing.xpath("//section[@aria-labelledby='summits']")
    (denied,) = table_rows(tree(client, "/organisations/csto"), "partDenied")
    assert denied[0] == "Armenia sends deminers and doctors to Syria beside Russia"
    assert "denied" in denied
    data = client.get("/officials/nursultan-nazarbayev/missedSummits.csv").text.splitlines()
    assert len(data) == 2


def test_a_list_of_participants_is_a_lower_bound(client: TestClient) -> None:
    """Whether it names those who came or, as of Yerevan, one who stayed away."""
    told = "Participants It may leave somebody out: no source says that nobody else took part."
    for slug in ("2019-bishkek", "2016-yerevan"):
        assert told in text_of(tree(client, f"/summits/csto-{slug}"))
    assert "leave somebody out" not in text_of(tree(client, "/summits/csto-2017-june"))


def test_lists_of_who_is_named_say_what_they_may_lack(client: TestClient) -> None:
    """Of an article without its text, and of the record that articles name."""
    told = "Articles whose text is not stored or not public here count by headline and summary."
    assert f"Mentioned in {told}" in text_of(tree(client, "/states/UZ"))
    alone = "By headline and summary alone: the text is not stored, or not public here."
    article = tree(client, "/articles/bulletin-433-new-head-of-csto-appointed")
    assert f"Mentions {alone}" in text_of(article)


def test_machines_are_told_who_came(client: TestClient) -> None:
    def attendees(path: str) -> object:
        (about,) = tree(client, path).xpath("//script[@type='application/ld+json']")
        return json.loads(about.text).get("attendee")

    assert attendees("/summits/csto-2019-bishkek") == [
        {"@type": "Person", "name": "Vladimir Putin"}
    ]
    assert attendees("/summits/csto-2016-yerevan") is None
