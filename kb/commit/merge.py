"""What a curator gives of a record, put together with what is stored of it.

In: an open transaction, and the fields of a record by their names in GraphQL. Out: a `Draft`, or a
`SeedError` whose faults have their places in what was given. Nothing is written here; what must
hold between records is checked by `kb.commit.commit`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from kb.citations import article_texts
from kb.citations.anchors import Anchor, anchor_holds
from kb.citations.quote import cite
from kb.commit.article_checks import likely_copy, spoiled_text
from kb.commit.context import find, read_record
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
from kb.records.form_errors import GRAPHQL, quote_shortened
from kb.records.placeholders import make_placeholder
from kb.records.rows import Ref, Rows
from kb.records.to_documents import citations_by_subject, document_of
from kb.records.traits import fields_of_document
from kb.records.types import in_words, record_type, snake_case

_UNKNOWN = "new"
"""The key of a record of which nobody can tell which one is meant."""
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


@dataclass(slots=True)
class _Notes:
    """What is found on the way: faults, parts that something stands in for, and where parts go."""

    faults: list[Fault] = field(default_factory=list)
    faulty: set[Place] = field(default_factory=set)
    places: dict[Place, Place] = field(default_factory=dict)

    def add(self, what: str, remedy: str, *place: str | int) -> None:
        self.faults.append(NOWHERE.fault(what, remedy, *place))


def record(kind: str, connection: Connection, given: Given) -> Draft:
    """The record as it is stored, if it is, with the fields given in place of its own."""
    notes = _Notes()
    ref, stored = _meant(connection, kind, given, notes)
    known = not notes.faults
    fields = _fields(ref, stored) | _given_fields(kind, given)
    if kind in SOURCED:
        cited = {**_object(fields.get("citations")), **_citations(connection, given, notes)}
        fields |= {"citations": cited} if cited or known else {}
    read = _read(ref, fields, notes)
    if not known:
        read.faults = [one for one in read.faults if _has(fields, one.place)]
    _keep(read, ref, given)
    if kind == "Article" and not (read.faults or notes.faults):
        notes.faults += _spoiled(connection, read, ref in stored, given)
        read.entries += _redated(connection, read.entries[0], stored) if ref in stored else []
    batch = Batch(read.entries, read.paragraphs, faults=[*notes.faults, *read.faults])
    return Draft(ref, batch, notes.places)


def retract(kind: str, connection: Connection, given: Given) -> Draft:
    """The record and its citations, removed."""
    ref, stored, notes = _there(connection, kind, given)
    return Draft(ref, Batch(removed=[*stored], faults=notes.faults))


def add_citation(connection: Connection, given: Given) -> Draft:
    """What the citation speaks of, with it; one of the same key is replaced."""
    notes = _Notes()
    key, subject = _key(given["key"]), _ref_of(given["subject"])
    citation = _citation(connection, given, key, (), notes)
    ref, stored = Ref("Citation", key), _stored(connection, subject)
    if not stored or subject.type not in SOURCED:
        notes.add("there is no sourced record of this id", "give the id of one", "subject")
        form = check_form(CitationDocument, key, citation, NOWHERE, GRAPHQL)
        return Draft(ref, Batch(faults=[*notes.faults, *form.faults]))
    fields = _fields(subject, stored)
    fields["citations"] = {**_object(fields["citations"]), key: citation}
    notes.places[("citations",)] = notes.places[("citations", key)] = ()
    notes.places[("citations", key, "[key]")] = ("key",)
    read = _read(subject, fields, notes)
    return Draft(ref, Batch(read.entries, faults=[*notes.faults, *read.faults]), notes.places)


def remove_citation(connection: Connection, given: Given) -> Draft:
    """What the citation speaks of, without it."""
    ref, stored, notes = _there(connection, "Citation", given)
    if not stored:
        return Draft(ref, Batch(faults=notes.faults))
    subject = stored[ref].row["subject_id"]
    assert isinstance(subject, Ref)
    fields = _fields(subject, read_record(connection, subject))
    cited = _object(fields["citations"])
    fields["citations"] = {key: one for key, one in cited.items() if key != ref.key}
    notes.places |= {(): (), ("citations",): ()}
    read = _read(subject, fields, notes)
    return Draft(ref, Batch(read.entries, removed=[ref], faults=read.faults), notes.places)


def moved(faults: Iterable[Fault], places: Places) -> list[Fault]:
    """The faults at the places of what was given."""
    return [replace(one, place=_moved(one.place, places)) for one in faults]


def _moved(place: Place, places: Places) -> Place:
    for length in range(len(place), -1, -1):
        if place[:length] in places:
            return places[place[:length]] + place[length:]
    return place


def _meant(
    connection: Connection, kind: str, given: Given, notes: _Notes
) -> tuple[Ref, Mapping[Ref, Rows]]:
    """By its id or its permanent key, and what is stored of it."""
    name = record_type(kind).key
    key, own = given.get(name), given.get("id")
    if own is not None:
        ref = _ref_of(own)
        stored = _stored(connection, ref) if ref.type == kind else {}
        if not stored:
            notes.add(f"there is no {in_words(kind)} of this id", "give the id of one", "id")
        elif key is not None and _key(key, kind) != ref.key:
            notes.add(f"its {name} is `{ref.key}` and permanent", "leave it out", name)
        return (ref if stored else Ref(kind, _UNKNOWN)), stored
    if key is None:
        notes.add(f"neither `id` nor `{name}` is given", "give one of the two", name)
        return Ref(kind, _UNKNOWN), {}
    checked = parse_own_key(kind, _key(key, kind), NOWHERE, GRAPHQL, name)
    if isinstance(checked, Fault):
        notes.faults.append(checked)
        return Ref(kind, _UNKNOWN), {}
    return Ref(kind, checked), read_record(connection, Ref(kind, checked))


def _there(
    connection: Connection, kind: str, given: Given
) -> tuple[Ref, Mapping[Ref, Rows], _Notes]:
    notes = _Notes()
    ref, stored = _meant(connection, kind, given, notes)
    if not stored and not notes.faults:
        what = f"there is no {in_words(kind)} `{ref.key}`"
        notes.add(what, "give one that is there", record_type(kind).key)
    return ref, stored, notes


def _stored(connection: Connection, ref: Ref) -> Mapping[Ref, Rows]:
    """Of a record whose key may be anything."""
    checked = parse_own_key(ref.type, ref.key, NOWHERE, GRAPHQL)
    return {} if isinstance(checked, Fault) else read_record(connection, ref)


def _ref_of(own: object) -> Ref:
    """An id such as `State:UZ`."""
    kind, _, key = normalise(str(own)).partition(":")
    return Ref(kind, _key(key, kind))


def _key(given: object, kind: str = "Citation") -> str:
    """A key as others write it, as it is stored."""
    return folding_of(snake_case(kind))(normalise(str(given)))


def _document(ref: Ref, stored: Mapping[Ref, Rows]) -> Document | None:
    if ref not in stored:
        return None
    return document_of(stored[ref], citations_by_subject(stored.values())[ref])


def _fields(ref: Ref, stored: Mapping[Ref, Rows]) -> Fields:
    """Of the record's document; none if it is not there."""
    document = _document(ref, stored)
    return document.model_dump(mode="json", by_alias=True) if document else {}


def _given_fields(kind: str, given: Given) -> Fields:
    """Those of the document, but for its citations, in copies."""
    names = {field.alias for field in fields_of_document(FORMS[kind]).values()}
    return {name: _copied(given[name]) for name in names & given.keys()}


def _copied(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _read(ref: Ref, fields: Fields, notes: _Notes) -> EntryCollection:
    """What is null is left out: a field that must be there is then missing."""
    read = EntryCollection()
    given = {name: value for name, value in fields.items() if value is not None}
    read.add(ref, given, NOWHERE, GRAPHQL)
    read.entries = [replace(one, faulty=one.faulty | notes.faulty) for one in read.entries]
    return read


def _has(fields: Fields, place: Place) -> bool:
    """Whether the field was given: of what is not known, none is missing."""
    return fields.get(str(place[0])) is not None


def _citations(connection: Connection, given: Given, notes: _Notes) -> Fields:
    """The citations given, by their keys."""
    found: Fields = {}
    for number, one in enumerate(_list(given.get("citations"))):
        cited, place = _object(one), ("citations", number)
        key = _key(cited["key"])
        if key in found:
            what = f"{quote_shortened(key)} is there twice"
            notes.add(what, "give each a key of its own", *place, "key")
            notes.faults += _faults_of(_citation(connection, cited, key, place, notes), key, place)
            continue
        found[key] = _citation(connection, cited, key, place, notes)
        notes.places[("citations", key)] = place
        notes.places[("citations", key, "[key]")] = (*place, "key")
    return found


def _faults_of(citation: Fields, key: str, place: Place) -> Iterator[Fault]:
    """Of one that is not taken into its record."""
    form = check_form(CitationDocument, key, citation, NOWHERE, GRAPHQL)
    yield from (replace(fault, place=(*place, *fault.place)) for fault in form.faults)


def _citation(
    connection: Connection, given: Given, key: str, place: Place, notes: _Notes
) -> Fields:
    """A citation's document; words quoted become their anchor."""
    names = "article", "field", "value", "stance", "claim"
    fields = {name: given[name] for name in names if given.get(name) is not None}
    anchor, quote = given.get("anchor"), given.get("quote")
    if quote is None and anchor is not None:
        if _misplaced(connection, given["article"], _object(anchor)):
            what = "the text that is stored has other words there than the anchor's hash says"
            notes.add(what, "quote the words with `quote` instead", *place, "anchor")
        return {**fields, "anchor": _object(anchor)}
    if quote is not None and anchor is None:
        if found := _anchor(connection, given["article"], str(quote), place, notes):
            return {**fields, "anchor": found}
    else:
        what = "a citation has either the words quoted or their anchor"
        notes.add(what, "give one of the two", *place, "quote")
    notes.faulty.add(("citations", key, "anchor"))
    return {**fields, "anchor": make_placeholder(AnchorDocument)}


def _anchor(
    connection: Connection, article: object, quote: str, place: Place, notes: _Notes
) -> Fields | None:
    """None if there is none; that there is no such article is told of the article."""
    key = parse_own_key("Article", article, NOWHERE, GRAPHQL)
    if isinstance(key, Fault) or not find(connection, [Ref("Article", key)]):
        return None
    try:
        found = cite(connection, key, quote)
    except CitationError as error:
        notes.add(error.message, error.remedy, *place, "quote")
        return None
    return {name: getattr(found, name) for name in found.__slots__}


def _misplaced(connection: Connection, article: object, given: Fields) -> bool:
    """Whether there is a text of the article, and not the words that are meant."""
    key = parse_own_key("Article", article, NOWHERE, GRAPHQL)
    if isinstance(key, Fault) or not (numbers := find(connection, [Ref("Article", key)])):
        return False
    (number,) = numbers.values()
    read = check_form(AnchorDocument, key, {**given}, NOWHERE, GRAPHQL)
    if read.faults or read.document is None or read.document.start >= read.document.end:
        return False
    anchor = Anchor(**read.document.model_dump())
    paragraphs = article_texts.read_paragraphs(connection, number)
    return bool(paragraphs) and not anchor_holds(anchor, paragraphs)


def _redated(connection: Connection, entry: Entry, stored: Mapping[Ref, Rows]) -> list[Entry]:
    """What has citations of an article whose date is another one now: it rests on that date."""
    article = Ref(entry.type, entry.key)
    if _document(article, stored) == entry.document:
        return []
    lines = replace(NOWHERE, fixed_place=("datedOn",))
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
        if rows.row.get("article_id") == article
        and isinstance(subject := rows.row["subject_id"], Ref)
    }


def _keep(read: EntryCollection, ref: Ref, given: Given) -> None:
    """An article's text as ingestion would store it, if it is given; none clears it."""
    if "paragraphs" in given:
        read.add_text(ref.key, _copied(given["paragraphs"]) or [], NOWHERE, GRAPHQL)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _spoiled(
    connection: Connection, read: EntryCollection, is_stored: bool, given: Given
) -> Iterator[Fault]:
    """What an article may spoil, unless that is allowed."""
    entry = read.entries[0]
    article, text = Ref(entry.type, entry.key), read.paragraphs.get(entry.key, ())
    if is_stored and text and not given.get("replace"):
        yield from spoiled_text(connection, find(connection, [article])[article], text)
    if isinstance(entry.document, ArticleDocument) and not is_stored and not given.get("new"):
        yield from likely_copy(connection, article, entry.document, text)


def _object(value: object) -> Fields:
    return dict(value) if isinstance(value, Mapping) else {}
