"""What a tool answers: fields and rows, as structured content and as short text, of a bounded size.

In: what a tool made of the data. Out: the result of a call, with as many rows as have room, and a
cursor for the rest. Pure: no I/O.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from kb.errors import CursorError, KBError
from kb.mcp.protocol import JsonObject

MOST_ANSWER, _ENVELOPE = 10_000, 500
"""Bytes of an answer, and of what of it is no result."""
MOST_BYTES = MOST_ANSWER - _ENVELOPE
"""Of the result of a call, in which structured content and text say the same."""
_MOST_OF_TEXT = 400
"""Characters of one text in it."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class AnswerFault(KBError):
    """What cannot be told as it was asked for."""

    code = "TOO_LARGE"


@dataclass(frozen=True)
class ToldRow:
    """One row of a list, and what it says in words."""

    list: str
    fields: JsonObject
    words: str


@dataclass(frozen=True)
class ToldAnswer:
    """What a tool answers: `rows` follow `offset` in a page that begins at the cursor `after`.

    They are made once, as they are told: most of a large record have no room. `rest` is the cursor
    of the next page, if there is one.
    """

    fields: JsonObject
    words: str
    rows: Iterable[ToldRow] = ()
    lists: tuple[str, ...] = ()
    offset: int = 0
    after: str = ""
    rest: str | None = None


def split_cursor(cursor: object) -> tuple[int, str | None]:
    """The offset in a page, and the cursor at which it begins; raises CursorError."""
    offset, _, after = str(cursor or "0:").partition(":")
    if not offset.isdecimal() or len(offset) > 6:
        raise CursorError("`cursor` is of no answer", "give one as an answer had it, or none")
    return int(offset), after or None


def result_of(told: ToldAnswer) -> JsonObject:
    """The result with as many rows as have room; raises AnswerFault if not even one has."""
    rows: list[ToldRow] = []
    left = MOST_BYTES - _size(_made(told, [], more="x" * 80))
    for row in islice(told.rows, told.offset, None):
        left -= _size(row.fields) + _size(row.words) + 4
        if left < 0 and not rows:
            raise AnswerFault("the answer is too large", "ask for a part of it by `query`")
        if left < 0:
            return _made(told, rows, f"{told.offset + len(rows)}:{told.after}")
        rows.append(row)
    return _made(told, rows, f"0:{told.rest}" if told.rest else None)


def _made(told: ToldAnswer, rows: Sequence[ToldRow], more: str | None) -> JsonObject:
    lists = {name: [row.fields for row in rows if row.list == name] for name in told.lists}
    structured = {**told.fields, **lists, **({"more": True, "cursor": more} if more else {})}
    words = [told.words, *(row.words for row in rows)]
    if more:
        words.append(f"There is more: give cursor {more}")
    text = "\n".join(filter(None, words))
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured}


def _size(value: object) -> int:
    return len(_encode(value).encode())


def fault_result(code: str, message: str) -> JsonObject:
    """What a model can mend; of a fault there is no structured content."""
    return {"content": [{"type": "text", "text": f"{code}: {message}"}], "isError": True}


def shortened(text: str) -> str:
    """Within what one text of an answer may have."""
    return text if len(text) <= _MOST_OF_TEXT else f"{text[:_MOST_OF_TEXT]}…"
