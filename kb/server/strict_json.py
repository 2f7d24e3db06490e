"""JSON read strictly: nothing that other readers would read otherwise gets through.

In: a text. Out: its value, or RequestError for what is no JSON, for a name that stands twice, a
number beyond every float, a string that no text can hold, what nests too deeply, and what holds so
many values that to read them would hold up everybody else.

Strawberry reads requests by `json.loads`, which takes NaN and infinities, keeps the last of two
members of one name, and lets through halves of surrogate pairs and U+0000, which not every database
can store.
"""

import json
import math
import sys
from collections.abc import Sequence
from functools import cache, partial

from kb.errors import LargeRequest, MalformedJson, RequestError
from kb.query.variables import MOST_VALUES

_MOST_SHOWN, _MOST_OF_NAME = 40, 1_000
_LONG = 10_000
"""Characters of a text whose values are counted first: those of a shorter one are soon read."""
_NO_SIGNS = bytes(set(range(256)) - set(b'",[{'))
"""All but what begins a value, or a string."""


def read_json(text: str, where: str) -> object:
    """The value of a JSON text, which messages call `where`; raises RequestError."""
    if text.startswith("\ufeff"):
        raise RequestError(f"{where} begins with a byte order mark", "leave it out")
    if len(text) > _LONG and (count := count_json_values(text, MOST_VALUES)) > MOST_VALUES:
        what = f"{where} has {count:,} values or more, and {MOST_VALUES:,} are allowed"
        raise LargeRequest(what, "send fewer at once, in parts or page by page", 413)
    try:
        value: object = _decoder(where).decode(text)
    except json.JSONDecodeError as error:
        what = f"{where} is not JSON: {error.msg.removesuffix(' at')} at character {error.pos}"
        raise MalformedJson(what, "send one JSON object") from None
    except RecursionError:
        raise RequestError(f"{where} nests too deeply", "send it flatter") from None
    # Only escapes can bring in what the encoding of the text rules out.
    if "\\u" in text:
        _check_strings(value, where)
    return value


def count_json_values(text: str, most: int = sys.maxsize) -> int:
    """How many values a text of JSON has, from its signs alone; what is empty counts for two.

    It takes some milliseconds a megabyte, where to read that may take half a second. Beyond `most`
    it stops soon.
    """
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    # Two quotes side by side may go, whatever they are: what is outside of strings stays outside.
    signs = data.translate(None, _NO_SIGNS).replace(b'""', b"")
    count, within = 0, 0
    for start in range(0, len(signs), _LONG):
        parts = signs[start : start + _LONG].split(b'"')
        count += sum(map(len, parts[within::2]))
        within = (within + len(parts) - 1) % 2
        if count > most:
            break
    return count


@cache
def _decoder(where: str) -> json.JSONDecoder:
    """Cached: to make a decoder takes as long as to read a small text."""
    return json.JSONDecoder(
        object_pairs_hook=partial(unique_members, where),
        parse_constant=_number,
        parse_float=_number,
        parse_int=_integer,
    )


def unique_members(where: str, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """The pairs by name, which must differ: readers disagree about which of two counts."""
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise RequestError(f"{where} has {show_text(name)} twice", "send it once")
        if len(name) > _MOST_OF_NAME:
            what = f"{where} has a name of {len(name):,} characters"
            raise LargeRequest(what, f"nothing has one of more than {_MOST_OF_NAME}", 413)
        members[name] = value
    return members


def show_text(text: str) -> str:
    """The beginning of a text that a client sent, in ASCII whatever it is."""
    return json.dumps(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "...")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise RequestError(f"{show_text(text)} is not a finite number", "send one below 1.7e308")
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
