"""Lines of JSON read strictly: nothing that another reader would read otherwise gets through.

In: a line. Out: the object that it is, or `BadLine` for what is none, for a name that stands twice,
a number that is none, and what nests too deeply; and where the parts of it stand. Pure: no I/O.
"""

import json
import re
from collections import Counter
from json.decoder import scanstring  # type: ignore[attr-defined]  # It is the decoder's own.
from typing import NoReturn

from kb.records.entries import Place
from kb.records.form_errors import shown

Fields = dict[str, object]
_LONGEST_NUMBER = 19
_BLANKS = re.compile(r"[ \t]*")
_NO_OBJECT = "the line is no JSON object"


class BadLine(Exception):
    """What is wrong with a line; a column of 0 is not known."""

    def __init__(self, what: str, column: int = 0) -> None:
        self.what, self.column = what, column


def read_object(text: str) -> Fields:
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadLine(_NO_OBJECT, error.pos + 1) from None
    except RecursionError:
        raise BadLine("the line nests too deeply") from None
    if not isinstance(found, dict):
        raise BadLine(_NO_OBJECT, 1)
    return found


def read_again(text: str) -> Fields:
    """A line that was read before: half the work."""
    found: Fields = _AGAIN.decode(text)
    return found


def find_column(text: str, place: Place) -> int:
    """From 1, where a part of a line's object stands, or the nearest thing around it."""
    start = at = 0
    for step in place:
        found = _member(text, at, step)
        if found is None:
            break
        start, at = found
    return start + 1


def _member(text: str, at: int, step: str | int) -> tuple[int, int] | None:
    """Where a member of what begins here stands, and where its value does."""
    at, number = _pass(text, at), 0
    opened = text[at]
    while opened in "{[" and text[at] in "{[,":
        at = start = _pass(text, at + 1)
        name: str | int = number
        if text[at] in "]}":
            break
        if opened == "{":
            name, at = scanstring(text, at + 1)
            at = _pass(text, _pass(text, at) + 1)
        if name == step:
            return start, at
        _, at = _DECODER.raw_decode(text, at)
        at, number = _pass(text, at), number + 1
    return None


def _pass(text: str, at: int) -> int:
    """Blanks passed over."""
    blanks = _BLANKS.match(text, at)
    assert blanks is not None
    return blanks.end()


def _unique(pairs: list[tuple[str, object]]) -> Fields:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise BadLine(f"{shown(twice)} is there twice")
    return found


def _integer(text: str) -> float:
    """Of thousands of digits, which are no whole number that is taken, as a float."""
    return int(text) if len(text) <= _LONGEST_NUMBER else float(text)


def _no_number(text: str) -> NoReturn:
    raise BadLine(f"{shown(text)} is no number of JSON")


_AGAIN = json.JSONDecoder(parse_int=_integer)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_number, parse_int=_integer
)
