"""What is asked of the change feed by the parameters of a URL.

In: the query of a URL. Out: the place to go on from, what to tell, how much of it and how long to
wait; or RequestError for a parameter that there is not, or that is no value. Pure: no I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kb.errors import RequestError, alternatives
from kb.records.types import RECORD_TYPES
from kb.server.requests import is_true, known_parameters
from kb.server.strict_json import show_text
from schema.enums import RecordTypeName
from schema.feed import MOST_CHANGES, MOST_DIGITS
from schema.filters import type_in_id

NDJSON, JSON = "/changes.ndjson", "/changes.json"
MOST_WAIT = 30
"""Seconds."""
_TAKEN = ("since", "types", "record", "limit", "wait", "before")
_TYPES = [each.name for each in RECORD_TYPES]
_MOST_OF_NUMBER = 6
"""Digits."""


@dataclass(frozen=True)
class FeedRequest:
    """`since` is a cursor, a position or a revision; empty for the beginning of the feed.

    With `before` each change has the version before it, too.
    """

    since: str = ""
    types: tuple[str, ...] = ()
    record: str = ""
    limit: int = MOST_CHANGES
    wait: int = 0
    before: bool = False

    @property
    def variables(self) -> Mapping[str, object]:
        """Those of the feed's query, but for how many; what is not given is left out."""
        # A cursor begins with a bracket in hexadecimal, and so is no number.
        is_place = (
            self.since.isascii() and self.since.isdecimal() and len(self.since) <= MOST_DIGITS
        )
        given = {
            "since" if is_place else "after": self.since,
            "types": [*self.types],
            "record": self.record,
        }
        return {name: value for name, value in given.items() if value}

    def after(self, cursor: str, told: int) -> "FeedRequest":
        """The rest, once so many changes have been told, up to this cursor."""
        return replace(self, since=cursor, limit=self.limit - told)

    def next_query(self, cursor: str) -> str:
        """The query of the URL for what follows."""
        given = {
            "since": cursor,
            "types": ",".join(self.types),
            "record": self.record,
            "limit": "" if self.limit == MOST_CHANGES else str(self.limit),
            "before": "true" if self.before else "",
        }
        return urlencode({name: value for name, value in given.items() if value})


def waits(path: str, query: bytes) -> bool:
    """Whether the answer may come later than what is known when it is asked for."""
    return path in (NDJSON, JSON) and b"wait=" in query


def read_feed_request(query: bytes) -> FeedRequest:
    """Raises RequestError."""
    given = known_parameters(query, _TAKEN, "this feed")
    return FeedRequest(
        since=given.get("since", ""),
        types=_read_types(given.get("types", "")),
        record=_read_record(given.get("record", "")),
        limit=_read_number(given, "limit", MOST_CHANGES, range(1, MOST_CHANGES + 1)),
        wait=_read_number(given, "wait", 0, range(MOST_WAIT + 1)),
        before=is_true("before", given.get("before")),
    )


def _read_types(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(","))) if text else ()
    for name in names:
        if name not in RecordTypeName.__members__:
            what = f"there is no type of records {show_text(name)}"
            remedy = f"give some of {alternatives(RecordTypeName)}, with commas between them"
            raise RequestError(what, remedy)
    return names


def _read_record(text: str) -> str:
    """An id, though of a record that may be still to come; as the schema takes it."""
    type_name = type_in_id(text)
    if text and type_name not in _TYPES:
        what = f"`record` names no type of records: {show_text(type_name)}"
        remedy = f"give an id: {alternatives(_TYPES)}, and the key behind a colon"
        raise RequestError(what, remedy)
    return text


def _read_number(given: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = given.get(name, str(default))
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_OF_NUMBER
    if not is_number or int(text) not in allowed:
        what = f"`{name}` is {show_text(text)}"
        raise RequestError(what, f"give a whole number from {allowed[0]} to {allowed[-1]}")
    return int(text)
