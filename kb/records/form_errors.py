"""What is wrong with the form of a record, in the words of whoever wrote it.

In: what pydantic finds, and by which door the record came. Out: what is wrong and what to do, in
the words of YAML, of JSON or of GraphQL: `_DESCRIBERS` has them by pydantic's types of errors.
Pure: no I/O.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic_core import ErrorDetails

from kb.dates import quote_text
from kb.records.field_types import MOST_WHOLE, PATTERNS

_MOST_SHOWN = 60
_SHORT = 10**20


@dataclass(frozen=True, slots=True)
class Words:
    """What a format calls the types of values; `of` gives the word for a value of Python."""

    mapping: str
    list: str
    text: str
    number: str
    truth: str

    def of(self, value: object) -> str:
        """What a value is, as it was written."""
        match value:
            case None:
                return "`null`"
            case bool():
                return f"`{str(value).lower()}`"
            case str():
                return quote_shortened(value)
            case int() | float():
                return self.number
            case list():
                return self.list
            case _:
                return self.mapping


YAML = Words("a mapping", "a list", "a text", "a number", "`true` or `false`")
JSON = Words("an object", "an array", "a string", "a number", "`true` or `false`")
PAGE = YAML
"""What a page says is text."""
GRAPHQL = Words("an input object", "a list", "a String", "an Int", "a Boolean")


class Explanation(NamedTuple):
    """What is wrong with a part, in words that follow its name, and what to do."""

    what: str
    remedy: str


def quote_shortened(text: str) -> str:
    """The text, or its beginning, as a message shows it."""
    return quote_text(text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…")


def describe_error(fault: ErrorDetails, words: Words) -> Explanation:
    """The explanation of an error that pydantic found."""
    context: Mapping[str, object] = fault.get("ctx") or {}
    return _DESCRIBERS[fault["type"]](words, fault["input"], context)


Describer = Callable[[Words, object, Mapping[str, object]], Explanation]


def _wrong_type(wanted: str) -> Describer:
    """A value of another type than is wanted, by the name of that in `Words`."""

    def tell(words: Words, given: object, _: Mapping[str, object]) -> Explanation:
        expected = getattr(words, wanted)
        if wanted == "text" and isinstance(given, bool) and words is YAML:
            return Explanation(f"it is {words.of(given)}, not {expected}", "put it in quotes")
        what = f"{words.of(given)} is" if isinstance(given, str) else f"it is {words.of(given)},"
        return Explanation(f"{what} not {expected}", f"write {expected}")

    return tell


def _always(what: str, remedy: str) -> Describer:
    return lambda *_: Explanation(what, remedy)


_PATTERNS = {
    "key": ("no key", "write lower-case words joined by hyphens, such as `first-summit`"),
    "code": ("no code of a state", "write two capital letters, such as `UZ`"),
    "url": ("no address on the web", "write one that begins with `https://` or `http://`"),
    "digest": ("no SHA-256 in hex", "take the anchor that `kb cite` prints for the words"),
}


def _pattern(words: Words, given: object, context: Mapping[str, object]) -> Explanation:
    what, remedy = _PATTERNS[PATTERNS[str(context["pattern"])]]
    return Explanation(f"{words.of(given)} is {what}", remedy)


def _enum(words: Words, given: object, context: Mapping[str, object]) -> Explanation:
    values = str(context["expected"]).replace("'", "`")
    return Explanation(f"{words.of(given)} is none of its values", f"write {values}")


def _whole(words: Words, given: object, context: Mapping[str, object]) -> Explanation:
    span = f"no whole number from {context['least']} to {MOST_WHOLE}"
    remedy = "write one in plain digits, such as `500`"
    if isinstance(given, int | float) and -_SHORT < given < _SHORT:
        return Explanation(f"`{str(given).lower()}` is {span}", remedy)
    if isinstance(given, str) and words is JSON:
        return Explanation(f"it is {words.text}, not {words.number}", remedy)
    if isinstance(given, str):
        return Explanation(f"{quote_shortened(given)} is {span}", remedy)
    return Explanation(f"it is {words.of(given)}, {span}", remedy)


def _too_long(_: Words, given: object, context: Mapping[str, object]) -> Explanation:
    length = f" {len(given):,}" if isinstance(given, str) else ""
    what = f"it has{length} characters, more than {context['max_length']:,}"
    return Explanation(what, "shorten it")


def _too_many(_: Words, __: object, context: Mapping[str, object]) -> Explanation:
    what = f"it has {context['actual_length']:,} items, more than {context['max_length']:,}"
    return Explanation(what, "leave some out")


def _character(_: Words, __: object, context: Mapping[str, object]) -> Explanation:
    return Explanation(f"it has the character {context['sign']}", "leave the character out")


def _date(_: Words, __: object, context: Mapping[str, object]) -> Explanation:
    return Explanation(str(context["fault"]), str(context["remedy"]))


_DESCRIBERS: Mapping[str, Describer] = {
    "missing": _always("it is missing", "add it"),
    "extra_forbidden": _always("there is no such field", "remove it, or correct its name"),
    "string_type": _wrong_type("text"),
    "bool_type": _wrong_type("truth"),
    "list_type": _wrong_type("list"),
    "dict_type": _wrong_type("mapping"),
    "model_type": _wrong_type("mapping"),
    "enum": _enum,
    "whole": _whole,
    "date": _date,
    "string_too_short": _always("it is empty", "write something, or leave it out"),
    "string_too_long": _too_long,
    "too_short": _always("it has no citation", "cite at least one passage that supports it"),
    "too_long": _too_many,
    "string_pattern_mismatch": _pattern,
    "string_unicode": _always("it has half of a surrogate pair", "write both halves, or neither"),
    "text": _character,
    "blanks": _always(
        "a text in it has blanks that would not be kept", "write all but one as `\\u0020`"
    ),
}
"""By pydantic's types of errors, and those of `kb.records.documents`."""
