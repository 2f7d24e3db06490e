"""What must hold of a scheme by itself, and of an identifier by its scheme.

In: a scheme's document; a pattern, and a text. Out: faults with their places, and whether the text
matches. That takes time that grows with the text alone, whatever the pattern: both come from
outside. Pure: no I/O.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

from kb.errors import Fault
from kb.records.documents import SchemeDocument
from kb.records.entries import Entry
from kb.records.form_errors import quote_shortened

_PLACE: Final = "{value}"
_WEB: Final = ("https://", "http://")


def check_scheme(entry: Entry, scheme: SchemeDocument) -> Iterator[Fault]:
    if scheme.pattern is not None and not _compiles(scheme.pattern):
        what = f"{entry.key}: {quote_shortened(scheme.pattern)} is no regular expression"
        remedy = "write one without look-around and back references, such as `Q[1-9][0-9]*`"
        yield entry.lines.fault(what, remedy, "pattern")
    if (template := scheme.template) is None:
        return
    if not template.startswith((*_WEB, _PLACE)) or _PLACE not in template:
        what = f"{entry.key}: {quote_shortened(template)} is no web address of an identifier"
        remedy = f"write one that begins with `{_WEB[0]}` and has `{_PLACE}` where that goes"
        yield entry.lines.fault(what, remedy, "template")
    if scheme.pattern is None and entry.has(("pattern",)):
        what = f"{entry.key}: a template without a pattern makes addresses of any words"
        yield entry.lines.fault(what, "give the `pattern` of its identifiers", "template")


def matches(pattern: str | None, value: str) -> bool:
    """Whether it is what the scheme's identifiers are; without a pattern, anything is."""
    return pattern is None or not _compiles(pattern) or _matcher(pattern).isinstance_python(value)


def _compiles(pattern: str) -> bool:
    try:
        _compiled(pattern)
        _matcher(pattern)
    except SchemaError:
        return False
    return True


def _matcher(pattern: str) -> SchemaValidator:
    """Of whole texts."""
    return _compiled(rf"\A(?:{pattern})\z")


@lru_cache(100)
def _compiled(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern))
