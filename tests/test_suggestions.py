"""Suggestions of a search: names that are spelt nearly so, where it finds little."""

import pytest

from tests.support.databases import Database
from tests.support.searches import search

SUGGESTIONS = """query ($q: String!, $day: Date = "9999-12-31") {
  search(query: $q) { suggestions totalCount }
  view(knownAt: $day) { search(query: $q) { suggestions } }
}"""


@pytest.mark.parametrize(
    ("query", "spelling", "record"),
    [
        ("Khatchaturov", "Khachaturov", "Official:yuri-khachaturov"),
        ("Bordyuja", "Bordyuzha", "Official:nikolai-bordyuzha"),
        ("Nazarbaev", "Nazarbayev", "Official:nursultan-nazarbayev"),
        ("Назарбаев", "Nazarbayev", "Official:nursultan-nazarbayev"),
        ("Rahmon", "Rakhmon", "Official:emomali-rakhmon"),
        ("Mirziyoev", "Mirziyoyev", "Official:shavkat-mirziyoyev"),
        ("Erevan", "Yerevan", "Summit:csto-2016-yerevan"),
        ("Belarusian", "Belarus", "State:BY"),
        ("Kirgizstan", "Kyrgyzstan", "State:KG"),
        ("csto Khatchaturov", "Khachaturov", "Official:yuri-khachaturov"),
    ],
)
def test_what_is_misspelt_is_suggested(
    csto: Database, query: str, spelling: str, record: str
) -> None:
    answer = csto.ask(SUGGESTIONS, q=query)
    for asked in (answer, answer["view"]):
        assert asked["search"]["suggestions"][0] == spelling  # type: ignore[index]  # JSON.
    assert record in search(csto, spelling).ids[:3]


@pytest.mark.parametrize("query", ["csto", "Khachaturov", "qqqqqq", "", "-Khatchaturov", '"', "ab"])
def test_what_finds_enough_or_is_near_nothing_has_no_suggestions(
    csto: Database, query: str
) -> None:
    assert csto.ask(SUGGESTIONS, q=query)["search"]["suggestions"] == []  # type: ignore[index]  # JSON.
