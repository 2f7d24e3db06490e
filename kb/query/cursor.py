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

MOST_CHARACTERS = 20_000
"""Of a cursor: some times as many as the longest names by which a list is sorted."""
_LONGEST = 18
_MOST_SHOWN = 100


def make(order: str, keys: Sequence[Sql]) -> Sql:
    parts = join(",',',", (sql("json_quote({})", key) for key in keys))
    return sql("lower(hex(concat({},{},']')))", literal(f'["{order}",'), parts)


@dataclass(frozen=True, slots=True)
class Form:
    """What the cursors of a list look like: its order, and which of the keys are numbers."""

    order: str
    numbers: tuple[bool, ...]


def read(cursor: object, form: Form, place: int, path: Path) -> Scalar:
    """One key of a cursor; raises CursorError unless a list of this form gave it out."""
    parts = _parts(str(cursor))
    if (
        not isinstance(parts, list)
        or len(parts) != len(form.numbers) + 1
        or parts[0] != form.order
        or not all(isinstance(part, str) for part in parts)
        or not all(
            _is_number(part) for part, number in zip(parts[1:], form.numbers, strict=True) if number
        )
    ):
        told = str(cursor) if len(str(cursor)) <= _MOST_SHOWN else f"{str(cursor)[:_MOST_SHOWN]}..."
        raise CursorError(
            f"`{told}` is no cursor of this list",
            "give a cursor that the same list gave out",
            path,
        )
    key: str = parts[place + 1]
    return int(key) if form.numbers[place] else key


# Each of the keys is read by itself.
@lru_cache(16)
def _parts(cursor: str) -> object:
    try:
        return json.loads(bytes.fromhex(cursor))
    except (ValueError, RecursionError):
        return None


def _is_number(text: str) -> bool:
    """One that the engines can hold."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST
