"""Summits: who met, who stayed away, and whether that is all."""

import pytest

from tests.support.curated import CITATION, Answer, curator, expect_payload
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

ARTICLES = {
    "2016-10-21": "conway-bulletin-301-csto-agree-on-crises-centre",
    "2017-07-16": "bulletin-336-uzbekistan-has-no-plans-to-rejoin-the-csto",
}
"""By the day from which each is known."""


def cited(day: str, field: str, value: str) -> Answer:
    return CITATION | {
        "key": f"told-{field.lower()}-{day}",
        "article": ARTICLES[day],
        "field": field,
        "value": value,
    }


def slugs(answer: object) -> set[str]:
    assert isinstance(answer, dict)
    return {node["slug"] for node in answer["nodes"]}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("kind: [SUMMIT]", {"csto-2015-dushanbe", "csto-2016-yerevan", "csto-2019-bishkek"}),
        ("kind: [MEETING]", {"csto-2017-june"}),
        ("kind: []", set()),
        ('missedBy: "Nursultan-Nazarbayev"', {"csto-2016-yerevan"}),
        ('attendedBy: "nursultan-nazarbayev"', set()),
        ('attendedBy: "kg"', set()),
        ('missedBy: "ru"', set()),
        ('attendedBy: "ru"', {"csto-2015-dushanbe", "csto-2019-bishkek"}),
    ],
)
def test_meetings_are_found_by_who_met_and_who_did_not(
    csto: Database, wanted: str, expected: set[str]
) -> None:
    """Kyrgyzstan was the host in 2019; that it came, no article says."""
    answer = csto.ask(f"{{ summits(filter: {{{wanted}}}) {{ nodes {{ slug }} }} }}")
    assert slugs(answer["summits"]) == expected


def test_that_all_are_known_is_known_when_it_is_told(filled: Database) -> None:
    """As what kind of meeting it was; until then neither is said."""
    summit: Answer = {
        **{"slug": "moscow", "name": "In Moscow", "organisation": "csto", "heldOn": "2016"},
        **{"kind": "SUMMIT", "participantsComplete": True},
        "citations": [
            cited("2016-10-21", "organisation", "csto"),
            cited("2017-07-16", "kind", "summit"),
            cited("2017-07-16", "participantsComplete", "true"),
        ],
    }
    expect_payload(curator(filled).record("Summit", **summit))
    told = 'summit(slug: "moscow") { kind participantsComplete disputed }'
    query = f'{{ {told} early: view(knownAt: "2017-01-01") {{ {told} }} }}'
    said = {"kind": "SUMMIT", "participantsComplete": True, "disputed": False}
    unsaid = said | {"kind": "MEETING", "participantsComplete": False}
    assert filled.ask(query) == {"summit": said, "early": {"summit": unsaid}}


def test_articles_may_differ_on_whether_all_are_known(filled: Database) -> None:
    expect_payload(
        curator(filled).record(
            "Summit",
            slug="csto-2017-june",
            citations=[cited("2017-07-16", "participantsComplete", "true")],
        )
    )
    query = """{ summit(slug: "csto-2017-june") {
      disputed disagreements { field recorded values { value text } }
    } }"""
    differing = {"value": "true", "text": "true"}
    assert filled.ask(query)["summit"] == {
        "disputed": True,
        "disagreements": [
            {"field": "participantsComplete", "recorded": "false", "values": [differing]}
        ],
    }
