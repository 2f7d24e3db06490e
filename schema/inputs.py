"""What a curator gives of a record: input types made from the documents of seed files.

In: a document's class, and the schema type of the same record. Out: a Strawberry input, whose
fields have the names and types of the document and the descriptions of the schema type, so that
both stand in one place. All but the key may be left out: what is given takes the place of what is
stored.
"""

from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import strawberry
from pydantic import BaseModel
from strawberry.utils.str_converters import to_camel_case

from kb.records.documents import AnchorDocument, CitationDocument, ParticipantDocument
from kb.records.traits import DateTrait, Reference, SpanTrait, traits_in
from kb.records.types import has_codes
from schema.records import Participation
from schema.sources import Citation
from schema.time import Revision

Fields = dict[str, tuple[object, Any]]
"""By their names in Python: the type of each, and what it says."""
_DATE = "EDTF: `2016-10-14`, `2016-10`, `2016~`, `[2016..2018]`, `[..2016-10-14]`."
_SPAN = "EDTF: a day, `1999/2006`, `2002/..` (goes on), `2002/` (no source tells its end)."
_TWICE = "The same key with the same input again is answered as before, and writes nothing."
_EXPECTED = (
    "The revision of the record that you know, `0` if it is new; any other is answered Stale."
)


# A class attribute stands for a value of any annotated type, as `strawberry.field` has it.
def given(description: str, *, needed: bool = False) -> Any:  # noqa: ANN401
    """A field of an input; it may be left out, unless it is needed."""
    if needed:
        return strawberry.field(description=description)
    return strawberry.field(default=strawberry.UNSET, description=description)


def made_input(name: str, description: str, fields: Fields) -> type:
    """An input type of fields by their names in Python, each with its type and what it says."""
    space = {field: value for field, (_, value) in fields.items()}
    hints = {field: hint for field, (hint, _) in fields.items()}
    made: type = strawberry.input(
        type(name, (), {**space, "__annotations__": hints, "__module__": __name__}),
        description=description,
    )
    return made


def _described(kind: type) -> dict[str, str]:
    """What the fields of a schema type say, by their names in GraphQL."""
    fields = vars(kind)["__strawberry_definition__"].fields
    return {to_camel_case(one.python_name): one.description or "" for one in fields}


def fields_of(
    document: type[BaseModel], kind: type, needed: frozenset[str] = frozenset()
) -> Fields:
    """The fields of a document but for its citations, as those of an input."""
    told = _described(kind)
    found: Fields = {}
    for name, hint in get_type_hints(document, include_extras=True).items():
        if name in document.model_fields and name not in ("citations", "anchor"):
            about = f"{told[to_camel_case(name)]} {_note(hint)}".rstrip()
            plain = _plain(_bare(hint))
            must = name in needed
            found[name] = (plain if must else plain | None, given(about, needed=must))
    return found


def _bare(hint: object) -> object:
    """Without `| None`."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    return hint


def _note(hint: object) -> str:
    """How the value is to be written, where the type in GraphQL does not say so."""
    for trait in traits_in(hint):
        match trait:
            case DateTrait():
                return _DATE
            case SpanTrait():
                return _SPAN
            case Reference(type=name) if has_codes(name):
                return "By its code."
    return ""


def _plain(hint: object) -> Any:  # noqa: ANN401  # It is a type, of whichever kind.
    """The type in GraphQL of a type in a document."""
    if get_origin(hint) is list:
        (inner,) = get_args(hint)
        return list[_plain(inner)]  # type: ignore[misc]  # It is a value here.
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if hint is ParticipantDocument:
        return PARTICIPANT
    assert hint in (int, bool, str) or (isinstance(hint, type) and issubclass(hint, Enum))
    return hint


PARTICIPANT: Any = made_input(
    "ParticipantInput",
    "Who came to a summit or stayed away: an official, a state, or an official for a state.",
    fields_of(ParticipantDocument, Participation, frozenset({"attendance"})),
)
ANCHOR: Any = made_input(
    "AnchorInput",
    "Where cited words stand in an article: the place, and the proof that it is these words.",
    fields_of(AnchorDocument, Citation, frozenset(AnchorDocument.model_fields)),
)
CITED: Fields = {
    "key": (str, given("Its permanent key; one of the same key is replaced.", needed=True)),
    **fields_of(CitationDocument, Citation, frozenset({"article", "claim"})),
    "quote": (
        str | None,
        given("The exact words, which must stand in the ingested text just once; or `anchor`."),
    ),
    "anchor": (ANCHOR | None, given("Where the words stand; or `quote`.")),
}
CITATION: Any = made_input("CitationInput", "A passage that bears on the record.", CITED)
BESIDE: Fields = {
    "idempotency_key": (str | None, given(_TWICE)),
    "expected_revision": (Revision | None, given(_EXPECTED)),
}
