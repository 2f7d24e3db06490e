"""Names in texts: whole words, longest first, and nobody twice for one place."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kb.citations.mentions import Names

NAMES = Names(
    [
        (1, "Collective Security Treaty Organisation"),
        (1, "CSTO"),
        (2, "Tajikistan"),
        (3, "Islamic Renaissance Party of Tajikistan"),
        (4, "Nursultan Nazarbayev"),
        (4, "Nazarbayev"),
        (5, "Georgia"),
        (6, "Georgia"),
        (7, "Islamic State"),
        (7, "IS"),
        (8, "Côte d'Ivoire"),
        (9, "…"),
    ]
)


def test_counts_names_and_aliases() -> None:
    text = "The Collective Security Treaty Organisation (CSTO) met. CSTO leaders, CSTO troops."
    assert NAMES.count([text, "CSTO"]) == {1: 5}


def test_names_that_follow_one_another_all_count() -> None:
    assert NAMES.count(["CSTO Tajikistan CSTO CSTO"]) == {1: 3, 2: 1}


def test_the_longest_name_counts_alone() -> None:
    assert NAMES.count(["The Islamic Renaissance Party of Tajikistan is in Tajikistan"]) == {
        3: 1,
        2: 1,
    }
    assert NAMES.count(["Nursultan Nazarbayev; Mr Nazarbayev’s cold"]) == {4: 2}


def test_a_longer_name_that_breaks_off_hides_no_shorter_one() -> None:
    assert NAMES.count(["the Islamic Renaissance Party of Tajikistani exiles, in Tajikistan"]) == {
        2: 1
    }


def test_only_whole_words_in_their_own_spelling() -> None:
    assert NAMES.count(["Tajikistani, CSTOs, csto, This is so, Georgian"]) == {}
    assert NAMES.count(["IS, Russia-led CSTO; non-Tajikistan"]) == {7: 1, 1: 1, 2: 1}


def test_a_shared_name_counts_for_all_who_share_it() -> None:
    assert NAMES.count(["Georgia"]) == {5: 1, 6: 1}


def test_no_names() -> None:
    assert Names([]).count(["anything"]) == {}


WORDS = st.sampled_from(["a", "b", "c", "ab"])


@given(
    names=st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=5),
    text=st.lists(WORDS, max_size=12),
)
def test_is_a_leftmost_longest_scan_by_words(names: list[list[str]], text: list[str]) -> None:
    expected: dict[int, int] = {}
    position = 0
    while position < len(text):
        here = [name for name in names if text[position : position + len(name)] == name]
        longest = max(map(len, here), default=0)
        for record in {names.index(name) for name in here if len(name) == longest}:
            expected[record] = expected.get(record, 0) + 1
        position += longest or 1
    named = [(names.index(name), " ".join(name)) for name in names]
    assert Names(named).count([" ".join(text)]) == expected
    assert all(re.search(r"\w", " ".join(name)) for name in names)
