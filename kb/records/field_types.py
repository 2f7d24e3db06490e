"""The types of the fields of documents: dates, texts, keys and numbers, each with what is checked.

In: plain values of a field. Out: the values in their normal form, with the traits that their types
give to a field. How long texts may be stands here: PostgreSQL takes 2,704 bytes into an index,
which are a name and a key. Pure: no I/O.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError, ValidationError
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from kb.dates import PartialDate, parse_day
from kb.errors import DateError
from kb.folding import fold_code, fold_slug
from kb.normalisation import normalise
from kb.periods import Period
from kb.records.graphql_text import on_one_line
from kb.records.traits import DateTrait, DayTrait, SpanTrait, WordsTrait
from kb.records.types import has_codes


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
MOST_REASON: Final = 1_000
"""Of the reason of a change, which stands with each record that it wrote."""
MOST_PROSE: Final = 10_000
MOST_URL: Final = 2_000
MOST_PARAGRAPH: Final = 100_000
MOST_DATE: Final = 100
MOST_PARAGRAPHS: Final = 10_000
MOST_WHOLE: Final = 2**31 - 1
"""What GraphQL's Int holds."""
AS_TEXT: Final = "numbers are given as texts"
"""The context of what comes from YAML, of which every scalar is read as the text that it is."""
_DIGITS = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)

# An editor reads `2002` in YAML as a number, though the loader reads it as text.
TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "integer"]})
_DATE_TEXT = StringConstraints(max_length=MOST_DATE)
Edtf = Annotated[str, _DATE_TEXT, _parsed_by(PartialDate.parse), TEXT_OR_NUMBER, DateTrait()]
Day = Annotated[
    str,
    _DATE_TEXT,
    _parsed_by(parse_day),
    WithJsonSchema({"type": "string", "format": "date"}),
    DayTrait(),
]
"""One day of the calendar, of which all is known."""
Span = Annotated[str, _DATE_TEXT, _parsed_by(Period.parse), TEXT_OR_NUMBER, SpanTrait()]


_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


def _storable(text: str) -> str:
    """In the normal form."""
    if forbidden := _NEVER_STORED.search(text):
        sign = f"U+{ord(forbidden[0]):04X}"
        raise PydanticCustomError("text", "{sign}", {"sign": sign})
    return normalise(text)


def _query_on_one_line(value: object) -> object:
    try:
        return on_one_line(value) if isinstance(value, str) else value
    except ValueError:
        raise PydanticCustomError("blanks", "{}", {}) from None


def _visible(text: str) -> str:
    if not text:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


def _normalise_text(value: object) -> object:
    return normalise(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class MaxLength:
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
Name = Annotated[Text, MaxLength(MOST_NAME)]
Office = Annotated[Text, MaxLength(MOST_OFFICE)]
Prose = Annotated[Text, MaxLength(MOST_PROSE)]
Query = Annotated[Prose, BeforeValidator(_query_on_one_line)]
"""In GraphQL."""
Reason = Annotated[Text, MaxLength(MOST_REASON)]
Paragraphs = Annotated[
    list[Annotated[_Stored, MaxLength(MOST_PARAGRAPH)]],
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
    MaxLength(MOST_URL),
    WordsTrait(),
]
"""What others make a link of: one that begins with `javascript:` would run."""


def _folded_by(fold: Callable[[str], str]) -> BeforeValidator:
    """Take a key as others write it; what is no text is for the next check."""
    return BeforeValidator(lambda value: fold(value) if isinstance(value, str) else value)


StateKey = Annotated[
    str, StringConstraints(pattern=_CODE, max_length=MOST_KEY), BeforeValidator(_normalise_text)
]
# The last of these comes first: a key is normalised before it is folded.
Slug = Annotated[Key, _folded_by(fold_slug), BeforeValidator(_normalise_text)]
Code = Annotated[StateKey, _folded_by(fold_code), BeforeValidator(_normalise_text)]
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


_KEYS, _CODES = TypeAdapter[str](Key), TypeAdapter[str](StateKey)


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


def key_schema(type_name: str) -> JsonSchemaValue:
    """What the keys of such records are, for editors."""
    return (_CODES if has_codes(type_name) else _KEYS).json_schema()
