"""What copying does to a text is undone where citations prove it, and nothing else is changed."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.citations.anchors import Anchor, hash_words
from kb.citations.copy_repair import repair_text, verified_keys

TEXT = (
    "ZENDA, JULY 3 (The Gazette) — The well-known king’s “goats” were officially counted.",
    "It was a state-run, ‘fine’ and security-focused office, he said: “None’s left.”",
)
DAMAGES: dict[str, Callable[[str], str]] = {
    "straight quotes": lambda text: text.translate(str.maketrans("“”‘’", "\"\"''")),
    "a word broken by a hyphen": lambda text: text.replace("officially", "offi- cially"),
    "a hyphen at a line's end": lambda text: text.replace("state-run", "state- run"),
    "every hyphen": lambda text: re.sub(r"(\w)-(\w)", r"\1- \2", text),
    "other hyphens": lambda text: text.replace("officially", "offi‐ cially").replace(
        "left", "l¬ eft"
    ),
    "ligatures": lambda text: text.replace("ffi", "ﬃ").replace("fi", "ﬁ"),
    "all": lambda text: DAMAGES["straight quotes"](
        DAMAGES["every hyphen"](DAMAGES["ligatures"](text))
    ),
}


def anchor(number: int, start: int, end: int) -> Anchor:
    return Anchor(number, start, end, hash_words(TEXT[number - 1][start:end]))


def anchors_of(*words: str) -> dict[str, Anchor]:
    return {
        word: anchor(number, place, place + len(word))
        for word in words
        for number, text in enumerate(TEXT, 1)
        if (place := text.find(word)) >= 0
    }


ANCHORS = anchors_of(
    "well-known", "king’s “goats”", "officially", "counted.", "state-run", "‘fine’", "left.”"
)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("is_stored", [True, False])
def test_damage_is_undone(damage: Callable[[str], str], is_stored: bool) -> None:
    damaged = [damage(text) for text in TEXT]
    assert len(verified_keys(ANCHORS, damaged)) < len(ANCHORS)
    assert repair_text(damaged, ANCHORS, TEXT if is_stored else ()) == [*TEXT]


def test_a_text_that_holds_is_as_it_was_found_or_is_stored() -> None:
    """With a blank after a hyphen, as the archive itself has, and other signs than the stored."""
    text = [TEXT[0], TEXT[1].replace("security-focused", "security- focused").replace("“", '"')]
    anchors = anchors_of("officially", "state-run", "‘fine’")
    for cited_too in (anchors, {}):
        assert repair_text(text, cited_too, ()) == text
        assert repair_text(text, cited_too, TEXT) == [*TEXT]
        assert repair_text(TEXT, cited_too, text) == [*TEXT]


def test_other_words_are_not_undone() -> None:
    """A letter or a comma makes another text."""
    for right, wrong in (("king", "kind"), ("JULY 3", "JULY 4"), ("3 (", "3, (")):
        damaged = [text.replace(right, wrong) for text in TEXT]
        assert repair_text(damaged, ANCHORS, TEXT) == damaged


@given(st.data())
def test_whatever_is_cited_no_text_holds_less(data: st.DataObject) -> None:
    ends = data.draw(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=8))
    numbers = st.sampled_from((1, 2))
    anchors = {
        str(at): anchor(data.draw(numbers), *bounds_of(span)) for at, span in enumerate(ends)
    }
    damage = data.draw(st.sampled_from([*DAMAGES.values()]))
    damaged = [damage(text) for text in TEXT]
    for stored in ((), TEXT, damaged):
        text = repair_text(damaged, anchors, stored)
        assert len(verified_keys(anchors, text)) >= len(verified_keys(anchors, damaged))
        assert len(text) == len(damaged)
    assert verified_keys(anchors, repair_text(damaged, anchors, TEXT)) == {*anchors}


def bounds_of(cut: tuple[int, int]) -> tuple[int, int]:
    start, length = cut
    return start, start + length
