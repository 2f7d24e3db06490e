"""JSON read strictly: nothing that other readers would read otherwise gets through.

In: a text. Out: its value, or RequestError for what is no JSON, for a name that stands twice, a
number beyond every float, a string that no text can hold, and what nests too deeply.
"""

import json
import math
from collections.abc import Sequence
from functools import cache, partial

from kb.errors import RequestError

_MOST_SHOWN = 40


def read_json(text: str, where: str) -> object:
    """`where` says what the text is, for messages."""
    if text.startswith("\ufeff"):
        raise RequestError(f"{where} begins with a byte order mark", "leave it out")
    try:
        value: object = _decoder(where).decode(text)
    except json.JSONDecodeError as error:
        what = f"{where} is not JSON: {error.msg.removesuffix(' at')} at character {error.pos}"
        raise RequestError(what, "send one JSON object") from None
    except RecursionError:
        raise RequestError(f"{where} nests too deeply", "send it flatter") from None
    # Only escapes can bring in what the encoding of the text rules out.
    if "\\u" in text:
        _check_strings(value, where)
    return value


@cache
def _decoder(where: str) -> json.JSONDecoder:
    """To make one takes as long as to read a small text."""
    return json.JSONDecoder(
        object_pairs_hook=partial(unique, where),
        parse_constant=_number,
        parse_float=_number,
        parse_int=_integer,
    )


def unique(where: str, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """The pairs by name, which must differ: readers disagree about which of two counts."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise RequestError(f"{where} has {show(name)} twice", "send it once")
        found[name] = value
    return found


def show(text: str) -> str:
    """The beginning of a text that a client sent, in ASCII whatever it is."""
    return json.dumps(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "...")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise RequestError(f"{show(text)} is not a finite number", "send one below 1.7e308")
    return number


def _integer(text: str) -> int:
    _number(text)
    return int(text)


def _check_strings(value: object, where: str) -> None:
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                _check_string(text, where)
            case list() as items:
                left += items
            case dict() as members:
                left += members
                left += members.values()


def _check_string(text: str, where: str) -> None:
    if "\0" in text:
        raise RequestError(f"{where} has the character U+0000 in a string", "leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RequestError(
            f"{where} has half of a surrogate pair in a string", "send both halves, or neither"
        ) from None
