"""What is asked of the flat tables by the parameters of a URL.

In: the query of a URL. Out: which revision, and which rows; or RequestError for a parameter that
there is not, or that is no value. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence

from kb.errors import RequestError, alternatives
from kb.folding import folding_of
from kb.normalisation import normalise
from kb.records.types import RECORD_TYPES, type_of_enum
from kb.server.requests import known_parameters
from kb.server.strict_json import show_text
from kb.tables.extract import Extract, check_filters
from kb.tables.flat_table import FlatTable
from kb.tables.formats import FORMATS

_OF_TABLES = ("revision", "organisation", "state", "type", "since")
_MOST_DIGITS = 20
_BEYOND = 10**18
"""More than any revision is."""
_MOST_OF_KEY = 200
Given = Mapping[str, str]


def read_parameters(query: bytes, taken: Sequence[str]) -> Given:
    """Raises RequestError."""
    return known_parameters(query, taken, "this download")


def read_extract(query: bytes, table: FlatTable) -> Extract:
    """Raises RequestError also for what narrows other tables, and not this one."""
    taken = [name for name in _OF_TABLES if name in ("revision", *table.filters)]
    of_others = [name for name in _OF_TABLES if name not in taken]
    extract = _extract_of(known_parameters(query, taken, "this download", of_others))
    check_filters(table, extract)
    return extract


def read_archive_request(query: bytes) -> tuple[str, Extract]:
    """The form of its files, too."""
    given = read_parameters(query, ("format", *_OF_TABLES))
    form = given.get("format", "csv")
    if form not in FORMATS:
        what = f"there is no format {show_text(form)}"
        raise RequestError(what, f"give {alternatives(FORMATS)}")
    return form, _extract_of(given)


def _extract_of(given: Given) -> Extract:
    return Extract(
        revision=_read_revision(given, "revision"),
        since=_read_revision(given, "since"),
        organisation=_read_key(given, "organisation"),
        state=_read_key(given, "state"),
        type=_read_type(given.get("type", "")),
    )


def _read_revision(given: Given, name: str) -> int | None:
    """A revision, or a position of the feed, which has zeros in front."""
    if name not in given:
        return None
    text = given[name]
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not is_number or int(text) >= _BEYOND:
        what = f"`{name}` is {show_text(text)}"
        raise RequestError(what, "give a revision, as `X-KB-Revision` has it")
    return int(text)


def _read_key(given: Given, name: str) -> str:
    """In any case, as queries take it."""
    key = folding_of(name)(normalise(given.get(name, "")))
    if len(key) > _MOST_OF_KEY or not key.isprintable():
        raise RequestError(f"`{name}` is {show_text(key)}", "give the key of a record")
    return key


def _read_type(text: str) -> str:
    """The name of the type, such as `State` for `STATE`."""
    names = [each.enum_name for each in RECORD_TYPES]
    if text and text not in names:
        what = f"there is no type of records {show_text(text)}"
        raise RequestError(what, f"give one of {alternatives(names)}")
    return type_of_enum(text).name if text else ""
