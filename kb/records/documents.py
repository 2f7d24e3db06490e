"""The form of a seed file: what a curator may write for each type of record.

In: plain values read from YAML, JSON or a mutation. Out: checked documents, one class a type, with
the names of the GraphQL fields. `json_schemas` gives the same rules to editors. How long texts and
lists may be stands here: PostgreSQL takes 2,704 bytes into an index, which are a name and a key.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args

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

from kb.dates import PartialDate, parse_day
from kb.errors import DateError
from kb.folding import fold_code, fold_slug
from kb.models import (
    ArticleKind,
    Attendance,
    EventKind,
    EventRole,
    MembershipStatus,
    Stance,
    SummitKind,
)
from kb.normalisation import normalise
from kb.periods import Period
from kb.records.traits import (
    CitedTrait,
    DateTrait,
    DayTrait,
    FloorTrait,
    FoldedText,
    JoinedBy,
    MappingTrait,
    NameTrait,
    Parts,
    Reference,
    Searched,
    SortedLast,
    SpanTrait,
    WordsTrait,
    fields_of_document,
)
from kb.records.types import RECORD_TYPES, has_codes


def _parsed_by(parse: Callable[[str], object]) -> AfterValidator:
    """Keep the text, once it parses; its remedy stands in the fault."""

    def check(text: str) -> str:
        try:
            parse(text)
        except DateError as error:
            context = {"fault": error.message, "remedy": error.remedy}
            raise PydanticCustomError("date", "{fault}", context) from None
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
Edtf = Annotated[str, _DATE_TEXT, _parsed_by(PartialDate.parse), _TEXT_OR_NUMBER, DateTrait()]
Day = Annotated[
    str,
    _DATE_TEXT,
    _parsed_by(parse_day),
    WithJsonSchema({"type": "string", "format": "date"}),
    DayTrait(),
]
"""One day of the calendar, of which all is known."""
Span = Annotated[str, _DATE_TEXT, _parsed_by(Period.parse), _TEXT_OR_NUMBER, SpanTrait()]


_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


def _storable(text: str) -> str:
    """In the normal form."""
    if forbidden := _NEVER_STORED.search(text):
        sign = f"U+{ord(forbidden[0]):04X}"
        raise PydanticCustomError("text", "{sign}", {"sign": sign})
    return normalise(text)


def _visible(text: str) -> str:
    if not text:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


def _normalise_text(value: object) -> object:
    return normalise(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class _MaxLength:
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


_Stored = Annotated[str, AfterValidator(_storable), WordsTrait()]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    AfterValidator(_storable),
    AfterValidator(_visible),
    WordsTrait(),
]
Name = Annotated[Text, _MaxLength(MOST_NAME)]
Office = Annotated[Text, _MaxLength(MOST_OFFICE)]
Prose = Annotated[Text, _MaxLength(MOST_PROSE)]
_Paragraphs = Annotated[
    list[Annotated[_Stored, _MaxLength(MOST_PARAGRAPH)]],
    Field(max_length=MOST_PARAGRAPHS),
    AfterValidator(lambda texts: [text for text in texts if text]),
]
"""What has nothing to be seen is no paragraph."""
_KEY = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_CODE = r"^([A-Z]{2}|[A-Z]{4}|X(-[A-Z0-9]+)+)$"
"""Of ISO 3166-1; of ISO 3166-3 for a former state; the data's own for one that never had any."""
_DIGEST = "^[0-9a-f]{64}$"
_URL = r"^https?://[^\s/]\S*$"
Key = Annotated[
    str, StringConstraints(pattern=_KEY, max_length=MOST_KEY), BeforeValidator(_normalise_text)
]

Url = Annotated[
    str,
    StringConstraints(pattern=_URL, min_length=1),
    BeforeValidator(_normalise_text),
    AfterValidator(_storable),
    _MaxLength(MOST_URL),
    WordsTrait(),
]
"""What others make a link of: one that begins with `javascript:` would run."""


def _folded_by(fold: Callable[[str], str]) -> BeforeValidator:
    """Take a key as others write it; what is no text is for the next check."""
    return BeforeValidator(lambda value: fold(value) if isinstance(value, str) else value)


_Code = Annotated[
    str, StringConstraints(pattern=_CODE, max_length=MOST_KEY), BeforeValidator(_normalise_text)
]
# The last of these comes first: a key is normalised before it is folded.
Slug = Annotated[Key, _folded_by(fold_slug), BeforeValidator(_normalise_text)]
Code = Annotated[_Code, _folded_by(fold_code), BeforeValidator(_normalise_text)]
"""Keys of the records that are referred to, in any case; a record's own is written as it is."""
Digest = Annotated[str, StringConstraints(pattern=_DIGEST), WordsTrait()]
PATTERNS: Final = {_KEY: "key", _CODE: "code", _DIGEST: "digest", _URL: "url"}
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
StrictBool = Annotated[bool, Strict()]


# A default stands for a value of the annotated type, as pydantic has it.
def _list_field() -> Any:  # noqa: ANN401  # It is a field of any type.
    return Field([], max_length=MOST_ITEMS)


class _Document(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """A field without a trait would be left out of what is derived: it is refused at once."""
        fields_of_document(cls)


class AnchorDocument(_Document):
    """Where the cited words stand; `kb.citations.anchors` makes it."""

    paragraph: Count
    start: Offset
    end: Count
    sha256: Digest


class CitationDocument(_Document):
    """One passage; `field` names the field of the record that it speaks of.

    It is given by the anchor of its words, or by a locator; by neither it is the source as a whole.
    """

    article: Annotated[Slug, Reference("Article")]
    anchor: AnchorDocument | None = None
    locator: Name | None = None
    observed_on: Day | None = None
    field: Name | None = None
    value: Annotated[Name, _TEXT_OR_NUMBER] | None = None
    stance: Stance = Stance.SUPPORTS
    claim: Prose


class IdentifierDocument(_Document):
    """What a record is called in a scheme of others."""

    scheme: Annotated[Slug, Reference("Scheme")]
    value: Annotated[Name, _TEXT_OR_NUMBER]


class _Sourced(_Document):
    citations: Annotated[
        dict[Key, CitationDocument],
        Field(min_length=1, max_length=MOST_CITATIONS),
        CitedTrait(),
    ]
    identifiers: Annotated[
        list[IdentifierDocument], Parts("identifier", owner="record_id"), MappingTrait()
    ] = _list_field()


# How much a match counts in a search. Searched is only what is the same in every view: a city is
# found by the claims that name it.
OWN_NAME_WEIGHT, _TITLE_WEIGHT, _SUMMARY_WEIGHT = 10, 8, 3
SPAN_WEIGHT = _SUMMARY_WEIGHT
"""Of all that memberships and terms are found by."""
_OwnName = Annotated[Name, NameTrait(OWN_NAME_WEIGHT)]
_Title = Annotated[Name, NameTrait(_TITLE_WEIGHT)]


class SchemeDocument(_Document):
    """`{value}` stands for the identifier in the address that `template` is."""

    name: Name
    pattern: Name | None = None
    template: Annotated[Text, _MaxLength(MOST_URL)] | None = None
    telling: StrictBool = False


class ExampleDocument(_Document):
    """A query for the explorer; how its lines are broken does not matter."""

    title: Name
    query: Prose


class AboutDocument(_Document):
    """The organisation and the offices are those that the home page begins with."""

    title: Name
    description: Prose | None = None
    licence: Name | None = None
    contact: Name | None = None
    organisation: Annotated[Slug, Reference("Organisation")] | None = None
    offices: list[Office] = _list_field()
    examples: Annotated[list[ExampleDocument], Parts("example")] = _list_field()


class PublicationDocument(_Document):
    name: Name
    publisher: Name | None = None


class ArticleDocument(_Document):
    headline: _Title
    kind: ArticleKind = ArticleKind.REPORT
    publication: Annotated[Slug, Reference("Publication")]
    issue_number: Count | None = None
    issued_on: Edtf | None = None
    dated_on: Edtf
    place: Annotated[Name, Searched(_SUMMARY_WEIGHT)] | None = None
    author: Name | None = None
    attribution: Name | None = None
    summary: Annotated[Prose, Searched(_SUMMARY_WEIGHT)] | None = None
    url: Url | None = None
    year_inferred: StrictBool = False


class OrganisationDocument(_Sourced):
    name: _OwnName
    acronym: _OwnName | None = None
    aliases: list[_OwnName] = _list_field()
    founded: Annotated[Edtf, FloorTrait()] | None = None
    dissolved: Edtf | None = None
    predecessor: Annotated[Slug, Reference("Organisation")] | None = None
    predecessors: list[Annotated[Slug, Reference("Organisation")]] = _list_field()
    parent: Annotated[Slug, Reference("Organisation")] | None = None
    url: Url | None = None


class StateDocument(_Sourced):
    name: _OwnName
    official_name: _OwnName | None = None
    aliases: list[_OwnName] = _list_field()
    existence: Annotated[Span, FloorTrait()] | None = None
    predecessors: list[Annotated[Code, Reference("State")]] = _list_field()


class OfficialDocument(_Sourced):
    name: _OwnName
    aliases: list[_OwnName] = _list_field()
    nationality: Annotated[Code, Reference("State")] | None = None


class MembershipDocument(_Sourced):
    organisation: Annotated[
        Slug, Reference("Organisation", identity=True, name_column="organisation_name")
    ]
    state: Annotated[Code, Reference("State", identity=True, name_column="state_name")]
    status: Annotated[MembershipStatus, Searched(SPAN_WEIGHT)]
    status_note: Name | None = None
    period: Span


class TermDocument(_Sourced):
    official: Annotated[Slug, Reference("Official", identity=True, name_column="holder_name")]
    office: Annotated[Office, FoldedText(), Searched(SPAN_WEIGHT)]
    organisation: Annotated[Slug, Reference("Organisation", identity=True)] | None = None
    state: Annotated[Code, Reference("State", identity=True)] | None = None
    capacity: Name | None = None
    period: Span
    planned_end: Edtf | None = None
    end_reason: Prose | None = None


class ParticipantDocument(_Document):
    official: Annotated[Slug, Reference("Official")] | None = None
    state: Annotated[Code, Reference("State")] | None = None
    attendance: Attendance
    note: Prose | None = None


class SummitDocument(_Sourced):
    name: _Title
    kind: SummitKind = SummitKind.MEETING
    organisation: Annotated[Slug, Reference("Organisation", identity=True)]
    held_on: Edtf
    city: Annotated[Name, SortedLast()] | None = None
    host: Annotated[Code, Reference("State")] | None = None
    participants: Annotated[list[ParticipantDocument], Parts("participation")] = _list_field()
    participants_complete: StrictBool = False


class PartyDocument(_Document):
    """One organisation, state or official."""

    organisation: Annotated[Slug, Reference("Organisation")] | None = None
    state: Annotated[Code, Reference("State")] | None = None
    official: Annotated[Slug, Reference("Official")] | None = None
    role: EventRole
    note: Prose | None = None


_BY_PARTIES = JoinedBy("parties", "role", EventRole.DENIED.name)


class EventDocument(_Sourced):
    """The lists of records name those of whose part no source tells; no party is among them."""

    kind: EventKind
    title: _Title
    occurred: Span
    place: Name | None = None
    office: Annotated[Office, FoldedText()] | None = None
    summit: Annotated[Slug, Reference("Summit")] | None = None
    parties: Annotated[list[PartyDocument], Parts("party")] = _list_field()
    organisations: Annotated[list[Annotated[Slug, Reference("Organisation")]], _BY_PARTIES] = (
        _list_field()
    )
    states: Annotated[list[Annotated[Code, Reference("State")]], _BY_PARTIES] = _list_field()
    officials: Annotated[list[Annotated[Slug, Reference("Official")]], _BY_PARTIES] = _list_field()


class RequestDocument(_Document):
    """What a mutation says of itself."""

    idempotency_key: Name | None = None


class TextDocument(_Document):
    """The text of an article, beside its document."""

    paragraphs: _Paragraphs | None = None


Document = (
    SchemeDocument
    | AboutDocument
    | PublicationDocument
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

FORMS: Final[Mapping[str, type[Document]]] = {
    form.__name__.removesuffix("Document"): form for form in get_args(Document)
}
"""The form of each type of records that has a file."""
FILES: Final[Mapping[str, tuple[str, type[Document]]]] = {
    each.plural: (each.name, FORMS[each.name]) for each in RECORD_TYPES if each.name != "Citation"
}
"""A file's name, without `.yaml`, to the type of its records and their form."""
assert len(FILES) == len(FORMS)
SOURCED: Final[Mapping[str, type[SourcedDocument]]] = {
    name: form for name, form in FILES.values() if issubclass(form, SourcedDocument)
}
"""The types of records that have citations, and their forms."""


_KEYS, _CODES = TypeAdapter[str](Key), TypeAdapter[str](_Code)


def check_key(type_name: str, key: object) -> str:
    """The key, if it can be one of a record of this type: a code for states, else hyphened words.

    Raises pydantic's ValidationError.
    """
    return (_CODES if has_codes(type_name) else _KEYS).validate_python(key)


def is_key(type_name: str, key: str) -> bool:
    """Whether it is one, in the normal form."""
    try:
        return check_key(type_name, key) == key
    except ValidationError:
        return False


def json_schemas() -> dict[str, JsonSchemaValue]:
    """A JSON Schema for each file, for editors that complete and check."""
    schemas = {}
    for name, (type_name, form) in FILES.items():
        record = form.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions = record.pop("$defs", {})
        schemas[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name,
            "type": "object",
            "propertyNames": _names(type_name),
            "additionalProperties": {"$ref": f"#/$defs/{form.__name__}"},
            "$defs": {**definitions, form.__name__: record},
        }
    return schemas


def _names(type_name: str) -> JsonSchemaValue:
    schema = (_CODES if has_codes(type_name) else _KEYS).json_schema()
    return {name: value for name, value in schema.items() if name != "type"}
