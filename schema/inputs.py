"""What a curator gives of a record: input types made from the documents of seed files.

In: a document's class, and the schema type of the same record. Out: a Strawberry input, whose
fields have the names and types of the document and the descriptions of the schema type, so that
neither is written twice. All but the key may be left out: what is given replaces what is stored.
"""

from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import strawberry
from pydantic import BaseModel
from strawberry.utils.str_converters import to_camel_case

from kb.records.documents import (
    AnchorDocument,
    CitationDocument,
    ExampleDocument,
    IdentifierDocument,
    ParticipantDocument,
    PartyDocument,
)
from kb.records.traits import DateTrait, DayTrait, Reference, SpanTrait, traits_in
from kb.records.types import has_codes
from schema.about import Example
from schema.identifiers import Identifier
from schema.records import Participation, Party
from schema.sources import Citation
from schema.time import Revision

InputFields = dict[str, tuple[object, Any]]
"""By their names in Python: the type of each, and its Strawberry field."""
_DATE = "EDTF: `2016-10-14`, `2016-10`, `2016~`, `[2016..2018]`, `[..2016-10-14]`."
_DAY = "As `2016-10-14`."
_SPAN = "EDTF: a day, `1999/2006`, `2002/..` (goes on), `2002/` (no source tells its end)."
_IDEMPOTENCY = "The same key with the same input again is answered as before, and writes nothing."
_REASON = (
    "Why, in words of your own: kept with the change, and shown as `Change.reason` to whoever has"
    " a token."
)
_EXPECTED_REVISION = (
    "The revision of the record that you know, `0` if it is new; any other is answered Stale."
)


# A field is assigned to a class attribute of any annotated type, so its own type is Any, as that of
# `strawberry.field` is.
def input_field(description: str, *, needed: bool = False) -> Any:  # noqa: ANN401
    """A field of an input; it may be left out, unless it is needed."""
    if needed:
        return strawberry.field(description=description)
    return strawberry.field(default=strawberry.UNSET, description=description)


def make_input(name: str, description: str, fields: InputFields) -> type:
    """An input type of these fields."""
    input_type: type = strawberry.input(_plain_class(name, fields), description=description)
    return input_type


def make_one_of(name: str, description: str, fields: InputFields) -> type:
    """An input type of which exactly one of these fields is given."""
    input_type: type = strawberry.input(
        _plain_class(name, fields), description=description, one_of=True
    )
    return input_type


def _plain_class(name: str, fields: InputFields) -> type:
    attributes = {name: field for name, (_, field) in fields.items()}
    hints = {name: hint for name, (hint, _) in fields.items()}
    return type(name, (), {**attributes, "__annotations__": hints, "__module__": __name__})


def _descriptions(graphql_type: type) -> dict[str, str]:
    """The descriptions of a schema type's fields, by their names in GraphQL."""
    fields = vars(graphql_type)["__strawberry_definition__"].fields
    return {to_camel_case(field.python_name): field.description or "" for field in fields}


def input_fields(
    document: type[BaseModel], graphql_type: type, needed: frozenset[str] = frozenset()
) -> InputFields:
    """The fields of a document as those of an input, without its citations and its anchor."""
    descriptions = _descriptions(graphql_type)
    inputs: InputFields = {}
    for name, hint in get_type_hints(document, include_extras=True).items():
        if name in document.model_fields and name not in ("citations", "anchor"):
            description = f"{descriptions[to_camel_case(name)]} {_format_hint(hint)}".rstrip()
            input_type = _graphql_type(_non_null(hint))
            needs = name in needed
            field = input_field(description, needed=needs)
            inputs[name] = (input_type if needs else input_type | None, field)
    return inputs


def _non_null(hint: object) -> object:
    """The type without `| None`."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (member for member in get_args(hint) if member is not NoneType)
    return hint


def _format_hint(hint: object) -> str:
    """How the value is to be written, where the type in GraphQL does not say so."""
    for trait in traits_in(hint):
        match trait:
            case DateTrait():
                return _DATE
            case DayTrait():
                return _DAY
            case SpanTrait():
                return _SPAN
            case Reference(type=name) if has_codes(name):
                return "By its code."
    return ""


def _graphql_type(hint: object) -> Any:  # noqa: ANN401  # It returns types, also generic ones.
    """The type in GraphQL that corresponds to a type in a document."""
    if get_origin(hint) is list:
        (inner,) = get_args(hint)
        return list[_graphql_type(inner)]  # type: ignore[misc]  # It is a value here.
    if get_origin(hint) is Annotated:
        return _graphql_type(get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _PART_INPUTS[hint]
    assert hint in (int, bool, str) or (isinstance(hint, type) and issubclass(hint, Enum))
    return hint


_PART_INPUTS: Mapping[type[BaseModel], Any] = {
    ParticipantDocument: make_input(
        "ParticipantInput",
        "Who came to a summit or stayed away: an official, a state, or an official for a state.",
        input_fields(ParticipantDocument, Participation, frozenset({"attendance"})),
    ),
    PartyDocument: make_input(
        "PartyInput",
        "What took part in an event: an organisation, a state or an official, in one role.",
        input_fields(PartyDocument, Party, frozenset({"role"})),
    ),
    IdentifierDocument: make_input(
        "IdentifierInput",
        "What a record is called elsewhere.",
        input_fields(IdentifierDocument, Identifier, frozenset(IdentifierDocument.model_fields)),
    ),
    ExampleDocument: make_input(
        "ExampleInput",
        "A query that the explorer opens with.",
        input_fields(ExampleDocument, Example, frozenset(ExampleDocument.model_fields)),
    ),
}
"""The inputs of the documents that lists of others hold."""
ANCHOR_INPUT: Any = make_input(
    "AnchorInput",
    "Where cited words stand in an article: the place, and the proof that it is these words.",
    input_fields(AnchorDocument, Citation, frozenset(AnchorDocument.model_fields)),
)
CITATION_FIELDS: InputFields = {
    "key": (str, input_field("Its permanent key; one of the same key is replaced.", needed=True)),
    **input_fields(CitationDocument, Citation, frozenset({"article", "claim"})),
    "quote": (
        str | None,
        input_field(
            "The exact words, which must stand in the ingested text just once; or `anchor`, or"
            " `locator`, or none of these: the source as a whole."
        ),
    ),
    "anchor": (ANCHOR_INPUT | None, input_field("Where the words stand; or `quote`.")),
}
CITATION_INPUT: Any = make_input(
    "CitationInput", "A passage, or a source as a whole, that bears on the record.", CITATION_FIELDS
)
REQUEST_FIELDS: InputFields = {
    "idempotency_key": (str | None, input_field(_IDEMPOTENCY)),
    "reason": (str | None, input_field(_REASON)),
    "expected_revision": (Revision | None, input_field(_EXPECTED_REVISION)),
}
