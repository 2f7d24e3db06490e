"""What a curator gives of a record, put together with what is stored of it.

In: an open transaction, and the fields of a record by their names in GraphQL. Out: a `Draft`, or a
`SeedError` whose faults have their places in what was given. Nothing is written here; what must
hold between records is checked by `kb.commit.validate`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from kb.citations.quote import anchor_in
from kb.commit.article_checks import (
    check_duplicate,
    check_erased_text,
    check_replaced_text,
    check_retracted,
)
from kb.commit.cited_words import is_misplaced, read_cited_text
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch
from kb.errors import CitationError, Fault
from kb.folding import folding_of
from kb.normalisation import normalise
from kb.records.documents import (
    FORMS,
    SOURCED,
    AnchorDocument,
    ArticleDocument,
    CitationDocument,
    Document,
)
from kb.records.entries import NOWHERE, Entry, EntryCollection, Place, check_form, parse_own_key
from kb.records.field_types import is_key
from kb.records.form_errors import GRAPHQL, quote_shortened
from kb.records.placeholders import make_placeholder
from kb.records.read import find_ids
from kb.records.rows import Ref, Rows
from kb.records.to_documents import citations_by_subject, document_of
from kb.records.traits import fields_of_document
from kb.records.types import in_words, record_type, snake_case

_UNKNOWN = "new record"
"""Stands for the key of a record if nobody can tell which one is meant; no key has a blank."""
GivenFields = Mapping[str, object]
Fields = dict[str, object]
Places = Mapping[Place, Place]
"""Places in a batch, by which faults are found, to the places in what the curator gave."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The record that is meant, and the batch that makes it what the curator wants.

    `expected` are the revisions that parts of the request know of their records.
    """

    ref: Ref
    batch: Batch
    places: Places = field(default_factory=dict)
    expected: Sequence[tuple[Ref, object]] = ()


@dataclass(slots=True)
class _Notes:
    """What is found on the way: faults, parts that something stands in for, and where parts go."""

    faults: list[Fault] = field(default_factory=list)
    faulty: set[Place] = field(default_factory=set)
    places: dict[Place, Place] = field(default_factory=dict)

    def add(self, what: str, remedy: str, *place: str | int) -> None:
        self.faults.append(NOWHERE.fault(what, remedy, *place))


def draft_record(type_name: str, reading: RecordReading, given: GivenFields) -> Draft:
    """The record as it is stored, if it is, with the fields given in place of its own."""
    notes = _Notes()
    ref, stored = _find_record(reading, type_name, given, notes)
    known = not notes.faults
    fields = _fields(ref, stored) | _given_fields(type_name, given)
    if type_name in SOURCED:
        cited = {**_object(fields.get("citations")), **_citations(reading, given, notes)}
        fields |= {"citations": cited} if cited or known else {}
    collection = _collect(ref, fields, notes)
    if not known:
        collection.faults = [fault for fault in collection.faults if _is_given(fields, fault.place)]
    _add_text(collection, ref, given)
    if type_name == "Article" and not (collection.faults or notes.faults):
        notes.faults += _check_article(reading.connection, collection, ref in stored, given)
        collection.entries += (
            _entries_citing(reading, collection.entries[0], stored) if ref in stored else []
        )
    batch = Batch(
        collection.entries, collection.paragraphs, faults=[*notes.faults, *collection.faults]
    )
    return Draft(ref, batch, notes.places)


def draft_retraction(type_name: str, reading: RecordReading, given: GivenFields) -> Draft:
    """The record and its citations, removed."""
    ref, stored, notes = _find_existing(reading, type_name, given)
    return Draft(ref, Batch(removed=[*stored], faults=notes.faults))


def draft_citation(reading: RecordReading, given: GivenFields) -> Draft:
    """What the citation speaks of, with it; one of the same key is replaced."""
    notes = _Notes()
    key, subject = _key(given["key"]), ref_of(given["subject"])
    citation = _citation(reading, given, key, (), notes)
    ref, stored = Ref("Citation", key), _read_stored(reading, subject)
    if not stored or subject.type not in SOURCED:
        notes.add("there is no sourced record of this id", "give the id of one", "subject")
        notes.faults += check_form(CitationDocument, key, citation, NOWHERE, GRAPHQL).faults
        _check_article_of(reading, key, given["article"], notes)
        return Draft(ref, Batch(faults=notes.faults))
    fields = _fields(subject, stored)
    fields["citations"] = {**_object(fields["citations"]), key: citation}
    notes.places[("citations",)] = notes.places[("citations", key)] = ()
    notes.places[("citations", key, "[key]")] = ("key",)
    collection = _collect(subject, fields, notes)
    return Draft(
        ref, Batch(collection.entries, faults=[*notes.faults, *collection.faults]), notes.places
    )


def draft_citation_removal(reading: RecordReading, given: GivenFields) -> Draft:
    """What the citation speaks of, without it."""
    ref, stored, notes = _find_existing(reading, "Citation", given)
    if not stored:
        return Draft(ref, Batch(faults=notes.faults))
    subject = stored[ref].row["subject_id"]
    assert isinstance(subject, Ref)
    fields = _fields(subject, reading.record(subject))
    cited = _object(fields["citations"])
    fields["citations"] = {key: citation for key, citation in cited.items() if key != ref.key}
    notes.places |= {(): (), ("citations",): ()}
    collection = _collect(subject, fields, notes)
    return Draft(
        ref, Batch(collection.entries, removed=[ref], faults=collection.faults), notes.places
    )


def relocate_faults(faults: Iterable[Fault], places: Places) -> list[Fault]:
    """The faults at the places of what was given."""
    return [replace(fault, place=relocate(fault.place, places)) for fault in faults]


def relocate(place: Place, places: Places) -> Place:
    for length in range(len(place), -1, -1):
        if place[:length] in places:
            return places[place[:length]] + place[length:]
    return place


def named_by(type_name: str, given: GivenFields) -> str:
    """The field that says which record is meant."""
    return "id" if given.get("id") is not None else record_type(type_name).key


def _find_record(
    reading: RecordReading, type_name: str, given: GivenFields, notes: _Notes
) -> tuple[Ref, Mapping[Ref, Rows]]:
    """The record that is meant by an id or a permanent key, and what is stored of it."""
    name = record_type(type_name).key
    key, node_id = given.get(name), given.get("id")
    if node_id is not None:
        ref = ref_of(node_id)
        stored = _read_stored(reading, ref) if ref.type == type_name else {}
        if not stored:
            notes.add(f"there is no {in_words(type_name)} of this id", "give the id of one", "id")
        elif key is not None and _key(key, type_name) != ref.key:
            notes.add(f"its {name} is `{ref.key}` and permanent", "leave it out", name)
        return (ref if stored else Ref(type_name, _UNKNOWN)), stored
    if key is None:
        notes.add(f"neither `id` nor `{name}` is given", "give one of the two", name)
        return Ref(type_name, _UNKNOWN), {}
    checked = parse_own_key(type_name, _key(key, type_name), NOWHERE, GRAPHQL, name)
    if isinstance(checked, Fault):
        notes.faults.append(checked)
        return Ref(type_name, _UNKNOWN), {}
    return Ref(type_name, checked), reading.record(Ref(type_name, checked))


def _find_existing(
    reading: RecordReading, type_name: str, given: GivenFields
) -> tuple[Ref, Mapping[Ref, Rows], _Notes]:
    notes = _Notes()
    ref, stored = _find_record(reading, type_name, given, notes)
    if not stored and not notes.faults:
        what = f"there is no {in_words(type_name)} `{ref.key}`"
        notes.add(what, "give one that is there", record_type(type_name).key)
    return ref, stored, notes


def _read_stored(reading: RecordReading, ref: Ref) -> Mapping[Ref, Rows]:
    """What is stored of a record; nothing if its key can be no key."""
    checked = parse_own_key(ref.type, ref.key, NOWHERE, GRAPHQL)
    return {} if isinstance(checked, Fault) else reading.record(ref)


def named_ref(type_name: str, given: GivenFields) -> Ref | None:
    """The record that is named by an id or a permanent key; None if none of this type is."""
    if (node_id := given.get("id")) is not None:
        ref = ref_of(node_id)
        return ref if ref.type == type_name else None
    key = given.get(record_type(type_name).key)
    return None if key is None else Ref(type_name, _key(key, type_name))


def ref_of(node_id: object) -> Ref:
    """An id such as `State:UZ`."""
    type_name, _, key = normalise(str(node_id)).partition(":")
    return Ref(type_name, _key(key, type_name))


def _key(given: object, type_name: str = "Citation") -> str:
    """A key as others write it, as it is stored."""
    return folding_of(snake_case(type_name))(normalise(str(given)))


def _document(ref: Ref, stored: Mapping[Ref, Rows]) -> Document | None:
    if ref not in stored:
        return None
    return document_of(stored[ref], citations_by_subject(stored.values())[ref])


def _fields(ref: Ref, stored: Mapping[Ref, Rows]) -> Fields:
    """The fields of the stored document; none if the record is not there."""
    document = _document(ref, stored)
    return document.model_dump(mode="json", by_alias=True) if document else {}


def _given_fields(type_name: str, given: GivenFields) -> Fields:
    """Copies of the fields of the document, but for its citations."""
    names = {field.alias for field in fields_of_document(FORMS[type_name]).values()}
    return {name: _copy(given[name]) for name in names & given.keys()}


def _copy(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _collect(ref: Ref, fields: Fields, notes: _Notes) -> EntryCollection:
    """What is null is left out: a field that must be there is then missing."""
    collection = EntryCollection()
    given = {name: value for name, value in fields.items() if value is not None}
    collection.add(ref, given, NOWHERE, GRAPHQL)
    collection.entries = [
        replace(entry, faulty=entry.faulty | notes.faulty) for entry in collection.entries
    ]
    return collection


def _is_given(fields: Fields, place: Place) -> bool:
    """Whether the field was given: of a record that is not known, nothing is missing."""
    return fields.get(str(place[0])) is not None


def _citations(reading: RecordReading, given: GivenFields, notes: _Notes) -> Fields:
    """The citations given, by their keys."""
    citations: Fields = {}
    for number, item in enumerate(_list(given.get("citations"))):
        cited, place = _object(item), ("citations", number)
        key = _key(cited["key"])
        if key in citations:
            what = f"{quote_shortened(key)} is there twice"
            notes.add(what, "give each a key of its own", *place, "key")
            again = _citation(reading, cited, key, place, notes)
            notes.faults += _faults_of(again, key, place)
            continue
        citations[key] = _citation(reading, cited, key, place, notes)
        notes.places[("citations", key)] = place
        notes.places[("citations", key, "[key]")] = (*place, "key")
    return citations


def _check_article_of(reading: RecordReading, key: str, article: object, notes: _Notes) -> None:
    """Of a citation of no record, whose article is not looked for with what it bears on."""
    ref = Ref("Article", _key(article, "Article"))
    is_known = ref.key in reading.texts or _read_stored(reading, ref)
    if not is_known and is_key(*ref):
        what = f"{key}: there is no {in_words(ref.type)} `{ref.key}`"
        notes.add(what, "add it, or correct the key", "article")


def _faults_of(citation: Fields, key: str, place: Place) -> Iterator[Fault]:
    """The faults of a citation that is not taken into its record."""
    form = check_form(CitationDocument, key, citation, NOWHERE, GRAPHQL)
    yield from (replace(fault, place=(*place, *fault.place)) for fault in form.faults)


def _citation(
    reading: RecordReading,
    given: GivenFields,
    key: str,
    place: Place,
    notes: _Notes,
) -> Fields:
    """A citation's document; words quoted become their anchor."""
    names = "article", "locator", "observedOn", "field", "value", "stance", "claim"
    fields = {name: given[name] for name in names if given.get(name) is not None}
    anchor, quote = given.get("anchor"), given.get("quote")
    if quote is None and anchor is not None:
        words = read_cited_text(reading.connection, given["article"], reading.texts)
        if words and is_misplaced(words, _object(anchor)):
            what = "the text of the article has other words there than the anchor's hash says"
            notes.add(what, "quote the words with `quote` instead", *place, "anchor")
        return {**fields, "anchor": _object(anchor)}
    if quote is None:
        return fields
    if anchor is None:
        words = read_cited_text(reading.connection, given["article"], reading.texts)
        if quoted := _anchor(_key(given["article"]), words, str(quote), place, notes):
            return {**fields, "anchor": quoted}
    else:
        what = "a citation has either the words quoted or their anchor"
        notes.add(what, "give one of the two", *place, "quote")
    notes.faulty.add(("citations", key, "anchor"))
    return {**fields, "anchor": make_placeholder(AnchorDocument)}


def _anchor(
    article: str, words: Sequence[str] | None, quote: str, place: Place, notes: _Notes
) -> Fields | None:
    """None if there is none; that there is no such article is told of the article."""
    if words is None:
        return None
    try:
        anchor = anchor_in(article, words, quote)
    except CitationError as error:
        notes.add(error.message, error.remedy, *place, "quote")
        return None
    return {name: getattr(anchor, name) for name in anchor.__slots__}


def _entries_citing(
    reading: RecordReading, entry: Entry, stored: Mapping[Ref, Rows]
) -> list[Entry]:
    """The records that cite an article whose fields change: what follows from its date does too."""
    article = Ref(entry.type, entry.key)
    if _document(article, stored) == entry.document:
        return []
    lines = replace(NOWHERE, locate=lambda _: ("datedOn",))
    entries = []
    for subject in sorted(_citing_records(article, stored)):
        document = _document(subject, reading.record(subject))
        entries += [Entry(*subject, document, lines)] if document else []
    return entries


def _citing_records(article: Ref, stored: Mapping[Ref, Rows]) -> set[Ref]:
    """The records that have citations of an article."""
    return {
        subject
        for rows in stored.values()
        if rows.row.get("article_id") == article
        and isinstance(subject := rows.row["subject_id"], Ref)
    }


def _add_text(collection: EntryCollection, ref: Ref, given: GivenFields) -> None:
    """An article's text as ingestion would store it, if it is given; none clears it."""
    if "paragraphs" in given:
        collection.add_text(ref.key, _copy(given["paragraphs"]) or [], NOWHERE, GRAPHQL)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _check_article(
    connection: Connection, collection: EntryCollection, is_stored: bool, given: GivenFields
) -> Iterator[Fault]:
    """Lost citations and likely copies, unless they are allowed."""
    entry = collection.entries[0]
    article, text = Ref(entry.type, entry.key), collection.paragraphs.get(entry.key, ())
    if not given.get("replace"):
        yield from check_retracted(connection, article)
        yield from check_erased_text(connection, article, text)
    if is_stored and text and not given.get("replace"):
        yield from check_replaced_text(connection, find_ids(connection, [article])[article], text)
    if isinstance(entry.document, ArticleDocument) and not is_stored and not given.get("new"):
        yield from check_duplicate(connection, article, entry.document, text)


def _object(value: object) -> Fields:
    return dict(value) if isinstance(value, Mapping) else {}
