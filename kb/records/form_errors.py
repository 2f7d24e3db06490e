"""What is wrong with the form of a record, in the words of whoever wrote it.

In: what pydantic finds, and by which door the record came. Out: what is wrong and what to do, in
the words of YAML, of JSON or of GraphQL: `_TABLE` has them by pydantic's types of errors. Pure: no
I/O.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic_core import ErrorDetails

from kb.dates import quote_text
from kb.records.documents import MOST_WHOLE, PATTERNS

_MOST_SHOWN = 60
_SHORT = 10**20


@dataclass(frozen=True, slots=True)
class Words:
    """What a door calls the kinds of values; `of` takes them from Python's."""

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
                return shown(value)
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


class Told(NamedTuple):
    what: str
    remedy: str


def shown(text: str) -> str:
    """The text, or its beginning, as a message shows it."""
    return quote_text(text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…")


def told(fault: ErrorDetails, words: Words) -> Told:
    """What follows the name of the part at fault."""
    context: Mapping[str, object] = fault.get("ctx") or {}
    return _TABLE[fault["type"]](words, fault["input"], context)


Teller = Callable[[Words, object, Mapping[str, object]], Told]


def _other(wanted: str) -> Teller:
    """A value of another kind than is wanted, by the name of that in `Words`."""

    def tell(words: Words, given: object, _: Mapping[str, object]) -> Told:
        kind = getattr(words, wanted)
        if wanted == "text" and isinstance(given, bool) and words is YAML:
            return Told(f"it is {words.of(given)}, not {kind}", "put it in quotes")
        what = f"{words.of(given)} is" if isinstance(given, str) else f"it is {words.of(given)},"
        return Told(f"{what} not {kind}", f"write {kind}")

    return tell


def _fixed(what: str, remedy: str) -> Teller:
    return lambda *_: Told(what, remedy)


_PATTERNS = {
    "key": ("no key", "write lower-case words joined by hyphens, such as `csto-summit`"),
    "code": ("no code of a state", "write two capital letters, such as `UZ`"),
    "digest": ("no SHA-256 in hex", "take the anchor that `kb cite` prints for the words"),
}


def _pattern(words: Words, given: object, context: Mapping[str, object]) -> Told:
    what, remedy = _PATTERNS[PATTERNS[str(context["pattern"])]]
    return Told(f"{words.of(given)} is {what}", remedy)


def _enum(words: Words, given: object, context: Mapping[str, object]) -> Told:
    values = str(context["expected"]).replace("'", "`")
    return Told(f"{words.of(given)} is none of its values", f"write {values}")


def _whole(words: Words, given: object, context: Mapping[str, object]) -> Told:
    span = f"no whole number from {context['least']} to {MOST_WHOLE}"
    remedy = "write one in plain digits, such as `500`"
    if isinstance(given, int | float) and -_SHORT < given < _SHORT:
        return Told(f"`{str(given).lower()}` is {span}", remedy)
    if isinstance(given, str) and words is JSON:
        return Told(f"it is {words.text}, not {words.number}", remedy)
    if isinstance(given, str):
        return Told(f"{shown(given)} is {span}", remedy)
    return Told(f"it is {words.of(given)}, {span}", remedy)


def _too_long(_: Words, given: object, context: Mapping[str, object]) -> Told:
    length = f" {len(given):,}" if isinstance(given, str) else ""
    what = f"it has{length} characters, more than {context['max_length']:,}"
    return Told(what, "shorten it")


def _too_many(_: Words, __: object, context: Mapping[str, object]) -> Told:
    what = f"it has {context['actual_length']:,} items, more than {context['max_length']:,}"
    return Told(what, "leave some out")


def _character(_: Words, __: object, context: Mapping[str, object]) -> Told:
    return Told(f"it has the character {context['sign']}", "leave the character out")


def _date(_: Words, __: object, context: Mapping[str, object]) -> Told:
    return Told(str(context["fault"]), str(context["remedy"]))


_TABLE: Mapping[str, Teller] = {
    "missing": _fixed("it is missing", "add it"),
    "extra_forbidden": _fixed("there is no such field", "remove it, or correct its name"),
    "string_type": _other("text"),
    "bool_type": _other("truth"),
    "list_type": _other("list"),
    "dict_type": _other("mapping"),
    "model_type": _other("mapping"),
    "enum": _enum,
    "whole": _whole,
    "date": _date,
    "string_too_short": _fixed("it is empty", "write something, or leave it out"),
    "string_too_long": _too_long,
    "too_short": _fixed("it has no citation", "cite at least one passage that supports it"),
    "too_long": _too_many,
    "string_pattern_mismatch": _pattern,
    "string_unicode": _fixed("it has half of a surrogate pair", "write both halves, or neither"),
    "text": _character,
}
"""By pydantic's types of errors, and those of `kb.records.documents`."""
