"""The fields of which two versions of a record have other values, in words.

In: the type of the record, its differing fields as the schema has them, and names of records by
their ids. Out: each difference in words, without keys, EDTF or names of the schema; and the ids
that values name. Pure: no I/O.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kb.dates import PartialDate
from kb.periods import Period
from kb.records.documents import FORMS, CitationDocument
from kb.records.traits import DocumentField, fields_of_document
from kb.web.presentation import Json, JsonObject, display, field_label
from kb.web.value_words import Names, plain_words

_TEXT, _SUBJECT, _ANCHOR = "paragraphs", "subject", "anchor"


@dataclass(frozen=True)
class DifferenceWords:
    field: str
    before: str
    after: str


def differences_in_words(
    record_type: str, differences: Iterable[JsonObject], names: Names
) -> tuple[DifferenceWords, ...]:
    """Those of which there is anything to say."""
    fields = _fields(record_type)
    told = (_difference(each, fields, names) for each in differences)
    return tuple(each for each in told if each.before or each.after)


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
    if name == _SUBJECT:
        return names.get(str(value), str(value))
    if name == _ANCHOR:
        return f"paragraph {json.loads(str(value))['paragraph']}"
    field = fields.get(name)
    if field is None:
        return display(value).text
    if field.many:
        return "; ".join(_item_words(item, field, names) for item in json.loads(str(value)))
    return _single(str(value), field, names)


def _item_words(item: Json, field: DocumentField, names: Names) -> str:
    """One of a list: a text, the key of a record, or a document of its own, in that one's order:
    canonical JSON has another.
    """
    if not isinstance(item, Mapping):
        return _single(str(item), field, names)
    inner = fields_of_document(_part(field)).values()
    return ", ".join(
        _single(str(value), each, names)
        for each in inner
        if (value := item.get(each.alias)) is not None
    )


def _part(field: DocumentField) -> type:
    assert isinstance(field.plain_type, type)
    return field.plain_type


def _single(value: str, field: DocumentField, names: Names) -> str:
    if field.is_span:
        return Period.parse(value).text
    if field.is_date:
        return PartialDate.parse(value).text
    if field.reference:
        return names.get(f"{field.reference.type}:{value}", value)
    return plain_words(value, field.alias, field)


def named_in(record_type: str, differences: Iterable[JsonObject]) -> Iterator[str]:
    """The ids of the records that the values name."""
    fields = _fields(record_type)
    for difference in differences:
        values = [value for side in ("before", "after") if (value := difference[side])]
        if field := fields.get(str(difference["field"])):
            yield from _ids(field, values)
        elif difference["field"] == _SUBJECT:
            yield from map(str, values)


def _ids(field: DocumentField, values: Sequence[Json]) -> Iterator[str]:
    for value in values:
        for item in json.loads(str(value)) if field.many else [value]:
            if isinstance(item, Mapping):
                for inner in fields_of_document(_part(field)).values():
                    if inner.reference and item.get(inner.alias):
                        yield f"{inner.reference.type}:{item[inner.alias]}"
            elif field.reference:
                yield f"{field.reference.type}:{item}"


@cache
def _fields(record_type: str) -> Mapping[str, DocumentField]:
    """Those of a document of the type, by their names there."""
    form = CitationDocument if record_type == "Citation" else FORMS[record_type]
    return {field.alias: field for field in fields_of_document(form).values()}
