"""The values of an address, and what is said of those that it cannot have, in plain words.

In: the parameters of an address, and the types that the schema has for them. Out: values as the
schema takes them; GraphQLError for others, with the parameter, and what it may be. Pure: no I/O.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputType,
    GraphQLNamedType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from kb.dates import quote_text
from kb.errors import CursorError, QueryError, alternatives
from kb.web.presentation import Json, JsonObject

_TRUTHS = {"true": True, "false": False}
_WHOLE_NUMBER = re.compile("-?[0-9]{1,9}")
MOST_QUOTED = 100
"""Characters that are repeated of what an address gives."""


def address_fault(message: str) -> GraphQLError:
    """As the answers raise it that pages show."""
    return GraphQLError(message, extensions={"code": QueryError.code})


def refuse_value(name: str, text: str, why: str, remedy: str) -> GraphQLError:
    shown = text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"
    return address_fault(f"`{name}` is {quote_text(shown)}, which {why}; {remedy}")


def is_day(text: str) -> bool:
    """Of a calendar, as ISO 8601 has it; Python reads other forms, too."""
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat() == text
    return False


def day_param(params: Mapping[str, str], name: str) -> str:
    """The day of that name, empty if none is given."""
    text = params.get(name, "")
    if text and not is_day(text):
        raise refuse_value(name, text, "is no day", "write it as `2016-10-14`")
    return text


def param_value(name: str, type_: GraphQLInputType, text: str) -> Json:
    """None for no text; of a list its members, which commas part."""
    if not text:
        return None
    named = get_named_type(type_)
    if is_list_type(get_nullable_type(type_)):
        return [_read_one(name, named, each) for each in text.split(",")]
    return _read_one(name, named, text)


def _read_one(name: str, named: GraphQLNamedType, text: str) -> Json:
    if isinstance(named, GraphQLEnumType) and text not in named.values:
        raise refuse_value(name, text, "it cannot be", f"it may be {alternatives(named.values)}")
    match named.name:
        case "Boolean":
            if text not in _TRUTHS:
                raise refuse_value(name, text, "it cannot be", f"it may be {alternatives(_TRUTHS)}")
            return _TRUTHS[text]
        case "Int":
            if not _WHOLE_NUMBER.fullmatch(text):
                why = "is no whole number of up to nine digits"
                raise refuse_value(name, text, why, "write it as `2016`")
            return int(text)
        case "Date":
            return day_param({name: text}, name)
    return text


def of_address(error: GraphQLError, variables: JsonObject) -> GraphQLError:
    """An error of an answer, as whoever wrote an address understands it."""
    if (error.extensions or {}).get("code") != CursorError.code:
        return error
    for name in error.path or ():
        if isinstance(name, str) and isinstance(cursor := variables.get(name), str):
            why, remedy = "is no place in this list", "leave it out to begin with the first page"
            return refuse_value(name, cursor, why, remedy)
    return error
