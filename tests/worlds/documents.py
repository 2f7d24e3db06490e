"""Documents made up: what a curator may write for each type, however odd.

In: nothing. Out: Hypothesis strategies of checked documents, by the name of the seed file.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from kb.models import Stance
from kb.normalisation import normalise
from kb.records.documents import FILES, Document, SourcedDocument
from kb.records.field_types import MOST_NAME, MOST_OFFICE, MOST_WHOLE
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import has_codes
from tests.worlds.dates import partial_dates
from tests.worlds.periods import periods

Field = st.SearchStrategy[object]
KEYS = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,3})?", fullmatch=True)
CODES = st.from_regex("[A-Z]{2}", fullmatch=True)
# Words that YAML could read as something else, long texts, and characters of every kind.
ODD = ["null", "~", "NO", "1e3", "2002", "0x1F", "- a", "a: b", "a #b", "'", '"', "[x]", "*a", "&a"]
TEXTS = st.one_of(
    st.sampled_from(ODD),
    # All but what no text may hold, and no encoding has.
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=MOST_NAME),
    st.lists(st.text("ab:#-'\"", min_size=1, max_size=20), min_size=1, max_size=23).map(" ".join),
).filter(lambda text: 0 < len(normalise(text)) <= MOST_NAME)
DATES = partial_dates()
SPANS = periods() | st.dates().map(date.isoformat).map(lambda day: f"{day}/{day}")


def optional(field: Field) -> Field:
    return st.none() | field


ANCHORS = st.fixed_dictionaries(
    {
        "paragraph": st.integers(1, 99),
        "start": st.integers(0, 999),
        "end": st.integers(1, 999),
        "sha256": st.from_regex("[0-9a-f]{64}", fullmatch=True),
    }
)
CITATIONS = st.fixed_dictionaries(
    {
        "article": KEYS,
        "anchor": optional(ANCHORS),
        "locator": optional(TEXTS),
        "observedOn": optional(st.dates().map(date.isoformat)),
        "field": optional(TEXTS),
        "value": optional(TEXTS | DATES),
        "stance": st.sampled_from(Stance),
        "claim": TEXTS,
    }
)
KEYED_CITATIONS: Field = st.dictionaries(KEYS, CITATIONS, min_size=1, max_size=3)


def several(field: Field) -> Field:
    return st.lists(field, max_size=3)


# What a field draws beyond what its traits say: the longest that it may be, or odder values.
_OF_ONE_FIELD: Mapping[str, Field] = {
    "office": TEXTS.map(lambda text: normalise(text)[:MOST_OFFICE]),
    "issueNumber": st.integers(1, 9999) | st.just(MOST_WHOLE),
    "url": TEXTS.map(lambda text: f"https://example.org/{'-'.join(normalise(text).split())}"),
}


def field_values(field: DocumentField) -> Field:
    """Values of a field, by its traits; what need not be there is missing at times."""
    special = _OF_ONE_FIELD.get(field.alias)
    value = _value(field) if special is None else special
    if field.many:
        return several(value)
    needed = field.required or field.default is not None
    return value if needed else optional(value)


def _value(field: DocumentField) -> Field:
    """A single value; raises TypeError for a type that nothing is known of."""
    if field.is_date:
        return DATES
    if field.is_span:
        return SPANS
    if field.reference:
        return CODES if has_codes(field.reference.type) else KEYS
    return _plain(field.plain_type)


def _plain(type_: object) -> Field:
    match type_:
        case type() if issubclass(type_, StrEnum):
            return st.sampled_from(type_)
        case type() if issubclass(type_, BaseModel):
            return st.fixed_dictionaries(document_fields(type_))
        case type() if type_ is bool:
            return st.booleans()
        case type() if type_ is str:
            return TEXTS
    raise TypeError(f"no values of the type {type_} are made up")


def document_fields(form: type[BaseModel]) -> dict[str, Field]:
    """Values of each field of a document by their names in it."""
    drawn_fields = {field.alias: field_values(field) for field in fields_of_document(form).values()}
    return drawn_fields | (
        {"citations": KEYED_CITATIONS} if issubclass(form, SourcedDocument) else {}
    )


def documents(name: str) -> st.SearchStrategy[Document]:
    """What the file of that name may hold under a key."""
    _, form = FILES[name]
    return st.fixed_dictionaries(document_fields(form)).map(_name_once).map(form.model_validate)


def _name_once(fields: dict[str, Any]) -> dict[str, Any]:
    """Whoever is a party of an event stands in no list beside the parties."""
    parties = {value for party in fields.get("parties", ()) for value in party.values()}
    return fields | {
        name: [key for key in fields[name] if key not in parties]
        for name in ("organisations", "states", "officials")
        if name in fields
    }
