"""What took part in an event, and how: written, listed, and found by the part that it had."""

import json
from collections.abc import Iterator

import pytest

from kb import database
from kb.config import Settings
from kb.upgrade.upgrade import upgrade
from tests.support.curated import ADA, CITATION, Answer, curator, expect_payload
from tests.support.databases import Database, Place, open_database
from tests.support.snapshots import snapshot
from tests.support.soundness import assert_whole, list_findings

pytestmark = pytest.mark.sweep

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


FOUND = {
    "role: [BYSTANDER]": True,
    "role: [DENIED]": True,
    "role: []": False,
    'role: [BYSTANDER], organisation: {eq: "CSTO"}': True,
    'role: [ACTOR], organisation: {eq: "csto"}': False,
    'role: [ACTOR, BYSTANDER], state: {eq: "ru"}, organisation: {eq: "csto"}': True,
    'role: [BYSTANDER], state: {eq: "RU"}': False,
    'role: [ACTOR], state: {in: ["KG"]}': True,
    'role: [DENIED], official: {startsWith: "ad"}': True,
    'official: {eq: "ada"}': False,
    'organisation: {eq: "nato"}': False,
    'role: [DENIED], organisation: {eq: "nato"}': True,
    'role: [ACTOR], state: {eq: "UZ"}': False,
    'state: {eq: "UZ"}': True,
    "role: [BYSTANDER], organisation: {}": True,
    'role: [ACTOR, AFFECTED, BYSTANDER], official: {eq: "stanislav-zas"}': False,
    'place: {eq: "Alma-Ata"}': True,
    'place: {startsWith: "alma"}': False,
    'summit: {eq: "CSTO-2016-Yerevan"}': True,
    'summit: {eq: "csto-2015-dushanbe"}': False,
    'occurred: {on: "2016-10-14"}': True,
    'occurred: {on: "2016-10-14"}, atLeast: POSSIBLE': True,
    'occurred: {on: "2016-10-14"}, atLeast: CERTAIN': False,
    'occurred: {after: "2016-09-30"}, atLeast: CERTAIN': True,
    'occurred: {after: "2016-10-01"}, atLeast: CERTAIN': False,
    'occurred: {before: "2016-11-01"}, atLeast: CERTAIN': True,
    'occurred: {before: "2016-10-31"}, atLeast: CERTAIN': False,
    'occurred: {before: "2016-11-01", after: "2016-10-20"}, atLeast: CERTAIN': False,
    'occurred: {before: "1990-01-01"}, atLeast: RULED_OUT': True,
    "occurred: {}, atLeast: CERTAIN": True,
}
"""Filters, and whether they let the event through."""


@pytest.fixture(scope="module")
def with_event(place: Place, loaded: Settings) -> Iterator[Database]:
    """The same for reading only, where the event has a place and comes from a meeting."""
    with open_database(place.create(loaded)) as database:
        expect_payload(curator(database).record("Official", **ADA))
        more = {"place": "Alma-Ata", "summit": "csto-2016-yerevan"}
        expect_payload(curator(database).record("Event", **EVENT, **more))
        yield database


@pytest.mark.parametrize("known", [False, True], ids=["now", "as known"])
@pytest.mark.parametrize("wanted", FOUND)
def test_events_are_found_by_who_took_part_where_and_when(
    with_event: Database, wanted: str, known: bool
) -> None:
    asked = f"events(filter: {{{wanted}}}, first: 100) {{ nodes {{ slug }} }}"
    query = f'{{ view(knownAt: "2100-01-01") {{ {asked} }} }}' if known else f"{{ {asked} }}"
    assert ("standstill" in str(with_event.ask(query))) == FOUND[wanted]


def test_a_single_day_is_certain(with_event: Database) -> None:
    query = (
        '{ events(filter: {occurred: {on: "2019-11-28"}, atLeast: CERTAIN}) { nodes { slug } } }'
    )
    assert with_event.ask(query) == {"events": {"nodes": [{"slug": "bishkek-documents"}]}}


def test_how_sure_it_must_be_needs_a_day(with_event: Database) -> None:
    assert with_event.refused("{ events(filter: {atLeast: CERTAIN}) { totalCount } }") == [
        ("`atLeast` needs a day; give `occurred` too", ["events"], "BAD_ARGUMENT")
    ]
