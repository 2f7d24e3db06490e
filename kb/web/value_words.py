"""Values that citations give and records carry, in words: records by their names.

In: parts of GraphQL answers, and names by ids. Out: what is to be asked for names, and values
without keys, EDTF or names of the schema. Pure: no I/O.

A value names records by their keys; of a list with commas between, and with the part of each behind
its key. A key of no record stays as it was given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from kb.derive.assertions import ASSERTABLE, FALSE, TRUE, fold_value, value_text
from kb.folding import folding_of
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import record_type
from kb.web.presentation import (
    DisplayValue,
    Json,
    JsonObject,
    address,
    enum_words,
    field_words,
    list_rows,
    record_name,
    value_at,
)

Names = Mapping[str, str]
"""Of records, by their ids."""
VALUES = ("value", "recorded", "values")
"""Fields of citations and of disagreements that have such values."""
_TRUTHS = {TRUE: "yes", FALSE: "no"}


def claim_words(citation: JsonObject, record: JsonObject, names: Names) -> str:
    """What it says of which field: `Start: 14 April 2003`, or `On the host` without a value."""
    field = citation["field"]
    if not field:
        return ""
    words = field_words(field)
    told = value_words(citation["value"], citation, names, record)
    return f"{words.capitalize()}: {told}" if told else f"On the {words}"


def value_words(value: Json, row: JsonObject, names: Names, record: JsonObject) -> str:
    """A value of what a citation or a disagreement of the record, or of its subject, is on."""
    shown = shown_values(value, row, names, record)
    return ", ".join(each.text for each in shown)


def shown_values(
    value: Json, row: JsonObject, names: Names, record: JsonObject
) -> list[DisplayValue]:
    """Each record that the value names, or the value alone; none of no value."""
    if value is None:
        return []
    field = _declared(row, record)
    if field and (types := _types(field)):
        return [_member(member, types, names) for member in _members(str(value), field)]
    return [DisplayValue(plain_words(str(value), str(row["field"]), field))]


def _declared(row: JsonObject, record: JsonObject) -> DocumentField | None:
    """The field, of the subject's type if the row has one; none where all of a record is meant."""
    identity = str(value_at(row, "subject.id") or record["id"])
    return ASSERTABLE.get(identity.partition(":")[0], {}).get(str(row["field"]))


def plain_words(value: str, name: str, field: DocumentField | None) -> str:
    """A value that names no record."""
    if field is None:
        return value
    if field.enum:
        return enum_words(value)
    if field.plain_type is bool:
        return _TRUTHS.get(fold_value(value), value)
    return value_text(name, value)


def _types(field: DocumentField) -> Sequence[str]:
    """Of what records its values are the keys: of one type, or of those that its parts name."""
    if field.reference:
        return (field.reference.type,)
    if field.parts and isinstance(field.plain_type, type):
        inner = fields_of_document(field.plain_type).values()
        return [each.reference.type for each in inner if each.reference]
    return ()


def _members(value: str, field: DocumentField) -> list[Sequence[str]]:
    """The key of each, and the words behind it."""
    if not field.many:
        return [(value,)]
    return [words for item in value.split(",") if (words := item.split())]


def _ids(key: str, types: Sequence[str]) -> Iterator[str]:
    for name in types:
        yield f"{name}:{folding_of(record_type(name).table)(key)}"


def _member(words: Sequence[str], types: Sequence[str], names: Names) -> DisplayValue:
    """With the words of its part; under all names that it has, where records share the key."""
    key, *part = words
    named = [identity for identity in _ids(key, types) if identity in names]
    text = " ".join([" or ".join(names[each] for each in named) or key, *map(enum_words, part)])
    (identity,) = named if len(named) == 1 else ("",)
    return DisplayValue(text, address(identity) if identity else "", identity)


def names_in(answer: Json) -> Iterator[tuple[str, str]]:
    """All records that an answer names, by their ids."""
    if isinstance(answer, Mapping):
        identity, name = answer.get("id"), record_name(answer)
        if isinstance(identity, str) and name != identity:
            yield identity, name
        for inner in answer.values():
            yield from names_in(inner)
    elif isinstance(answer, list):
        for inner in answer:
            yield from names_in(inner)


def unnamed(rows: Iterable[JsonObject], names: Names, record: JsonObject) -> list[str]:
    """The ids that keys in the values of rows may be, if none of them has a name."""
    wanted: dict[str, None] = {}
    for row in rows:
        field = _declared(row, record)
        types = _types(field) if field else ()
        if field and types:
            for key, *_ in chain(*(_members(value, field) for value in _values(row))):
                ids = [*_ids(key, types)]
                wanted |= {} if names.keys() & ids else dict.fromkeys(ids)
    return [*wanted]


def _values(row: JsonObject) -> Iterator[str]:
    """What a citation asserts; or what is recorded, and what is asserted instead."""
    others = (each["value"] for each in list_rows(row, "values"))
    given = row.get("value"), row.get("recorded"), *others
    return (value for value in given if isinstance(value, str))


def with_words(row: JsonObject, names: Names) -> JsonObject:
    """A row whose values are what is shown of them: records, or texts."""
    given = {name: row[name] for name in VALUES if name in row}
    if "values" in given:
        given["values"] = [each["value"] for each in list_rows(row, "values")]
    shown = {name: [*_shown(value, row, names)] for name, value in given.items()}
    return {**row, **shown}


def _shown(given: Json, row: JsonObject, names: Names) -> Iterator[JsonObject]:
    for value in given if isinstance(given, list) else [given]:
        for cell in shown_values(value, row, names, row):
            yield {"id": cell.id, "name": cell.text} if cell.id else {"text": cell.text}
