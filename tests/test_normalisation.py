"""The one normal form of text: over all of Unicode, and at what scripts and signs need.

What a format character is, is read from Unicode's own data here; the code names them one by one.
"""

import re
import sys
import timeit
from time import thread_time
from unicodedata import category, is_normalized, normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.normalisation import normalise, normalise_part, normalise_start

SEEN = {*"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"}
"""Of the category Cf, and yet signs that are seen: Unicode's Prepended_Concatenation_Mark."""
FORMAT = {sign for sign in map(chr, range(sys.maxunicode + 1)) if category(sign) == "Cf"} - SEEN
JOINERS = {"\u200c", "\u200d", "\u180e"}
# Letters, marks and signs of every sort that the rules tell apart, dense in what they are about.
TEXTS = st.one_of(
    st.text(),
    st.text(
        st.sampled_from(
            "aeg\u0301\u0302\u0338\u0327 \u00a0\u2003\t=\u2adc\u1112\u1161\u11ab\u212a"
            "\u0645\u06cc\u0651\u0915\u094d\u093c\u09b0\u09cd\u09af\u0d28\u0d4d\u1820\u180b\u1025"
            "\u102e\u2764\ufe0f\ufe00\u845b\U000e0100\u200b\u200c\u200d\u180e\u00ad\u200f\ufeff"
        )
    ),
)


@given(TEXTS)
@example("e\u200b\u0301")
@example("\u1112\u00ad\u1161\u200b\u11ab")
@example("\u2adc\ufe00")
@example("\u0915\u0301\u200b\u094d\u200d")
def test_the_normal_form_is_its_own(text: str) -> None:
    normal = normalise(text)
    assert normalise(normal) == normal
    assert is_normalized("NFC", normal)
    assert normal == " ".join(normal.split())
    assert not FORMAT & {*normal} - JOINERS


@given(TEXTS, TEXTS)
def test_what_nobody_sees_makes_no_difference(left: str, right: str) -> None:
    for sign in ("\u00ad", "\u200b", "\u2060", "\ufeff", "\u200e", "\u2067", "\u202c"):
        assert normalise(f"{left}{sign}{right}") == normalise(left + right)


def test_every_format_character_goes() -> None:
    for sign in FORMAT | {
        chr(number) for number in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
    }:
        assert normalise(f"mili{sign}tary") == "military", ascii(sign)
        assert normalise(f" {sign} ") == "", ascii(sign)


def test_signs_that_are_seen_stay() -> None:
    for sign in SEEN:
        assert normalise(f"{sign}1") == f"{sign}1"


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "\u09b0\u200d\u09cd\u09af\u09be\u09ac",
        "\u0d05\u0d35\u0d28\u0d4d\u200d \u0d35",
        "\u1828\u180e\u1820",
        "\u182d\u180b\u180e\u1820",
        "\u2764\ufe0f",
        "\u2229\ufe00",
        "\u845b\U000e0100\u57ce",
    ],
)
def test_what_a_script_needs_stays(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Co\u0302te  d\u2019Ivoire\n", "C\u00f4te d\u2019Ivoire"),
        ("a\u200cb\u200d", "ab"),
        ("\u0645\u200c \u0645\u200d", "\u0645 \u0645"),
        ("\u0645\u200c\u200c\u0645", "\u0645\u200c\u0645"),
        ("\u0645\u200db\u200c\u0645", "\u0645b\u0645"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("\u212a\u2003\u3000k", "K k"),
        ("\x1c a\u2028b\u0085", "a b"),
    ],
)
def test_what_goes_and_what_it_leaves(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(TEXTS)
def test_a_part_keeps_the_blank_between_words(text: str) -> None:
    part = normalise_part(text)
    assert normalise_part(part) == part
    assert part.strip() == normalise(text)
    assert normalise_start(text) == part.removeprefix(" ")


@given(st.text(st.sampled_from("ae\u0301\u0315\u0327\u0344\u0f73\u0345.\u200c\u093c"), max_size=90))
@example("\u00e9" + "\u0315\u0300\u0344" * 40 + "a")
def test_many_accents_are_as_nfc_has_them(text: str) -> None:
    plain = re.sub("[\u200c]", "", text)
    assert normalise(text) == normalize("NFC", plain)


@pytest.mark.parametrize(
    "piece",
    [
        "\u0315\u0300",
        "\u0315\u0300\u200c",
        "\u0300\u0315\u00ad",
        "\u06cc\u200c",
        "\u0344",
        "a\u0315",
    ],
)
def test_the_time_grows_with_the_length(piece: str) -> None:
    """Twice as long takes about twice the time; the square would take four times as much."""
    few, many = (fastest_time(piece * size) for size in (5_000, 20_000))
    assert many < 8 * few + 0.02


def fastest_time(text: str) -> float:
    return min(timeit.repeat(lambda: normalise(text), timer=thread_time, number=1, repeat=3))


def test_parts() -> None:
    assert normalise_part("\u200b\u00a0 of\tthe\n") == " of the "
    assert normalise_part(" \u200b ") == " "
    assert normalise_start("  New\u00a0") == "New "
