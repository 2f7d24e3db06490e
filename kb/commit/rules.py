"""What must hold between records before any of them is written.

In: the entries of one load, what they amount to, and what the database already has. Out: every
fault, with file and line. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from graphql import GraphQLSyntaxError, parse

from kb.commit.list_rules import check_lists, is_member_value
from kb.commit.scheme_rules import check_scheme
from kb.dates import parse_day
from kb.derive.assertions import (
    DATE_FIELDS,
    FALSE,
    TRUE,
    fold_value,
    is_date_value,
    is_mere_bound,
)
from kb.errors import Fault
from kb.models import EventKind, EventRole, Stance
from kb.periods import EndKind
from kb.records.documents import (
    AboutDocument,
    CitationDocument,
    Document,
    EventDocument,
    SchemeDocument,
    SourcedDocument,
    TermDocument,
)
from kb.records.entries import NOWHERE, Entry
from kb.records.field_types import is_key
from kb.records.form_errors import quote_shortened
from kb.records.rows import Ref, Rows, refs_in
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import in_words

_MOST_NAMED = 5
_ABOUT = "about"
"""The one key of a record that says what the knowledge base is about."""


def check_entry(entry: Entry) -> Iterator[Fault]:
    """Faults that a record has by itself."""
    yield from _check_document(entry)
    if isinstance(entry.document, SourcedDocument):
        yield from _check_citations(entry, entry.document)


def check_attested(
    entries: Sequence[Entry], rows: Sequence[Rows], dated: AbstractSet[str]
) -> Iterator[Fault]:
    """Ongoing spans that no dated article says were running, if all that they cite are dated."""
    for entry, record in zip(entries, rows, strict=True):
        row = record.row
        ongoing = row.get("end_kind") == EndKind.ONGOING
        if ongoing and row["attested_until"] is None and cited_articles(entry) <= dated:
            what = f"{entry.key}: it is ongoing, but no article says so"
            remedy = "cite one with the field `period.end` (events: `occurred.end`), value `..`"
            yield entry.lines.fault(what, remedy, "citations")


def check_observed(entries: Iterable[Entry], known: Mapping[str, date]) -> Iterator[Fault]:
    """Citations of a day that was still to come when a reader could know the article."""
    for entry in entries:
        document = entry.document
        cited = document.citations if isinstance(document, SourcedDocument) else {}
        for key, citation in cited.items():
            day, last = citation.observed_on, known.get(citation.article)
            if day and last and parse_day(day) > last:
                what = f"{key}: {day} is later than `{citation.article}`, known on {last}"
                remedy = "give the day of which the source speaks, or correct the source's date"
                yield entry.lines.fault(what, remedy, "citations", key, "observedOn")


def cited_articles(entry: Entry) -> set[str]:
    """The keys of articles."""
    cited = entry.document.citations if isinstance(entry.document, SourcedDocument) else {}
    return {citation.article for citation in cited.values()}


def check_references(
    entries: Sequence[Entry], rows: Sequence[Rows], known: AbstractSet[Ref]
) -> Iterator[Fault]:
    """References to records that neither the files nor the database have."""
    for entry, record in zip(entries, rows, strict=True):
        for place, ref in _references(entry, record):
            if ref not in known and entry.has(place):
                what = f"{entry.key}: there is no {in_words(ref.type)} `{ref.key}`"
                yield entry.lines.fault(what, "add it, or correct the key", *place)


def find_taken_keys(
    entries: Sequence[Entry], kept: Mapping[Ref, Rows], batch: AbstractSet[Ref]
) -> Iterator[tuple[Entry, str, Ref]]:
    """Keys of citations that speak of a record outside the batch, which would lose them."""
    for entry in entries:
        cited = entry.document.citations if isinstance(entry.document, SourcedDocument) else {}
        for key in cited:
            rows = kept.get(Ref("Citation", key))
            subject = rows.row["subject_id"] if rows else None
            if isinstance(subject, Ref) and subject not in batch:
                yield entry, key, subject


def check_removed(
    removed: Collection[Ref], kept: Mapping[Ref, Rows], remedy: str
) -> Iterator[Fault]:
    """What is to be removed, and others need."""
    if not removed:
        return
    needed: defaultdict[Ref, set[Ref]] = defaultdict(set)
    for record in kept.values():
        for value in refs_in(record):
            needed[value].add(record.ref)
    for ref in removed:
        if others := sorted(needed[ref])[:_MOST_NAMED]:
            named = ", ".join(f"{in_words(type_name)} `{key}`" for type_name, key in others)
            what = f"{ref.key}: others need it, such as {named}"
            yield NOWHERE.fault(what, remedy)


def _check_document(entry: Entry) -> Iterator[Fault]:
    document = entry.document
    if isinstance(document, TermDocument) and _of_both_or_none(entry, document):
        what = f"{entry.key}: a term is of an organisation or of a state"
        yield entry.lines.fault(what, "give exactly one of the two", "organisation")
    if isinstance(document, SchemeDocument):
        yield from check_scheme(entry, document)
    if isinstance(document, AboutDocument):
        yield from _check_about(entry, document)
    if isinstance(document, EventDocument) and document.kind is EventKind.VACANCY:
        yield from _check_vacancy(entry, document)
    yield from check_lists(entry)


def _check_about(entry: Entry, about: AboutDocument) -> Iterator[Fault]:
    """There is one record of it, and its examples can be read; what is no key is told already."""
    if entry.key != _ABOUT and is_key(*entry.ref):
        what = f"{entry.key}: there is one record that says what all is about"
        yield entry.lines.fault(what, f"give it the key `{_ABOUT}`")
    for position, example in enumerate(about.examples):
        try:
            parse(example.query)
        except GraphQLSyntaxError as error:
            place = ("examples", position, "query")
            what = f"{entry.key}: {quote_shortened(example.title)} is no GraphQL"
            yield entry.lines.fault(f"{what}: {error.message}", "correct the query", *place)


def _check_vacancy(entry: Entry, event: EventDocument) -> Iterator[Fault]:
    """It is told of an office of those that it names."""
    if event.office is None and entry.has(("office",)):
        what = f"{entry.key}: a vacancy without an office"
        yield entry.lines.fault(what, "give the `office` that nobody held", "office")
    parties = (party for party in event.parties if party.role is not EventRole.DENIED)
    bodies = (party.organisation or party.state for party in parties)
    named = event.organisations or event.states or any(bodies)
    if not named and all(map(entry.has, (("organisations",), ("states",), ("parties",)))):
        what = f"{entry.key}: a vacancy of nobody"
        remedy = "give the organisations or states whose office it is, and no others"
        yield entry.lines.fault(what, remedy, "organisations")


def _of_both_or_none(entry: Entry, term: TermDocument) -> bool:
    if not entry.has(("state",)):
        return False
    return (term.organisation is None) == (term.state is None)


def _check_citations(entry: Entry, document: SourcedDocument) -> Iterator[Fault]:
    if not is_supported(document):
        yield _unsupported(entry, document)
    for key, citation in document.citations.items():
        yield from _check_citation(entry, key, citation.field, citation.value)
        if citation.anchor and citation.locator:
            what = f"{key}: the passage is given twice, by its words and by a locator"
            yield entry.lines.fault(what, "keep one of the two", "citations", key, "locator")
        if citation.anchor and citation.anchor.start >= citation.anchor.end:
            what = f"{key}: the anchor ends before it begins"
            remedy = "take the anchor that `kb cite` prints for the words"
            yield entry.lines.fault(what, remedy, "citations", key, "anchor", "end")


def _unsupported(entry: Entry, document: SourcedDocument) -> Fault:
    if any(citation.stance is Stance.SUPPORTS for citation in document.citations.values()):
        what = f"{entry.key}: what supports it only says when it was not"
        return entry.lines.fault(what, "cite a passage that speaks of it", "citations")
    what = f"{entry.key}: no citation supports it"
    return entry.lines.fault(what, "cite a passage that does", "citations")


def is_supported(document: SourcedDocument) -> bool:
    """Whether some citation speaks of what is, and not of when it was not alone."""
    return any(map(_is_support, document.citations.values()))


def _is_support(citation: CitationDocument) -> bool:
    field, value = citation.field, citation.value
    if citation.stance is not Stance.SUPPORTS:
        return False
    is_date = field in DATE_FIELDS and value is not None and is_date_value(field, value)
    return not (is_date and is_mere_bound(field, value))


def _check_citation(
    entry: Entry, key: str, field: str | None, value: str | None
) -> Iterator[Fault]:
    if field is not None and field not in _fields(entry.document):
        what = f"{key}: the type {entry.type} has no field {quote_shortened(field)}"
        remedy = f"write one of {', '.join(sorted(_fields(entry.document)))}"
        yield entry.lines.fault(what, remedy, "citations", key, "field")
    if field and value and not is_member_value(entry.document, field, value):
        what = f"{key}: {quote_shortened(value)} does not name parties"
        remedy = "write keys, with roles where the words tell them, such as `a-league BYSTANDER,XB`"
        yield entry.lines.fault(what, remedy, "citations", key, "value")
    if field and value and _is_no_truth(entry.document, field, value):
        what = f"{key}: {quote_shortened(value)} is neither true nor false"
        yield entry.lines.fault(what, "write `true` or `false`", "citations", key, "value")
    if field in DATE_FIELDS and value and not is_date_value(field, value):
        what = f"{key}: {quote_shortened(value)} is not a supported date"
        remedy = "write EDTF, such as `2016-10-14`, or `..` for what still runs"
        yield entry.lines.fault(what, remedy, "citations", key, "value")


def _is_no_truth(document: Document, name: str, value: str) -> bool:
    """Whether the field is true or false, and the value is not."""
    fields = fields_of_document(type(document)).values()
    truths = (field for field in fields if field.plain_type is bool)
    return any(field.alias == name for field in truths) and fold_value(value) not in (TRUE, FALSE)


def _fields(document: Document) -> set[str]:
    fields = fields_of_document(type(document)).values()
    return {name for field in fields for name in field.assertable}


def _references_in_list(
    entry: Entry, record: Rows, name: str, field: DocumentField
) -> Iterator[tuple[tuple[str | int, ...], Ref]]:
    if reference := field.reference:
        for position, key in enumerate(getattr(entry.document, name)):
            yield (name, position), Ref(reference.type, key)
    elif field.parts:
        for position, part in enumerate(record.parts[field.parts.table]):
            yield from (
                ((name, position), value) for value in part.values() if isinstance(value, Ref)
            )


def _references(entry: Entry, record: Rows) -> Iterator[tuple[tuple[str | int, ...], Ref]]:
    for column, value in record.row.items():
        if isinstance(value, Ref):
            yield (column.removesuffix("_id"),), value
    for name, field in fields_of_document(type(entry.document)).items():
        if field.many:
            yield from _references_in_list(entry, record, name, field)
    if isinstance(entry.document, SourcedDocument):
        for key, citation in entry.document.citations.items():
            yield ("citations", key, "article"), Ref("Article", citation.article)
