"""What was recorded of a record and when, in words: its changes, with what each made differ.

In: a record with a page of its history, as its query answers it, and names of records by their ids.
Out: the ids that its values name, and each change in words, without keys, EDTF or names of the
schema. Pure: no I/O.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.periods import Period
from kb.records.documents import FORMS, SOURCED
from kb.records.traits import DocumentField, fields_of_document
from kb.web.presentation import (
    DisplayValue,
    Json,
    JsonObject,
    ListTable,
    display,
    field_label,
    list_rows,
    value_at,
)
from kb.web.value_words import Names, plain_words

HISTORY = "history"
"""The list of a record, the parameter with its cursor, and the name of its files."""
WITH_HISTORY = frozenset({*SOURCED, "Article"})
"""Types of records that have one."""
_REMOVED, _CHANGED = "removed", "changed"
_BY_COMPARISON = {"NOTHING": "recorded", "UNKNOWN": "recorded or changed"}
_TEXT = "paragraphs"


@dataclass(frozen=True)
class DifferenceWords:
    field: str
    before: str
    after: str


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
    """A page of a history as it was answered, and its changes, newest first."""

    page: Json
    changes: list[ChangeWords]


def history_page(record: JsonObject, names: Names) -> HistoryPage:
    changes = [_change(entry, _fields(record), names) for entry in list_rows(record, HISTORY)]
    return HistoryPage(record[HISTORY], changes)


def _change(entry: JsonObject, fields: Mapping[str, DocumentField], names: Names) -> ChangeWords:
    told = {name: str(value_at(entry, f"change.{name}") or "") for name in ("actor", "reason")}
    differences = (_difference(each, fields, names) for each in list_rows(entry, "fields"))
    return ChangeWords(
        str(value_at(entry, "change.revision")),
        str(value_at(entry, "change.at")),
        _what(entry),
        told["actor"],
        told["reason"],
        tuple(each for each in differences if each.before or each.after),
    )


def _what(entry: JsonObject) -> str:
    if value_at(entry, "change.op") == "DELETE":
        return _REMOVED
    return _BY_COMPARISON.get(str(entry["comparedWith"]), _CHANGED)


def _difference(
    difference: JsonObject, fields: Mapping[str, DocumentField], names: Names
) -> DifferenceWords:
    name = str(difference["field"])
    before, after = (_words(name, difference[side], fields, names) for side in ("before", "after"))
    return DifferenceWords("Text" if name == _TEXT else field_label(name), before, after)


def _words(name: str, value: Json, fields: Mapping[str, DocumentField], names: Names) -> str:
    if value is None:
        return ""
    if name == _TEXT:
        count = len(json.loads(str(value)))
        return "1 paragraph" if count == 1 else f"{count} paragraphs"
    field = fields.get(name)
    if field is None:
        return display(value).text
    if field.many:
        return "; ".join(_item_words(item, field, names) for item in json.loads(str(value)))
    return _single(str(value), field, names)


def _item_words(item: Json, field: DocumentField, names: Names) -> str:
    """One of a list: a text, the key of a record, or a document of its own."""
    if not isinstance(item, Mapping):
        return _single(str(item), field, names)
    inner = fields_of_document(_part(field))
    by_name = {each.alias: each for each in inner.values()}
    return ", ".join(
        _single(str(value), by_name[name], names)
        for name, value in item.items()
        if value is not None and name in by_name
    )


def _part(field: DocumentField) -> type:
    assert isinstance(field.plain_type, type)
    return field.plain_type


def _single(value: str, field: DocumentField, names: Names) -> str:
    if field.is_span:
        return Period.parse(value).text
    if field.reference:
        return names.get(f"{field.reference.type}:{value}", value)
    return plain_words(value, field.alias, field)


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
    fields, ids = _fields(record), dict[str, None]()
    for entry in list_rows(record, HISTORY):
        for difference in list_rows(entry, "fields"):
            if field := fields.get(str(difference["field"])):
                values = (difference[side] for side in ("before", "after"))
                ids |= dict.fromkeys(_ids(field, [value for value in values if value]))
    return [*ids]


def _ids(field: DocumentField, values: list[Json]) -> Iterator[str]:
    for value in values:
        for item in json.loads(str(value)) if field.many else [value]:
            if isinstance(item, Mapping):
                for inner in fields_of_document(_part(field)).values():
                    if inner.reference and item.get(inner.alias):
                        yield f"{inner.reference.type}:{item[inner.alias]}"
            elif field.reference:
                yield f"{field.reference.type}:{item}"


def _fields(record: JsonObject) -> Mapping[str, DocumentField]:
    """Those of its document, by their names there."""
    form = FORMS[str(record["id"]).partition(":")[0]]
    return {field.alias: field for field in fields_of_document(form).values()}
