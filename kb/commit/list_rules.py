"""What must hold within the lists of a record: who stands in them, and how often.

In: an entry. Out: its faults, each with its place. Pure: no I/O.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from kb.errors import Fault
from kb.models import EventRole
from kb.records.documents import (
    Document,
    EventDocument,
    ExampleDocument,
    IdentifierDocument,
    OrganisationDocument,
    ParticipantDocument,
    PartyDocument,
    SummitDocument,
)
from kb.records.entries import Entry
from kb.records.form_errors import quote_shortened
from kb.records.rows import LISTS
from kb.records.traits import Reference, fields_of_document
from kb.records.types import record_type

_PARTIES: Final = ("organisation", "state", "official")
"""What a party can be: the fields of its document, and the tables of the records."""


def check_lists(entry: Entry) -> Iterator[Fault]:
    if isinstance(entry.document, SummitDocument):
        yield from _check_participants(entry, entry.document)
    if isinstance(entry.document, EventDocument):
        yield from _check_parties(entry, entry.document)
        yield from _check_named_once(entry, entry.document)
    if isinstance(entry.document, OrganisationDocument):
        yield from _check_predecessors(entry, entry.document)
    yield from _check_repeated(entry)


def _check_predecessors(entry: Entry, organisation: OrganisationDocument) -> Iterator[Fault]:
    """The list names those besides the first."""
    first, others = organisation.predecessor, organisation.predecessors
    if others and first is None and entry.has(("predecessor",)):
        what = f"{entry.key}: it has further predecessors, and no first one"
        yield entry.lines.fault(what, "give the first as `predecessor`", "predecessors")
    for position, key in enumerate(others):
        if key == first and entry.has(("predecessors", position)):
            what = f"{entry.key}: {quote_shortened(key)} is its `predecessor` too"
            yield entry.lines.fault(what, "leave it out of the list", "predecessors", position)


_CITED_PARTY: Final = re.compile(rf"[\w-]+( ({'|'.join(EventRole)}))?")


def is_member_value(document: Document, field: str, value: str) -> bool:
    """Whether a citation may give it for the field; of parties, keys with or without roles."""
    if field != "parties" or not isinstance(document, EventDocument):
        return True
    return all(_CITED_PARTY.fullmatch(each.strip()) for each in value.split(","))


def _check_participants(entry: Entry, summit: SummitDocument) -> Iterator[Fault]:
    for position, participant in enumerate(summit.participants):
        if not participant.state and not participant.official:
            what = f"{entry.key}: a participant without a name"
            yield entry.lines.fault(what, "give a state or official", "participants", position)


def _check_parties(entry: Entry, event: EventDocument) -> Iterator[Fault]:
    for position, party in enumerate(event.parties):
        place = ("parties", position)
        given = [name for name in _PARTIES if getattr(party, name)]
        if len(given) != 1 and all(entry.has((*place, name)) for name in _PARTIES):
            what = f"{entry.key}: a party is one organisation, one state or one official"
            yield entry.lines.fault(what, f"give exactly one of {', '.join(_PARTIES)}", *place)


def _check_named_once(entry: Entry, event: EventDocument) -> Iterator[Fault]:
    """The lists beside the parties name those of whose part no source tells."""
    parties = {_party(party) for party in event.parties}
    for name, field in fields_of_document(EventDocument).items():
        if field.joined_by:
            reference = field.trait(Reference)
            assert reference
            table = record_type(reference.type).table
            for position, key in enumerate(getattr(event, name)):
                if (table, key) in parties and entry.has((name, position)):
                    what = f"{entry.key}: {quote_shortened(key)} is among its parties too"
                    remedy = f"name it once: leave it out of `{field.alias}`"
                    yield entry.lines.fault(what, remedy, name, position)


def _check_repeated(entry: Entry) -> Iterator[Fault]:
    """What a list refers to stands in it once: a second time says nothing, or something else."""
    for name in _lists_of(type(entry.document)):
        seen: set[tuple[str, ...]] = set()
        for position, item in enumerate(getattr(entry.document, name)):
            named = _named(item)
            if named in seen and entry.has((name, position)):
                what = f"{entry.key}: {quote_shortened(named[-1])} is there twice"
                yield entry.lines.fault(what, "leave one out", name, position)
            seen.add(named)


@cache
def _lists_of(form: type[Document]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(LISTS.values()) if name in form.model_fields)


def _named(
    item: str | ExampleDocument | IdentifierDocument | ParticipantDocument | PartyDocument,
) -> tuple[str, ...]:
    """A participant is who took part, or a state if nobody is named; a party is in a role."""
    match item:
        case ExampleDocument():
            return (item.title,)
        case IdentifierDocument():
            return ("identifier", item.scheme, item.value)
        case PartyDocument():
            return (item.role, *_party(item))
        case ParticipantDocument():
            if item.official:
                return ("official", item.official)
            return ("state", item.state or "")
    return (item,)


def _party(party: PartyDocument) -> tuple[str, str]:
    """The table of the record that it is, and its key; empty if it is none."""
    given = ((name, getattr(party, name)) for name in _PARTIES)
    return next(((name, key) for name, key in given if key), ("", ""))
