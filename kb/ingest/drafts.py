"""What a curator gives of a record, put together with what is stored of it.

In: an open transaction, and the fields of a record by their names in GraphQL. Out: a `Draft`, or a
`SeedError` whose faults have their places in what was given. Nothing is written here; what must
hold between records is checked by `kb.ingest.commit`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import ValidationError
from sqlalchemy import Connection

from kb.dates import quoted
from kb.errors import CitationError, Fault, SeedError
from kb.folding import fold_slug, folding_of
from kb.ingest.anchors import Anchor
from kb.ingest.batch import Batch
from kb.ingest.cite import cite
from kb.ingest.documented import cited_by_subject, document_of
from kb.ingest.documents import FILES, PARAGRAPHS, Document, SourcedDocument, is_key
from kb.ingest.files import FIX, Entry, Lines, Place, fault_of_form
from kb.ingest.neighbours import read_record
from kb.ingest.records import Ref, Rows
from kb.normalisation import normalise

_FORMS = dict(FILES.values())
_KEYS = {"State": "code", "Membership": "key", "Term": "key", "Citation": "key"}
_SHOWN = 60
"""Letters of what is no key that a fault tells."""
_NOWHERE = Lines("", {(): 1})
Given = Mapping[str, object]
Fields = dict[str, object]
Places = Mapping[Place, Place]
"""From where a batch is at fault to where the curator gave what is."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The record that is meant, and the batch that makes it what the curator wants."""

    ref: Ref
    batch: Batch
    places: Places = field(default_factory=dict)


def key_name(kind: str) -> str:
    """What a type calls its permanent key."""
    return _KEYS.get(kind, "slug")


def record(kind: str, connection: Connection, given: Given) -> Draft:
    """The record as it is stored, if it is, with the fields given in place of its own."""
    ref, stored = _meant(connection, kind, given)
    fields = _fields(ref, stored)
    names = {str(one.alias) for one in _FORMS[kind].model_fields.values()} - {"citations"}
    fields |= {name: given[name] for name in names & given.keys()}
    places: dict[Place, Place] = {}
    if issubclass(_FORMS[kind], SourcedDocument):
        fields["citations"] = {
            **_object(fields.get("citations")),
            **_citations(connection, given, places),
        }
    entries = [_entry(ref, fields, places)]
    if kind == "Article" and ref in stored:
        entries += _redated(connection, entries[0], stored)
    return Draft(ref, Batch(entries, _paragraphs(ref, given)), places)


def retract(kind: str, connection: Connection, given: Given) -> Draft:
    """The record and its citations, removed."""
    ref, stored = _there(connection, kind, given)
    return Draft(ref, Batch(removed=[*stored]))


def add_citation(connection: Connection, given: Given) -> Draft:
    """What the citation speaks of, with it; one of the same key is replaced."""
    key, subject = fold_slug(normalise(str(given["key"]))), _ref_of(given["subject"])
    kind = _FORMS.get(subject.type)
    stored = read_record(connection, subject) if is_key(*subject) else {}
    if not stored or kind is None or not issubclass(kind, SourcedDocument):
        raise fault("there is no sourced record of this id", "give the id of one", "subject")
    fields = _fields(subject, stored)
    fields["citations"] = {
        **_object(fields["citations"]),
        key: _citation(connection, given, ()),
    }
    places: Places = {
        ("citations",): (),
        ("citations", key): (),
        ("citations", key, "[key]"): ("key",),
    }
    return Draft(Ref("Citation", key), Batch([_entry(subject, fields, places)]), places)


def remove_citation(connection: Connection, given: Given) -> Draft:
    """What the citation speaks of, without it."""
    ref, stored = _there(connection, "Citation", given)
    subject = stored[ref].own["subject_id"]
    assert isinstance(subject, Ref)
    fields = _fields(subject, read_record(connection, subject))
    cited = _object(fields["citations"])
    fields["citations"] = {key: one for key, one in cited.items() if key != ref.key}
    places: Places = {(): (), ("citations",): ()}
    return Draft(ref, Batch([_entry(subject, fields, places)], removed=[ref]), places)


def fault(what: str, remedy: str, *place: str | int) -> SeedError:
    return SeedError([_NOWHERE.fault(what, remedy, *place)])


def moved(faults: Iterable[Fault], places: Places) -> list[Fault]:
    """The faults at the places of what was given."""
    return [replace(one, place=_moved(one.place, places)) for one in faults]


def _moved(place: Place, places: Places) -> Place:
    for length in range(len(place), -1, -1):
        if place[:length] in places:
            return places[place[:length]] + place[length:]
    return place


def _meant(connection: Connection, kind: str, given: Given) -> tuple[Ref, dict[Ref, Rows]]:
    """By its id or its permanent key, and what is stored of it."""
    name = key_name(kind)
    key, own = given.get(name), given.get("id")
    key = key if key is None else normalise(str(key))
    if own is None and key is None:
        raise fault(f"neither `id` nor `{name}` is given", "give one of the two", name)
    key = key if key is None else folding_of(kind.lower())(str(key))
    ref = Ref(kind, str(key)) if own is None else _ref_of(own)
    if own is None and not is_key(kind, ref.key):
        raise fault(
            f"{quoted(ref.key[:_SHOWN])} is no {name}", FIX["string_pattern_mismatch"], name
        )
    stored = read_record(connection, ref) if ref.type == kind and is_key(*ref) else {}
    if own is not None and not stored:
        raise fault(f"there is no {kind.lower()} of this id", "give the id of one", "id")
    if own is not None and key not in (None, ref.key):
        raise fault(f"its {name} is `{ref.key}` and permanent", "leave it out", name)
    return ref, stored


def _there(connection: Connection, kind: str, given: Given) -> tuple[Ref, dict[Ref, Rows]]:
    ref, stored = _meant(connection, kind, given)
    if not stored:
        what = f"there is no {kind.lower()} `{ref.key}`"
        raise fault(what, "give one that is there", key_name(kind))
    return ref, stored


def _ref_of(own: object) -> Ref:
    """An id such as `State:UZ`."""
    kind, _, key = normalise(str(own)).partition(":")
    return Ref(kind, folding_of(kind.lower())(key))


def _document(ref: Ref, stored: Mapping[Ref, Rows]) -> Document | None:
    if ref not in stored:
        return None
    return document_of(stored[ref], cited_by_subject(stored.values())[ref])


def _fields(ref: Ref, stored: Mapping[Ref, Rows]) -> Fields:
    """Of the record's document; none if it is not there."""
    document = _document(ref, stored)
    return document.model_dump(mode="json", by_alias=True) if document else {}


def _entry(ref: Ref, fields: Fields, places: Places) -> Entry:
    """What is null is left out: a field that must be there is then missing."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return Entry(*ref, _FORMS[ref.type].model_validate(given), _NOWHERE)
    except ValidationError as error:
        raise SeedError(moved(_faults(ref.key, error), places)) from None


def _faults(key: str, error: ValidationError, *place: str) -> list[Fault]:
    return [
        fault_of_form(_NOWHERE, key, one["type"], one["msg"], (*place, *one["loc"]))
        for one in error.errors()
    ]


def _citations(connection: Connection, given: Given, places: dict[Place, Place]) -> Fields:
    """The citations given, by their keys."""
    found: Fields = {}
    listed = given.get("citations") or ()
    assert isinstance(listed, Iterable)
    for number, one in enumerate(listed):
        cited, place = _object(one), ("citations", number)
        key = fold_slug(normalise(str(cited["key"])))
        if key in found:
            raise fault(f"`{key}` is there twice", "give each a key of its own", *place, "key")
        found[key] = _citation(connection, cited, place)
        places[("citations", key)] = place
        places[("citations", key, "[key]")] = (*place, "key")
    return found


def _citation(connection: Connection, given: Given, place: Place) -> Fields:
    """A citation's document; words quoted become their anchor."""
    names = "article", "field", "value", "stance", "claim"
    fields = {name: given[name] for name in names if given.get(name) is not None}
    anchor, quote = given.get("anchor"), given.get("quote")
    if (anchor is None) == (quote is None):
        what = "a citation has either the words quoted or their anchor"
        raise fault(what, "give one of the two", *place, "quote")
    if quote is None:
        return {**fields, "anchor": _object(anchor)}
    try:
        found = cite(connection, str(given["article"]), str(quote))
    except CitationError as error:
        raise fault(error.message, error.remedy, *place, "quote") from None
    return {**fields, "anchor": {name: getattr(found, name) for name in Anchor.__slots__}}


def _redated(connection: Connection, entry: Entry, stored: Mapping[Ref, Rows]) -> list[Entry]:
    """What has citations of an article whose date is another one now: it rests on that date."""
    article = Ref(entry.type, entry.key)
    if _document(article, stored) == entry.document:
        return []
    lines = replace(_NOWHERE, one=("datedOn",))
    found = []
    for subject in sorted(_citing(article, stored)):
        document = _document(subject, read_record(connection, subject))
        found += [Entry(*subject, document, lines)] if document else []
    return found


def _citing(article: Ref, stored: Mapping[Ref, Rows]) -> set[Ref]:
    """The records that have citations of an article."""
    return {
        subject
        for rows in stored.values()
        if rows.own.get("article_id") == article
        and isinstance(subject := rows.own["subject_id"], Ref)
    }


def _paragraphs(ref: Ref, given: Given) -> dict[str, list[str]]:
    """An article's text as ingestion would store it, if it is given; none clears it."""
    if "paragraphs" not in given:
        return {}
    try:
        return {ref.key: PARAGRAPHS.validate_python(given["paragraphs"] or [])}
    except ValidationError as error:
        raise SeedError(_faults(ref.key, error, "paragraphs")) from None


def _object(value: object) -> Fields:
    return dict(value) if isinstance(value, Mapping) else {}
