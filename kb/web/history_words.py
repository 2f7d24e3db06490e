"""What was recorded of a record and when, in words: its changes, with what each made differ.

In: a record with a page of its history, as its query answers it, and names of records by their ids.
Out: the ids that its values name, and each change in words, without keys, EDTF or names of the
schema. Pure: no I/O.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from kb.records.documents import SOURCED
from kb.web.difference_words import DifferenceWords, differences_in_words, named_in
from kb.web.presentation import (
    DisplayValue,
    Json,
    JsonObject,
    ListTable,
    list_rows,
    value_at,
)
from kb.web.value_words import Names

HISTORY = "history"
"""The list of a record, the parameter with its cursor, and the name of its files."""
WITH_HISTORY = frozenset({*SOURCED, "Article"})
"""Types of records that have one."""
_FIRST_REVISION = "1"
_REMOVED, _CHANGED = "removed", "changed"
_BY_COMPARISON = {
    "NOTHING": "recorded",
    "UNKNOWN": "recorded or changed",
    "ERASED": "recorded or changed; what it was is told no more, as it was taken down since",
}


@dataclass(frozen=True)
class ChangeWords:
    """One change: what it did, on what day, by whom and why, as far as that is told."""

    revision: str
    at: str
    what: str
    actor: str
    reason: str
    differences: tuple[DifferenceWords, ...]


@dataclass(frozen=True)
class HistoryPage:
    """A page of a history as it was answered, and its changes, newest first.

    `kept_from` is the oldest revision whose changes are kept; empty if all are.
    """

    page: Json
    changes: list[ChangeWords]
    kept_from: str


def history_page(record: JsonObject, names: Names) -> HistoryPage:
    record_type = type_of(record)
    changes = [_change(entry, record_type, names) for entry in list_rows(record, HISTORY)]
    earliest = str(value_at(record, "feed.earliest"))
    return HistoryPage(record[HISTORY], changes, "" if earliest == _FIRST_REVISION else earliest)


def _change(entry: JsonObject, record_type: str, names: Names) -> ChangeWords:
    told = {name: str(value_at(entry, f"change.{name}") or "") for name in ("actor", "reason")}
    return ChangeWords(
        str(value_at(entry, "change.revision")),
        str(value_at(entry, "change.at")),
        _what(entry),
        told["actor"],
        told["reason"],
        differences_in_words(record_type, list_rows(entry, "fields"), names),
    )


def _what(entry: JsonObject) -> str:
    if value_at(entry, "change.op") == "DELETE":
        return _REMOVED
    return _BY_COMPARISON.get(str(entry["comparedWith"]), _CHANGED)


def history_table(entries: Sequence[JsonObject]) -> ListTable:
    """A row for each field that a change made differ, or one for a change that made none: values as
    the feed has them."""
    rows = [
        [DisplayValue(str(value or "")) for value in _cells(entry, difference)]
        for entry in entries
        for difference in list_rows(entry, "fields") or [{}]
    ]
    return ListTable(HISTORY, [*_COLUMNS, *_DIFFERING], rows)


_COLUMNS = ("revision", "at", "op", "actor", "reason")
_DIFFERING = ("field", "before", "after")


def _cells(entry: JsonObject, difference: JsonObject) -> Iterator[Json]:
    yield from (value_at(entry, f"change.{name}") for name in _COLUMNS)
    yield from (difference.get(name) for name in _DIFFERING)


def named_ids(record: JsonObject) -> list[str]:
    """Of the records that values of its history name."""
    record_type, entries = type_of(record), list_rows(record, HISTORY)
    named = (named_in(record_type, list_rows(entry, "fields")) for entry in entries)
    return [*dict.fromkeys(chain.from_iterable(named))]


def type_of(record: JsonObject) -> str:
    return str(record["id"]).partition(":")[0]
