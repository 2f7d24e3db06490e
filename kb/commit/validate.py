"""A batch of records held against the database and against itself, before any of it is written.

In: an open transaction, a `Batch`, and what else the same commit writes. Out: a `Task`, which tells
what is to be written over what, or a `SeedError` with every fault. Nothing is written here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.commit import context, overlaps, rules
from kb.commit.identifiers import check_identifiers
from kb.commit.reading import RecordReading
from kb.derive.assertions import (
    ArticleDates,
    Statement,
    article_dates,
    attested_until,
    statements_of,
)
from kb.derive.disagreements import find_disagreements, is_disputed
from kb.errors import Fault, SeedError
from kb.models import Citation, Erased, Record
from kb.records.documents import ArticleDocument, SourcedDocument
from kb.records.entries import Entry
from kb.records.rows import Ref, Rows, attest, citation_rows, latest_own_day, rows_of

_CITE_OR_CHANGE = "cite another article for it first, or change or retract these"


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be written, texts by the key of their article, and records to be removed.

    `taken_down` are those of which something leaves the past, too; it may be all that there is of
    them. `faults` are those found on the way here: with any of them, nothing is written. What is
    not `whole` lacks records, so that nobody can tell what others refer to.
    """

    entries: Sequence[Entry] = ()
    paragraphs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: Collection[Ref] = ()
    taken_down: Mapping[Ref, Erased] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    whole: bool = True


class CommitContents(Protocol):
    """What the whole commit writes, which a batch is a part of."""

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """The numbers of those that the commit writes, or that they get if they are new."""
        ...

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those that are not citations, and come in batches after this one."""
        ...


class SingleBatch:
    """Of a commit that is one batch: nothing is written besides it."""

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        del refs
        return {}

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        del refs
        return set()


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written, over what is stored under these numbers.

    `moved` are spans that a later batch writes anew, and that stand in the way of this one.
    """

    wanted: Mapping[Ref, Rows]
    stored: Mapping[Ref, Rows]
    ids: Mapping[Ref, int]
    added: Sequence[Ref]
    changed: Sequence[Ref]
    moved: Sequence[Ref]
    paragraphs: Mapping[str, Sequence[str]]


def examine(reading: RecordReading, batch: Batch, contents: CommitContents) -> Task:
    """Raises SeedError with every fault of the batch, and always for one that is not whole."""
    entries = batch.entries
    faults_by_ref = {entry.ref: [*_check_entry(entry)] for entry in entries}
    faults = [
        *batch.faults,
        *(fault for entry_faults in faults_by_ref.values() for fault in entry_faults),
    ]
    if not batch.whole:
        raise SeedError(faults)
    # Made once: until when a period is attested is added when all that bears on it is known.
    plain = {entry.ref: rows_of(entry.ref, entry.document, None) for entry in entries}
    citations = {entry.ref: _citations(entry) for entry in entries}
    written = [*plain.values(), *chain.from_iterable(citations.values())]
    stored_context = context.read_stored_context(reading, written, batch.removed)
    ids = contents.numbers(stored_context.missing) | stored_context.numbers
    kept = {ref: rows for ref, rows in stored_context.stored.items() if ref not in batch.removed}
    # What records say together is worked out of those that are right in themselves.
    sound = [entry for entry in entries if not faults_by_ref[entry.ref] and not entry.faulty]
    dated = _datelines(sound, stored_context.dated, batch.removed)
    cited = [rows for entry in sound for rows in citations[entry.ref]]
    statements = statements_of((*cited, *_stored_citations(cited, kept, contents)), dated)
    main = {
        entry.ref: _add_statements(plain[entry.ref], entry, statements.get(entry.ref, ()))
        for entry in entries
    }
    known = {*ids, *main} - {*batch.removed}
    faults += rules.check_references(entries, [*main.values()], known)
    right = [main[entry.ref] for entry in sound]
    faults += rules.check_attested(sound, right, dated.keys())
    faults += rules.check_observed(sound, {key: dates.known for key, dates in dated.items()})
    faults += _check_overlaps(sound, right, kept, contents)
    faults += _check_citation_keys(entries, kept, contents)
    connection = reading.connection
    faults += _check_redated(connection, entries, stored_context, contents)
    faults += check_identifiers(connection, entries, batch.removed, contents)
    remedy = _CITE_OR_CHANGE if batch.taken_down else "change or retract these first"
    faults += rules.check_removed(batch.removed, {**kept, **main}, remedy)
    if faults:
        raise SeedError(faults)
    wanted = main | _by_ref(cited)
    there, stored = stored_context.numbers, stored_context.stored
    return Task(
        wanted,
        stored,
        ids,
        added=[ref for ref in wanted if ref not in there],
        changed=[ref for ref in wanted if ref in there and wanted[ref] != stored.get(ref)],
        moved=_find_blocking_spans(right, kept, contents),
        paragraphs=batch.paragraphs,
    )


def _by_ref(records: Iterable[Rows]) -> dict[Ref, Rows]:
    return {record.ref: record for record in records}


def _check_overlaps(
    entries: Sequence[Entry],
    main: Sequence[Rows],
    kept: Mapping[Ref, Rows],
    contents: CommitContents,
) -> Iterator[Fault]:
    later = contents.later(overlaps.spans(kept))
    others = {ref: rows for ref, rows in kept.items() if ref not in later}
    yield from overlaps.check_overlaps(entries, main, others)


def _find_blocking_spans(
    main: Sequence[Rows], kept: Mapping[Ref, Rows], contents: CommitContents
) -> list[Ref]:
    """Spans that are moved later: until then, the database would refuse both."""
    later = contents.later(overlaps.spans(kept)) - {*_by_ref(main)}
    overlapping = overlaps.find_overlaps(main, [kept[ref] for ref in later])
    return sorted({other.ref for _, other in overlapping} & later)


def _add_statements(rows: Rows, entry: Entry, statements: Sequence[Statement]) -> Rows:
    """With what its citations say together: until when it is attested, whether it is disputed."""
    if until := attested_until(entry.document, statements):
        rows = attest(rows, entry.document, until)
    return replace(rows, disputed=is_disputed(find_disagreements(rows.row, statements)))


def _citations(entry: Entry) -> list[Rows]:
    document = entry.document
    cited = document.citations if isinstance(document, SourcedDocument) else {}
    return [citation_rows(entry.ref, key, citation) for key, citation in cited.items()]


def _datelines(
    entries: Sequence[Entry], stored: Mapping[Ref, ArticleDates], removed: Collection[Ref]
) -> dict[str, ArticleDates]:
    """When each article was written and known; the batch's word counts before the stored one."""
    stored_dates = {ref.key: dated for ref, dated in stored.items() if ref not in removed}
    return stored_dates | {
        entry.key: dated
        for entry in entries
        if isinstance(entry.document, ArticleDocument)
        and (dated := article_dates(entry.document.dated_on, entry.document.issued_on))
    }


def _stored_citations(
    cited: Sequence[Rows], kept: Mapping[Ref, Rows], contents: CommitContents
) -> list[Rows]:
    """Citations that only the database has."""
    given = {rows.ref for rows in cited}
    stored = [ref for ref in kept if ref.type == "Citation" and ref not in given]
    elsewhere = contents.numbers(stored)
    return [kept[ref] for ref in stored if ref not in elsewhere]


def _check_entry(entry: Entry) -> Iterator[Fault]:
    """Faults that a record has by itself."""
    faults = (*rules.check_entry(entry), *_check_dated(entry))
    return (fault for fault in faults if entry.has(fault.place))


def _check_dated(entry: Entry) -> Iterator[Fault]:
    """A fault of an article of which nobody could tell from when on a reader knew it."""
    article = entry.document
    if not isinstance(article, ArticleDocument):
        return
    if not latest_own_day(article.issued_on, article.dated_on):
        what = f"{entry.key}: its date has no latest day"
        yield entry.lines.fault(what, "give one, such as `[..2016-10-21]`", "datedOn")


def _check_citation_keys(
    entries: Sequence[Entry], kept: Mapping[Ref, Rows], contents: CommitContents
) -> Iterator[Fault]:
    """Keys of citations that speak of a record which would lose them, and is not written too."""
    given = {Ref(entry.type, entry.key) for entry in entries}
    for entry, key, subject in rules.find_taken_keys(entries, kept, given):
        if entry.has(("citations", key)) and not contents.numbers([subject]):
            what = f"{key}: the citation of this key speaks of `{subject.key}`"
            yield entry.lines.fault(what, "give another key", "citations", key)


def _check_redated(
    connection: Connection,
    entries: Sequence[Entry],
    stored: context.StoredContext,
    contents: CommitContents,
) -> Iterator[Fault]:
    """A new dateline moves what citing records are attested by: they must be written with it."""
    given = {Ref(entry.type, entry.key) for entry in entries}
    for entry in entries:
        ref, article = Ref(entry.type, entry.key), entry.document
        if not isinstance(article, ArticleDocument) or ref not in stored.stored:
            continue
        if not entry.has(("datedOn",)):
            continue
        if stored.stored[ref].row["dated_on"] == article.dated_on:
            continue
        others = _citing_records(connection, stored.numbers[ref]) - given
        if citing := {subject.key for subject in others - {*contents.numbers(others)}}:
            what = f"{entry.key}: its new date bears on {', '.join(sorted(citing))}"
            yield entry.lines.fault(what, "load the files of these with it", "datedOn")


def _citing_records(connection: Connection, article: int) -> set[Ref]:
    """The records that have citations of an article."""
    query = select(col(Record.type), col(Record.key)).join(
        Citation, col(Citation.subject_id) == col(Record.id)
    )
    rows = connection.execute(query.where(col(Citation.article_id) == article))
    return {Ref(type_name, key) for type_name, key in rows}
