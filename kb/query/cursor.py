"""Cursors: where in an ordered list a page begins or ends.

In: the keys of a row, or a cursor that a client gives back. Out: hexadecimal text of a JSON array,
the list's order first, then the keys. Made in SQL, read in Python. Pure: no connection.
"""

import json
from collections.abc import Sequence

from kb.errors import CursorError
from kb.query.sql import Path, Scalar, Sql, join, literal, sql


def make(order: str, keys: Sequence[Sql]) -> Sql:
    parts = join(",',',", (sql("json_quote({})", key) for key in keys))
    return sql("lower(hex(concat({},{},']')))", literal(f'["{order}",'), parts)


def read(cursor: object, order: str, position: int, count: int, path: Path) -> Scalar:
    """One key of a cursor; raises CursorError unless this order of `count` keys gave it out."""
    try:
        parts = json.loads(bytes.fromhex(str(cursor)))
    except ValueError:
        parts = None
    if (
        not isinstance(parts, list)
        or len(parts) != count + 1
        or parts[0] != order
        or not all(isinstance(part, str) for part in parts)
    ):
        raise CursorError(
            f"`{cursor}` is no cursor of this list",
            "give a cursor that the same list gave out",
            path,
        )
    key: str = parts[position + 1]
    return key
