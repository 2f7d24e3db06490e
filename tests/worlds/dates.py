"""Partial dates made up from the grammar, and texts that are nearly some.

In: decades, or texts to be spoilt. Out: Hypothesis strategies; `outcome` is what reading a text
gives, be it an error.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from kb.errors import DateError

Read = TypeVar("Read")
EDTF_ALPHABET = "0123456789-X.,[]{}~?%/TYESZ:+ "


def outcome(parse: Callable[[str], Read], text: str) -> Read | DateError:
    try:
        return parse(text)
    except DateError as error:
        return error


@st.composite
def plain_dates_in(draw: st.DrawFn, decade: int) -> str:
    """A date without flag or choice, within the ten years."""
    iso = draw(st.dates(date(10 * decade, 1, 1), date(10 * decade + 9, 12, 31))).isoformat()
    year, month = iso[:4], iso[:7]
    unspecified = [f"{iso[:3]}X", f"{year}-XX", f"{year}-XX-XX", f"{month}-XX"]
    return draw(st.sampled_from([iso, month, year, *unspecified]))


@st.composite
def choices_within(draw: st.DrawFn, decades: Sequence[int]) -> str:
    marks = [draw(st.sampled_from(["", ".."]))]
    for _ in decades[1:]:
        marks.append("," if marks[-1] == ".." else draw(st.sampled_from([",", ".."])))
    end = "" if marks[-1] == ".." else draw(st.sampled_from(["", ".."]))
    members = [
        mark + draw(plain_dates_in(decade)) for mark, decade in zip(marks, decades, strict=True)
    ]
    return f"[{''.join(members)}{end}]"


def unflagged_dates_within(decades: Sequence[int]) -> st.SearchStrategy[str]:
    """A date without flag, or a choice: what a period may have as a bound."""
    return plain_dates_in(decades[0]) | choices_within(decades)


DECADES = st.lists(st.integers(1, 999), min_size=1, max_size=4, unique=True).map(sorted)
CENTURIES = st.integers(1, 99).map("{:02}XX".format)
PLAIN = CENTURIES | st.integers(1, 999).flatmap(plain_dates_in) | st.dates().map(date.isoformat)
FLAGS = st.sampled_from(["", "~", "?", "%"])


def partial_dates() -> st.SearchStrategy[str]:
    return st.builds(str.__add__, PLAIN, FLAGS) | DECADES.flatmap(choices_within)


@st.composite
def mutilate(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A supported text in which a few characters were replaced by others."""
    text = draw(texts)
    first = draw(st.integers(0, len(text)))
    return text[:first] + draw(st.text(EDTF_ALPHABET, max_size=2)) + text[first + 1 :]
