"""The form of a seed file: what a curator may write for each type of record.

In: plain values read from YAML. Out: checked documents, one class a type, with the names of the
GraphQL fields. `json_schemas` gives the same rules to editors.
"""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from kb.dates import PartialDate
from kb.errors import DateError
from kb.folding import fold_code, fold_slug
from kb.models import Attendance, EventKind, MembershipStatus, Stance
from kb.normalisation import normalise
from kb.periods import Period


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    """Keep the text, once it parses; its remedy stands in the fault."""

    def check(text: str) -> str:
        try:
            parse(text)
        except DateError as error:
            raise PydanticCustomError("date", "{fault}", {"fault": str(error)}) from None
        return text

    return AfterValidator(check)


# An editor reads `2002` in YAML as a number, though the loader reads it as text.
_TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "integer"]})
Edtf = Annotated[str, _checked(PartialDate.parse), _TEXT_OR_NUMBER]
Span = Annotated[str, _checked(Period.parse), _TEXT_OR_NUMBER]


_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


def _storable(text: str) -> str:
    """In the normal form."""
    if found := _NEVER_STORED.search(text):
        sign = f"U+{ord(found[0]):04X}"
        raise PydanticCustomError("text", "it has the character {sign}", {"sign": sign})
    return normalise(text)


def _visible(text: str) -> str:
    if not text:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


def _normal(value: object) -> object:
    return normalise(value) if isinstance(value, str) else value


_Stored = Annotated[str, AfterValidator(_storable)]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    AfterValidator(_storable),
    AfterValidator(_visible),
]
PARAGRAPHS: TypeAdapter[list[str]] = TypeAdapter(
    Annotated[list[_Stored], AfterValidator(lambda texts: [text for text in texts if text])]
)
"""An article's text; what has nothing to be seen is no paragraph."""
_KEY, _CODE = r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^[A-Z]{2}$"
LONGEST_KEY = 500
"""YAML takes no key of more than a thousand letters, nor PostgreSQL's indexes one of 2,700."""


def _folded(fold: Callable[[str], str]) -> BeforeValidator:
    """Take a key as others write it; what is no text is for the next check."""
    return BeforeValidator(
        lambda value: fold(normalise(value)) if isinstance(value, str) else value
    )


Key = Annotated[
    str, StringConstraints(pattern=_KEY, max_length=LONGEST_KEY), BeforeValidator(_normal)
]
"""A record's own key, as it is."""
Slug = Annotated[Key, _folded(fold_slug)]
Code = Annotated[str, StringConstraints(pattern=_CODE), _folded(fold_code)]
"""Keys of the records that are referred to, in any case."""


class _Document(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )


class AnchorDocument(_Document):
    """Where the cited words stand; `kb.ingest.anchors` makes it."""

    paragraph: Annotated[int, Field(ge=1)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class CitationDocument(_Document):
    """One passage; `field` names the field of the record that it speaks of."""

    article: Slug
    anchor: AnchorDocument
    field: Text | None = None
    value: Annotated[Text, _TEXT_OR_NUMBER] | None = None
    stance: Stance = Stance.SUPPORTS
    claim: Text


class _Sourced(_Document):
    citations: Annotated[dict[Key, CitationDocument], Field(min_length=1)]


class PublicationDocument(_Document):
    name: Text


class ArticleDocument(_Document):
    headline: Text
    publication: Slug
    issue_number: int | None = None
    issued_on: Edtf | None = None
    dated_on: Edtf
    place: Text | None = None
    author: Text | None = None
    summary: Text | None = None
    url: Text | None = None
    year_inferred: bool = False


class OrganisationDocument(_Sourced):
    name: Text
    acronym: Text | None = None
    aliases: list[Text] = []
    founded: Edtf | None = None
    predecessor: Slug | None = None


class StateDocument(_Sourced):
    name: Text
    official_name: Text | None = None
    aliases: list[Text] = []


class OfficialDocument(_Sourced):
    name: Text
    aliases: list[Text] = []
    nationality: Code | None = None


class MembershipDocument(_Sourced):
    organisation: Slug
    state: Code
    status: MembershipStatus
    period: Span


class TermDocument(_Sourced):
    official: Slug
    office: Text
    organisation: Slug | None = None
    state: Code | None = None
    period: Span
    planned_end: Edtf | None = None
    end_reason: Text | None = None


class ParticipantDocument(_Document):
    official: Slug | None = None
    state: Code | None = None
    attendance: Attendance
    note: Text | None = None


class SummitDocument(_Sourced):
    name: Text
    organisation: Slug
    held_on: Edtf
    city: Text | None = None
    host: Code | None = None
    participants: list[ParticipantDocument] = []


class EventDocument(_Sourced):
    kind: EventKind
    title: Text
    occurred: Span
    place: Text | None = None
    summit: Slug | None = None
    organisations: list[Slug] = []
    states: list[Code] = []
    officials: list[Slug] = []


Document = (
    PublicationDocument
    | ArticleDocument
    | OrganisationDocument
    | StateDocument
    | OfficialDocument
    | MembershipDocument
    | TermDocument
    | SummitDocument
    | EventDocument
)
SourcedDocument = _Sourced

FILES: dict[str, tuple[str, type[Document]]] = {
    "publications": ("Publication", PublicationDocument),
    "articles": ("Article", ArticleDocument),
    "organisations": ("Organisation", OrganisationDocument),
    "states": ("State", StateDocument),
    "officials": ("Official", OfficialDocument),
    "memberships": ("Membership", MembershipDocument),
    "terms": ("Term", TermDocument),
    "summits": ("Summit", SummitDocument),
    "events": ("Event", EventDocument),
}
"""A file's name, without `.yaml`, to the type of its records and their form."""


def key_pattern(kind: str) -> str:
    """What the keys of a type's records look like: codes for states, hyphened words for others."""
    return _CODE if kind == "State" else _KEY


def is_key(kind: str, key: str) -> bool:
    return len(key) <= LONGEST_KEY and re.fullmatch(key_pattern(kind), key) is not None


def json_schemas() -> dict[str, JsonSchemaValue]:
    """A JSON Schema for each file, for editors that complete and check."""
    schemas = {}
    for name, (kind, form) in FILES.items():
        record = form.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions = record.pop("$defs", {})
        schemas[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name,
            "type": "object",
            "propertyNames": {"maxLength": LONGEST_KEY, "pattern": key_pattern(kind)},
            "additionalProperties": {"$ref": f"#/$defs/{form.__name__}"},
            "$defs": {**definitions, form.__name__: record},
        }
    return schemas
