"""How a filter compares texts: in one normal form, keys and offices in one spelling.

In: a text of a row, and a filter of texts as a client wrote it. Out: whether it passes. What is
left out asks nothing, as null does.
"""

from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import category

from kb.normalisation import normalise, normalise_part, normalise_start

# What a client wrote, whose shape the schema has checked.
ArgumentValue = Any


def without_nulls(wanted: Mapping[str, ArgumentValue] | None) -> dict[str, ArgumentValue]:
    """What is given; null is the same as left out."""
    return {name: value for name, value in (wanted or {}).items() if value is not None}


def text_holds(
    value: str | None, wanted: Mapping[str, ArgumentValue], fold: Callable[[str], str] = str
) -> bool:
    """A StringFilter on a text; a text that is not there matches nothing that is asked of it."""
    given = {name: _comparand(text, name, fold) for name, text in without_nulls(wanted).items()}
    if not given:
        return True
    if value is None:
        return False
    return all(_TEXT_TESTS[name](value, comparand) for name, comparand in given.items())


_TEXT_TESTS: Mapping[str, Callable[[str, ArgumentValue], bool]] = {
    "eq": lambda value, text: bool(value == text),
    "in": lambda value, texts: value in texts,
    "contains": lambda value, text: text in value,
    "startsWith": lambda value, text: value.startswith(text),
}


def key_holds(key: str | None, wanted: Mapping[str, ArgumentValue]) -> bool:
    """A StringFilter named after a record: on its slug or code, in upper or lower case."""
    return text_holds(key and key.casefold(), wanted, fold_key)


def office_holds(office: str, wanted: Mapping[str, ArgumentValue]) -> bool:
    return text_holds(fold_office(office), wanted, fold_office)


_NORMAL = {"contains": normalise_part, "startsWith": normalise_start}


def _comparand(wanted: ArgumentValue, name: str, fold: Callable[[str], str]) -> ArgumentValue:
    """What is compared with, in its normal form."""
    if isinstance(wanted, list):
        return [_comparand(item, name, fold) for item in wanted]
    return fold(_NORMAL.get(name, normalise)(wanted))


def fold_key(key: str) -> str:
    """In one case, with one kind of dash."""
    dashed = (
        "-" if category(letter) == "Pd" or letter in "⁃−" else letter for letter in key.casefold()
    )
    return "".join(dashed)


def fold_office(office: str) -> str:
    """Its words, as blanks and dashes part them; what begins or ends with one keeps that."""
    words = fold_key(office).replace("-", " ")
    inner = "-".join(words.split())
    return f"{'-' * words[:1].isspace()}{inner}{'-' * (words[-1:].isspace() and bool(inner))}"
