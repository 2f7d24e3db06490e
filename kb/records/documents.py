"""The form of a seed file: what a curator may write for each type of record.

In: plain values read from YAML, JSON or a mutation. Out: checked documents, one class a type, with
the names of the GraphQL fields. `json_schemas` gives the same rules to editors. How long texts and
lists may be stands here: PostgreSQL takes 2,704 bytes into an index, which are a name and a key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError, ValidationError
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

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
            told = {"fault": error.message, "remedy": error.remedy}
            raise PydanticCustomError("date", "{fault}", told) from None
        return text

    return AfterValidator(check)


MOST_KEY: Final = 500
MOST_NAME: Final = 500
"""Of names, titles and whatever else lists are sorted by."""
MOST_OFFICE: Final = 400
"""It is folded too, which makes three letters of some."""
MOST_PROSE: Final = 10_000
MOST_URL: Final = 2_000
MOST_PARAGRAPH: Final = 100_000
MOST_DATE: Final = 100
MOST_ITEMS: Final = 1_000
MOST_CITATIONS: Final = 1_000
"""Of a record: its history holds, for each day on which one was known, all those before it."""
MOST_PARAGRAPHS: Final = 10_000
MOST_WHOLE: Final = 2**31 - 1
"""What GraphQL's Int holds."""
AS_TEXT: Final = "numbers are given as texts"
"""The context of what comes from YAML, of which every scalar is read as the text that it is."""
_DIGITS = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)

# An editor reads `2002` in YAML as a number, though the loader reads it as text.
_TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "integer"]})
_DATE_TEXT = StringConstraints(max_length=MOST_DATE)
Edtf = Annotated[str, _DATE_TEXT, _checked(PartialDate.parse), _TEXT_OR_NUMBER]
Span = Annotated[str, _DATE_TEXT, _checked(Period.parse), _TEXT_OR_NUMBER]


_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


def _storable(text: str) -> str:
    """In the normal form."""
    if found := _NEVER_STORED.search(text):
        sign = f"U+{ord(found[0]):04X}"
        raise PydanticCustomError("text", "{sign}", {"sign": sign})
    return normalise(text)


def _visible(text: str) -> str:
    if not text:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


def _normal(value: object) -> object:
    return normalise(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class _Longest:
    """So many characters at most, counted once all else is done to the text."""

    most: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"maxLength": self.most}

    def _check(self, text: str) -> str:
        if len(text) > self.most:
            raise PydanticCustomError("string_too_long", "{max_length}", {"max_length": self.most})
        return text


_Stored = Annotated[str, AfterValidator(_storable)]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    AfterValidator(_storable),
    AfterValidator(_visible),
]
Name = Annotated[Text, _Longest(MOST_NAME)]
Office = Annotated[Text, _Longest(MOST_OFFICE)]
Prose = Annotated[Text, _Longest(MOST_PROSE)]
Url = Annotated[Text, _Longest(MOST_URL)]
_Paragraphs = Annotated[
    list[Annotated[_Stored, _Longest(MOST_PARAGRAPH)]],
    Field(max_length=MOST_PARAGRAPHS),
    AfterValidator(lambda texts: [text for text in texts if text]),
]
"""What has nothing to be seen is no paragraph."""
_KEY, _CODE = r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^[A-Z]{2}$"
_DIGEST = "^[0-9a-f]{64}$"
Key = Annotated[str, StringConstraints(pattern=_KEY, max_length=MOST_KEY), BeforeValidator(_normal)]


def _folded(fold: Callable[[str], str]) -> BeforeValidator:
    """Take a key as others write it; what is no text is for the next check."""
    return BeforeValidator(lambda value: fold(value) if isinstance(value, str) else value)


_Code = Annotated[str, StringConstraints(pattern=_CODE), BeforeValidator(_normal)]
# The last of these comes first: a key is normalised before it is folded.
Slug = Annotated[Key, _folded(fold_slug), BeforeValidator(_normal)]
Code = Annotated[_Code, _folded(fold_code), BeforeValidator(_normal)]
"""Keys of the records that are referred to, in any case; a record's own is written as it is."""
Digest = Annotated[str, StringConstraints(pattern=_DIGEST)]
PATTERNS: Final = {_KEY: "key", _CODE: "code", _DIGEST: "digest"}
"""What a text of each pattern is."""


def _whole(least: int) -> PlainValidator:
    """A whole number in plain digits, as GraphQL's Int can hold it."""

    def check(value: object, info: ValidationInfo) -> int:
        if info.context == AS_TEXT and isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is int and least <= value <= MOST_WHOLE:
            return value
        raise PydanticCustomError("whole", "{least}", {"least": least})

    return PlainValidator(check)


def _whole_schema(least: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": MOST_WHOLE})


Count = Annotated[int, _whole(1), _whole_schema(1)]
Offset = Annotated[int, _whole(0), _whole_schema(0)]
Truth = Annotated[bool, Strict()]


# A default stands for a value of the annotated type, as pydantic has it.
def _several() -> Any:  # noqa: ANN401  # It is a field of any type.
    return Field([], max_length=MOST_ITEMS)


class _Document(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )


class AnchorDocument(_Document):
    """Where the cited words stand; `kb.citations.anchors` makes it."""

    paragraph: Count
    start: Offset
    end: Count
    sha256: Digest


class CitationDocument(_Document):
    """One passage; `field` names the field of the record that it speaks of."""

    article: Slug
    anchor: AnchorDocument
    field: Name | None = None
    value: Annotated[Name, _TEXT_OR_NUMBER] | None = None
    stance: Stance = Stance.SUPPORTS
    claim: Prose


class _Sourced(_Document):
    citations: Annotated[
        dict[Key, CitationDocument], Field(min_length=1, max_length=MOST_CITATIONS)
    ]


class PublicationDocument(_Document):
    name: Name


class ArticleDocument(_Document):
    headline: Name
    publication: Slug
    issue_number: Count | None = None
    issued_on: Edtf | None = None
    dated_on: Edtf
    place: Name | None = None
    author: Name | None = None
    summary: Prose | None = None
    url: Url | None = None
    year_inferred: Truth = False


class OrganisationDocument(_Sourced):
    name: Name
    acronym: Name | None = None
    aliases: list[Name] = _several()
    founded: Edtf | None = None
    predecessor: Slug | None = None


class StateDocument(_Sourced):
    name: Name
    official_name: Name | None = None
    aliases: list[Name] = _several()


class OfficialDocument(_Sourced):
    name: Name
    aliases: list[Name] = _several()
    nationality: Code | None = None


class MembershipDocument(_Sourced):
    organisation: Slug
    state: Code
    status: MembershipStatus
    period: Span


class TermDocument(_Sourced):
    official: Slug
    office: Office
    organisation: Slug | None = None
    state: Code | None = None
    period: Span
    planned_end: Edtf | None = None
    end_reason: Prose | None = None


class ParticipantDocument(_Document):
    official: Slug | None = None
    state: Code | None = None
    attendance: Attendance
    note: Prose | None = None


class SummitDocument(_Sourced):
    name: Name
    organisation: Slug
    held_on: Edtf
    city: Name | None = None
    host: Code | None = None
    participants: list[ParticipantDocument] = _several()


class EventDocument(_Sourced):
    kind: EventKind
    title: Name
    occurred: Span
    place: Name | None = None
    summit: Slug | None = None
    organisations: list[Slug] = _several()
    states: list[Code] = _several()
    officials: list[Slug] = _several()


class RequestDocument(_Document):
    """What a mutation says of itself."""

    idempotency_key: Name | None = None


class TextDocument(_Document):
    """The text of an article, beside its document."""

    paragraphs: _Paragraphs | None = None


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


_KEYS, _CODES = TypeAdapter[str](Key), TypeAdapter[str](_Code)


def check_key(kind: str, key: object) -> str:
    """The key, if it can be one of a record of this type: a code for states, else hyphened words.

    Raises pydantic's ValidationError.
    """
    return (_CODES if kind == "State" else _KEYS).validate_python(key)


def is_key(kind: str, key: str) -> bool:
    """Whether it is one, in the normal form."""
    try:
        return check_key(kind, key) == key
    except ValidationError:
        return False


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
            "propertyNames": _names(kind),
            "additionalProperties": {"$ref": f"#/$defs/{form.__name__}"},
            "$defs": {**definitions, form.__name__: record},
        }
    return schemas


def _names(kind: str) -> JsonSchemaValue:
    schema = (_CODES if kind == "State" else _KEYS).json_schema()
    return {name: value for name, value in schema.items() if name != "type"}
