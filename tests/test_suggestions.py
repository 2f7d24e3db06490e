"""Suggestions of a search: names that are spelt nearly so, where it finds little."""

import json
from random import Random

import pytest

from kb.tokenizer import words
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
        # Letters in each other's place, in words of few of them.
        ("CTSO", "CSTO", "Organisation:csto"),
        ("Syira", "Syria", "State:SY"),
        ("Tajiksitan", "Tajikistan", "State:TJ"),
        # One word written as two, or with signs in it.
        ("Kazakh-stan", "Kazakhstan", "State:KZ"),
        ("C.S.T.O", "CSTO", "Organisation:csto"),
        ("csto bord yuzha", "Bordyuzha", "Official:nikolai-bordyuzha"),
        # There are "out", "Yerevan" and "Armenian", too.
        ("outin", "Putin", "Official:vladimir-putin"),
        ("Yeri", "Yuri", "Official:yuri-khachaturov"),
        ("Армения", "Armenia", "State:AM"),
    ],
)
def test_what_is_misspelt_is_suggested(
    csto: Database, query: str, spelling: str, record: str
) -> None:
    answer = csto.ask(SUGGESTIONS, q=query)
    for asked in (answer, answer["view"]):
        assert asked["search"]["suggestions"][0] == spelling  # type: ignore[index]  # JSON.
    assert record in search(csto, spelling).ids[:3]


@pytest.mark.parametrize("query", ["csto", "Khachaturov", "qqqqqq", "", '"', "ab"])
def test_what_finds_enough_or_is_near_nothing_has_no_suggestions(
    csto: Database, query: str
) -> None:
    assert csto.ask(SUGGESTIONS, q=query)["search"]["suggestions"] == []  # type: ignore[index]  # JSON.


def _misspelt(random: Random, word: str) -> str:
    """One letter left out, doubled, replaced, or in the place of the next."""
    at = random.randrange(len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    replaced, swapped = random.choice("aeioumnrst") + after, after[0] + letter + after[1:]
    return before + random.choice([after, letter * 2 + after, replaced, swapped])


def test_any_letter_of_a_name_may_be_wrong(csto: Database) -> None:
    random = Random(22)
    for record, word in _words_of_names(csto):
        asked = _misspelt(random, word)
        suggestions = csto.ask(SUGGESTIONS, q=asked)["search"]["suggestions"]  # type: ignore[index]  # JSON.
        spellings = [asked, *suggestions[:1]]
        assert any(record in search(csto, spelling).ids for spelling in spellings), asked


def _words_of_names(csto: Database) -> list[tuple[str, str]]:
    """Those of five letters and more, and the records that have them in their names."""
    return [
        (f"{kind}:{key}", word)
        for kind in ("Organisation", "State", "Official")
        for key, name, aliases in csto.rows(f"select key, name, aliases from {kind}")
        for text in (str(name), *json.loads(str(aliases)))
        for word in words(text)
        if len(word) >= 5
    ]
