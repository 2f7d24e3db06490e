"""Cursors: where in an ordered list a page begins or ends.

In: the keys of a row, or a cursor that a client gives back. Out: hexadecimal text of a JSON array,
the list's order first, then the keys. Made in SQL, read in Python. Pure: no connection.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.errors import CursorError
from kb.query.sql import Path, Scalar, Sql, join, literal, sql

MOST_CURSOR_CHARACTERS = 20_000
"""Of a cursor: several times the length of the longest names by which a list is sorted."""
_MOST_DIGITS = 18
_MOST_QUOTED = 100


def encode_cursor(order: str, keys: Sequence[Sql]) -> Sql:
    parts = join(",',',", (sql("json_quote({})", key) for key in keys))
    return sql("lower(hex(concat({},{},']')))", literal(f'["{order}",'), parts)


@dataclass(frozen=True, slots=True)
class CursorForm:
    """What the cursors of a list look like: its order, and which of the keys are numbers."""

    order: str
    numbers: tuple[bool, ...]


def decode_cursor_key(cursor: object, form: CursorForm, place: int, path: Path) -> Scalar:
    """One key of a cursor; raises CursorError unless the cursor has this form."""
    parts = _decode(str(cursor))
    if (
        not isinstance(parts, list)
        or len(parts) != len(form.numbers) + 1
        or parts[0] != form.order
        or not all(isinstance(part, str) for part in parts)
        or not all(
            _is_number(part) for part, number in zip(parts[1:], form.numbers, strict=True) if number
        )
    ):
        quoted = str(cursor)
        if len(quoted) > _MOST_QUOTED:
            quoted = f"{quoted[:_MOST_QUOTED]}..."
        raise CursorError(
            f"`{quoted}` is no cursor of this list",
            "give a cursor that the same list gave out",
            path,
        )
    key: str = parts[place + 1]
    return int(key) if form.numbers[place] else key


# The keys of a cursor are decoded one by one, each as a bound value of its own.
@lru_cache(16)
def _decode(cursor: str) -> object:
    try:
        return json.loads(bytes.fromhex(cursor))
    except (ValueError, RecursionError):
        return None


def _is_number(text: str) -> bool:
    """Whether it is a number that both engines can hold."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
