"""What citations say, in words: on which field, and which value.

In: parts of GraphQL answers. Out: texts without keys, EDTF or names of the schema. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping

from kb.records.documents import SOURCED
from kb.records.traits import assertable_fields
from kb.web.presentation import (
    Json,
    JsonObject,
    asserted_text,
    enum_words,
    field_words,
    record_name,
)

_FIELDS = assertable_fields(SOURCED.values())
_OF_RECORDS = {name for name, field in _FIELDS.items() if field.reference or field.parts}
"""Fields whose values are keys of records, some with a role or an attendance beside."""


def claim_words(citation: JsonObject, record: JsonObject) -> str:
    """Such as `Start: 14 April 2003`; `On the host` for a value that the page has no name for."""
    field, value = citation["field"], citation["value"]
    if not field:
        return ""
    words = field_words(field)
    told = "" if value is None else _value_words(str(field), str(value), record)
    return f"{words.capitalize()}: {told}" if told else f"On the {words}"


def _value_words(field: str, value: str, record: JsonObject) -> str:
    if field not in _OF_RECORDS:
        return asserted_text(field, value)
    names = dict(_names(record))
    parts = [_part_words(part, names) for part in value.replace(",", " , ").split()]
    return " ".join(parts).replace(" , ", ", ") if all(parts) else ""


def _part_words(part: str, names: Mapping[str, str]) -> str:
    """A record's name by its key, or the name of a role; none of what the page does not name."""
    if part == ",":
        return part
    is_role = part.isupper() and len(part) > len("UZ")
    return enum_words(part) if is_role else names.get(part, "")


def _names(value: Json) -> Iterator[tuple[str, str]]:
    """All records that a page names, by their keys."""
    if isinstance(value, Mapping):
        identity, name = value.get("id"), record_name(value)
        if isinstance(identity, str) and name != identity:
            yield identity.partition(":")[2], name
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
