"""What took part in an event, and how: written, listed, and found by the part that it had."""

import json

import pytest

from kb import database
from kb.upgrade.upgrade import upgrade
from tests.support.curated import ADA, CITATION, Answer, curator, expect_payload
from tests.support.databases import Database
from tests.support.snapshots import snapshot
from tests.support.soundness import assert_whole, list_findings

EVENT: Answer = {
    "slug": "standstill",
    "kind": "CONFLICT",
    "title": "Nobody moves",
    "occurred": "2016-10",
    "parties": [
        {"state": "KG", "role": "AFFECTED"},
        {"organisation": "csto", "role": "BYSTANDER", "note": "Could have come."},
        {"official": "ada", "role": "DENIED"},
        {"state": "RU", "role": "ACTOR"},
        {"state": "KG", "role": "ACTOR"},
        {"organisation": "nato", "role": "DENIED"},
    ],
    "states": ["UZ", "AM"],
    "officials": ["stanislav-zas"],
    "citations": [CITATION | {"key": "standstill-told"}],
}
ASKED = """query ($slug: String!) { event(slug: $slug) {
  parties { organisation { slug } state { code } official { slug } role note }
  organisations { slug } states { code } officials { slug }
} }"""


@pytest.fixture
def told(filled: Database) -> Database:
    """The seeds with one event more."""
    expect_payload(curator(filled).record("Official", **ADA))
    expect_payload(curator(filled).record("Event", **EVENT))
    return filled


def test_parties_are_told_in_their_order_and_lists_begin_with_them(told: Database) -> None:
    """But for those whose part a source denies; who has two parts is listed once."""
    nobody = dict.fromkeys(("organisation", "state", "official", "note"))
    assert told.ask(ASKED, slug="standstill")["event"] == {
        "parties": [
            nobody | {"state": {"code": "KG"}, "role": "AFFECTED"},
            nobody
            | {"organisation": {"slug": "csto"}, "role": "BYSTANDER", "note": "Could have come."},
            nobody | {"official": {"slug": "ada"}, "role": "DENIED"},
            nobody | {"state": {"code": "RU"}, "role": "ACTOR"},
            nobody | {"state": {"code": "KG"}, "role": "ACTOR"},
            nobody | {"organisation": {"slug": "nato"}, "role": "DENIED"},
        ],
        "organisations": [{"slug": "csto"}],
        "states": [{"code": code} for code in ("KG", "RU", "UZ", "AM")],
        "officials": [{"slug": "stanislav-zas"}],
    }


def test_events_of_a_record_are_those_in_which_no_source_denies_its_part(told: Database) -> None:
    query = """{
      csto: organisation(slug: "csto") { events(first: 100) { nodes { slug } } }
      nato: organisation(slug: "nato") { events(first: 100) { nodes { slug } } }
      ada: official(slug: "ada") { events { totalCount } }
    }"""
    answer = json.dumps(told.ask(query))
    assert answer.count("standstill") == 1
    assert '"ada": {"events": {"totalCount": 0}}' in answer


def test_what_is_given_comes_back_as_it_was_given(told: Database) -> None:
    """The lists without the parties."""
    (document,) = (record for record in snapshot(told) if record["id"] == "Event:standstill")
    nobody = dict.fromkeys(("organisation", "state", "official", "note"))
    parties = EVENT["parties"]
    assert isinstance(parties, list)
    assert document["parties"] == [nobody | party for party in parties]
    assert (document["organisations"], document["states"]) == ([], ["UZ", "AM"])
    assert document["officials"] == ["stanislav-zas"]


def test_parties_are_replaced_and_lists_stay(told: Database) -> None:
    """Whoever is no party any more is concerned no more, unless a list names it."""
    given = {"slug": "standstill", "parties": [{"state": "RU", "role": "BYSTANDER"}]}
    expect_payload(curator(told).record("Event", **given))
    event = told.ask(ASKED, slug="standstill")["event"]
    assert isinstance(event, dict)
    assert [party["role"] for party in event["parties"]] == ["BYSTANDER"]
    assert event["states"] == [{"code": code} for code in ("RU", "UZ", "AM")]
    assert event["organisations"] == []


def test_the_check_tells_who_is_not_concerned_in_the_order_of_the_parties(told: Database) -> None:
    told.run(
        "update event_state set position = 1 - position where position < 2"
        " and event_id = (select id from event where key = 'standstill')"
    )
    assert list_findings(told) == [
        f"Event standstill: `event_state[{place}].state_id` is the state `{stored}`, and should be"
        f" the state `{expected}`; load its file again"
        for place, (stored, expected) in enumerate((("RU", "KG"), ("KG", "RU")))
    ]


def test_of_parties_an_older_version_knows_who_was_concerned(told: Database) -> None:
    """Roles are lost with it, and whoever had no part."""
    database.revert_migrations(told.engine, "0014")
    assert upgrade(told.engine)
    event = told.ask(ASKED, slug="standstill")["event"]
    assert isinstance(event, dict)
    assert (event["parties"], event["organisations"]) == ([], [{"slug": "csto"}])
    assert event["states"] == [{"code": code} for code in ("KG", "RU", "UZ", "AM")]
    assert_whole(told)
