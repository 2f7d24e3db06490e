"""Refusals that only the rows can tell: they stand in the answer where a value would.

In: the code of an error and what it tells, as `Sql`; or the text of an answer. Out: an object of
JSON that stands for the value, or the errors that an answer holds, each with its path. The object
has a key of one control character, which JSON allows in no text as it is: no value can be taken for
it, and an answer without the character holds none. Pure: no connection.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice

from kb.errors import REFUSALS, QueryError, RecordErased
from kb.query.sql import Path, Sql, json_object, literal

_MARK = "\x01"
MOST_REFUSALS = 20
"""Errors of one answer; each names what there is in one place."""


def refusal(code: str, details: Mapping[str, Sql]) -> Sql:
    """The object; `details` are JSON themselves."""
    return json_object({_MARK: literal(json.dumps(code)), **details})


ERASED = refusal(RecordErased.code, {})
"""Stands for a record that was there at a revision, and was taken down since."""


def find_refusals(text: str) -> list[QueryError]:
    """In the order of the answer."""
    if _MARK not in text:
        return []
    return [*islice(_refusals(json.loads(text, strict=False), ()), MOST_REFUSALS)]


def _refusals(value: object, path: Path) -> Iterator[QueryError]:
    match value:
        case {"\x01": code, **details}:
            yield REFUSALS[str(code)](path, {str(name): told for name, told in details.items()})
        case dict():
            for key, inner in value.items():
                yield from _refusals(inner, (*path, key))
        case list():
            for place, inner in enumerate(value):
                yield from _refusals(inner, (*path, place))
