"""Views of past days over the shipped data: what the articles printed by then, and nothing more.

Each expected value was read in the articles, not in the data.
"""

from typing import Any

import pytest

from tests.support.databases import Database

pytestmark = pytest.mark.sweep

SIX = ["Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", "Russia", "Tajikistan"]
HOLDERS = 'holders(office: "{office}", asOf: "{day}") {{ official {{ name }} certainty }}'


def view(csto: Database, day: str, selection: str) -> Any:  # noqa: ANN401  As JSON has it.
    return csto.ask(f'{{ view(knownAt: "{day}") {{ {selection} }} }}')["view"]


@pytest.mark.parametrize("day", ["2016-10-21", "2017-07-15"])
def test_the_six_members_that_the_report_of_2016_names_are_known(csto: Database, day: str) -> None:
    selection = """organisation(slug: "csto") {
      members(asOf: "2016-10-14") { state { name } certainty }
      memberships { totalCount }
    }"""
    members = [{"state": {"name": name}, "certainty": "CERTAIN"} for name in SIX]
    organisation = {"members": members, "memberships": {"totalCount": 6}}
    assert view(csto, day, selection) == {"organisation": organisation}


@pytest.mark.parametrize(
    ("day", "aliases"),
    [("2015-07-01", []), ("2016-04-22", ["Collective Security Treaty Organization"])],
)
def test_an_alias_is_known_from_the_article_that_spells_it(
    csto: Database, day: str, aliases: list[str]
) -> None:
    selection = """organisation(slug: "csto") { acronym aliases }
      search(query: "Organization", types: [ORGANISATION]) { totalCount }"""
    assert view(csto, day, selection) == {
        "organisation": {"acronym": "CSTO", "aliases": aliases},
        "search": {"totalCount": len(aliases)},
    }


@pytest.mark.parametrize(
    ("day", "officials"),
    [("2019-11-29", []), ("2020-01-13", [{"name": "Yuri Khachaturov"}])],
)
def test_who_gave_the_order_of_2008_is_known_from_2020(
    csto: Database, day: str, officials: list[object]
) -> None:
    selection = """event(slug: "yerevan-shootings") { officials { name } }
      events(filter: { official: { eq: "yuri-khachaturov" } }) { nodes { slug } }"""
    known = view(csto, day, selection)
    assert known["event"] == {"officials": officials}
    slugs = {node["slug"] for node in known["events"]["nodes"]}
    assert ("yerevan-shootings" in slugs) == bool(officials)


def test_a_post_that_was_still_empty_tells_nothing_of_who_got_it(csto: Database) -> None:
    selection = """official(slug: "stanislav-zas") { name } event(slug: "zas-appointment") { title }
      terms(filter: { official: { eq: "stanislav-zas" } }) { totalCount }
      organisation(slug: "csto") { tenure: office(name: "Secretary-General") {
        tenure(asOf: "2020-01-02") { verdict holders { official { name } } }
      } }"""
    known = view(csto, "2019-11-29", selection)
    assert known == {
        "official": None,
        "event": None,
        "terms": {"totalCount": 0},
        "organisation": {"tenure": {"tenure": {"verdict": "VACANT", "holders": []}}},
    }


@pytest.mark.parametrize(
    ("day", "occurred"),
    [("2017-07-16", ("1992 or earlier", "1992-12-31")), ("2019-11-29", ("1991", "1991-12-31"))],
)
def test_the_end_of_the_soviet_union_is_of_1991_from_2019(
    csto: Database, day: str, occurred: tuple[str, str]
) -> None:
    words, last = occurred
    selection = 'event(slug: "soviet-break-up") { occurred { text possibleTo } }'
    assert view(csto, day, selection) == {
        "event": {"occurred": {"text": words, "possibleTo": last}}
    }


@pytest.mark.parametrize(
    ("day", "names"),
    [("1900-01-01", []), ("1990-12-31", []), ("1991-01-01", ["Nikolai Bordyuzha"])],
)
def test_nobody_led_the_alliance_before_any_source_has_it_founded(
    csto: Database, day: str, names: list[str]
) -> None:
    selection = HOLDERS.format(office="secretary general", day=day)
    expected = [{"official": {"name": name}, "certainty": "POSSIBLE"} for name in names]
    assert csto.ask(f'{{ organisation(slug: "csto") {{ {selection} }} }}') == {
        "organisation": {"holders": expected}
    }


@pytest.mark.parametrize("known_at", ["2015-06-11", "2017-07-15"])
def test_a_founding_that_is_not_told_yet_rules_nobody_out(csto: Database, known_at: str) -> None:
    holders = HOLDERS.format(office="head", day="1900-01-01")
    selection = f'organisation(slug: "csto") {{ {holders} }}'
    holder = {"official": {"name": "Nikolai Bordyuzha"}, "certainty": "POSSIBLE"}
    assert view(csto, known_at, selection) == {"organisation": {"holders": [holder]}}


@pytest.mark.parametrize(
    ("known_at", "office"), [("2015-06-11", "Head"), ("2019-11-29", "Secretary-General")]
)
def test_an_office_is_called_as_the_articles_of_that_day_call_it(
    csto: Database, known_at: str, office: str
) -> None:
    """Two words for one office are no disagreement."""
    selection = """terms(filter: { official: { eq: "nikolai-bordyuzha" } }) {
      nodes { office disagreements { field } } }
      organisation(slug: "csto") { offices { name } }"""
    assert view(csto, known_at, selection) == {
        "terms": {"nodes": [{"office": office, "disagreements": []}]},
        "organisation": {"offices": [{"name": office}]},
    }


def test_the_states_of_an_offer_are_known_with_it(csto: Database) -> None:
    """The report of June 2015 names Russia and Tajikistan, and no other article does so earlier."""
    selection = 'states { totalCount } event(slug: "bordyuzha-offers-force") { states { name } }'
    named = [{"name": "Russia"}, {"name": "Tajikistan"}]
    expected = {"states": {"totalCount": 2}, "event": {"states": named}}
    assert view(csto, "2015-06-11", selection) == expected


@pytest.mark.parametrize(
    ("day", "codes"),
    [("2015-06-11", []), ("2015-09-18", ["RU"]), ("2016-04-22", ["RU"])],
)
def test_who_leads_the_alliance_belongs_to_it(csto: Database, day: str, codes: list[str]) -> None:
    """It is called Russia-led in September 2015; the other five are first named in 2016."""
    selection = 'organisation(slug: "csto") { memberships { nodes { status state { code } } } }'
    nodes = [{"status": "MEMBER", "state": {"code": code}} for code in codes]
    assert view(csto, day, selection) == {"organisation": {"memberships": {"nodes": nodes}}}


@pytest.mark.parametrize(
    ("day", "certainty"),
    [("2016-08-31", "RULED_OUT"), ("2016-10-01", "POSSIBLE"), ("2017-07-04", "POSSIBLE")],
)
def test_power_is_not_said_to_have_been_held_as_president(
    csto: Database, day: str, certainty: str
) -> None:
    """In power since September 2016; called president in July 2017."""
    selection = f'... on Term {{ certainty(on: "{day}") }}'
    answer = csto.ask(f'{{ node(id: "Term:uz-president-mirziyoyev") {{ {selection} }} }}')
    assert answer == {"node": {"certainty": certainty}}


@pytest.mark.parametrize(("day", "disputed"), [("2017-07-16", False), ("2019-11-29", True)])
def test_what_was_suspended_in_1999_had_been_a_membership(
    csto: Database, day: str, disputed: bool
) -> None:
    """So the report of 2017 has it; that of 2019 has no CSTO before 2002."""
    selection = """node(id: "Membership:csto-uz-first-member") {
      ... on Membership { status period { possibleFrom possibleTo } disputed }
    }"""
    period = {"possibleFrom": "1992-01-01", "possibleTo": "1999-12-31"}
    expected = {"status": "MEMBER", "period": period, "disputed": disputed}
    assert view(csto, day, selection) == {"node": expected}


def test_a_warning_names_the_countries_that_it_is_about(csto: Database) -> None:
    selection = 'event(slug: "rakhmon-warns-of-recruits") { states { name } }'
    states = [{"name": name} for name in ("Iraq", "Syria", "Tajikistan")]
    assert view(csto, "2015-09-18", selection) == {"event": {"states": states}}


def test_a_charge_is_no_part(csto: Database) -> None:
    """He was arrested for the order to shoot; that he gave it is for the court to say."""
    selection = """events(filter: { official: { eq: "yuri-khachaturov" }, role: [ACTOR] }) {
      totalCount
    }"""
    assert csto.ask(f"{{ {selection} }}") == {"events": {"totalCount": 0}}


def test_a_year_of_pressure_is_two_at_most(csto: Database) -> None:
    """Over the past year, as a report of September 2015 has it."""
    selection = 'event(slug: "irpt-under-pressure") { occurred { possibleFrom certainFrom } }'
    occurred = {"possibleFrom": "2013-09-01", "certainFrom": "2015-09-15"}
    assert csto.ask(f"{{ {selection} }}") == {"event": {"occurred": occurred}}
