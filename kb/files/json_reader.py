"""Lines of JSON read strictly: nothing that other readers would read otherwise is accepted.

In: a line. Out: its object, or a `JsonLineError` if it is no object, has a name twice, a number
such as NaN, or nests too deeply; and the columns of its parts. Pure: no I/O.
"""

import json
import re
from collections import Counter
from json.decoder import scanstring  # type: ignore[attr-defined]  # It is the decoder's own.
from typing import NoReturn

from kb.records.entries import Place
from kb.records.form_errors import quote_shortened

JsonObject = dict[str, object]
_LONGEST_NUMBER = 19
MOST_MEMBERS = 10_000
"""Of one object: the columns of a wide table have room."""
_BLANKS = re.compile(r"[ \t]*")
_NO_OBJECT = "the line is no JSON object"


class JsonLineError(Exception):
    """What is wrong with a line; column 0 means that it is not known where."""

    def __init__(self, what: str, column: int = 0) -> None:
        self.what, self.column = what, column


def read_object(text: str) -> JsonObject:
    try:
        parsed = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonLineError(_NO_OBJECT, error.pos + 1) from None
    except RecursionError:
        raise JsonLineError("the line nests too deeply") from None
    if not isinstance(parsed, dict):
        raise JsonLineError(_NO_OBJECT, 1)
    return parsed


def read_value(text: str) -> object:
    """Of a whole file, as strictly; raises JSONDecodeError, too, for what is no JSON."""
    try:
        value: object = _DECODER.decode(text)
    except RecursionError:
        raise JsonLineError("it nests too deeply") from None
    return value


def reread_object(text: str) -> JsonObject:
    """Read a line that was checked before: the checks are half of the work."""
    parsed: JsonObject = _LENIENT_DECODER.decode(text)
    return parsed


def find_column(text: str, place: Place) -> int:
    """From 1, where a part of a line's object stands, or the nearest thing around it."""
    start = at = 0
    for step in place:
        member = _find_member(text, at, step)
        if member is None:
            break
        start, at = member
    return start + 1


def _find_member(text: str, at: int, step: str | int) -> tuple[int, int] | None:
    """Where a member of what begins here stands, and where its value does."""
    at, number = _skip_blanks(text, at), 0
    opened = text[at]
    while opened in "{[" and text[at] in "{[,":
        at = start = _skip_blanks(text, at + 1)
        name: str | int = number
        if text[at] in "]}":
            break
        if opened == "{":
            name, at = scanstring(text, at + 1)
            at = _skip_blanks(text, _skip_blanks(text, at) + 1)
        if name == step:
            return start, at
        _, at = _DECODER.raw_decode(text, at)
        at, number = _skip_blanks(text, at), number + 1
    return None


def _skip_blanks(text: str, at: int) -> int:
    """The position after the blanks."""
    blanks = _BLANKS.match(text, at)
    assert blanks is not None
    return blanks.end()


def _reject_repeated_names(pairs: list[tuple[str, object]]) -> JsonObject:
    if len(pairs) > MOST_MEMBERS:
        raise JsonLineError(
            f"an object in it has {len(pairs):,} members, more than {MOST_MEMBERS:,}"
        )
    members = dict(pairs)
    if len(members) < len(pairs):
        (repeated, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise JsonLineError(f"{quote_shortened(repeated)} is there twice")
    return members


def _parse_integer(text: str) -> float:
    """A number too long for any integer of ours is read as a float: to read it exactly is slow."""
    return int(text) if len(text) <= _LONGEST_NUMBER else float(text)


def _reject_constant(text: str) -> NoReturn:
    raise JsonLineError(f"{quote_shortened(text)} is no number of JSON")


_LENIENT_DECODER = json.JSONDecoder(parse_int=_parse_integer)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_reject_repeated_names,
    parse_constant=_reject_constant,
    parse_int=_parse_integer,
)
