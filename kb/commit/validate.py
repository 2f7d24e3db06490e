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

from kb.commit import context, rules
from kb.derive.assertions import Dated, Statement, attested_until, dated_of, statements_of
from kb.derive.disagreements import disagreements, is_disputed
from kb.errors import Fault, SeedError
from kb.models import Citation, Record
from kb.records.documents import ArticleDocument, SourcedDocument
from kb.records.entries import Entry
from kb.records.rows import Ref, Rows, attest, citation_rows, known_from, rows_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be written, texts by the key of their article, and records to be removed.

    `faults` are those found on the way here: with any of them, nothing is written. What is not
    `whole` lacks records, so that nobody can tell what others refer to.
    """

    entries: Sequence[Entry] = ()
    paragraphs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: Collection[Ref] = ()
    faults: Sequence[Fault] = ()
    whole: bool = True


class Company(Protocol):
    """All that the same commit writes, batch by batch."""

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """Of those that it writes, the numbers that they get if they are new."""
        ...

    def later(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those that are not citations, and come in batches after this one."""
        ...


class Alone:
    """The company of a batch that is the whole commit."""

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


def examine(connection: Connection, batch: Batch, company: Company) -> Task:
    """Raises SeedError with every fault of the batch, and always for one that is not whole."""
    entries = batch.entries
    own = {entry.ref: [*_own_faults(entry)] for entry in entries}
    faults = [*batch.faults, *(fault for found in own.values() for fault in found)]
    if not batch.whole:
        raise SeedError(faults)
    # Made once: until when a period is attested is added when all that bears on it is known.
    plain = {entry.ref: rows_of(entry.ref, entry.document, None) for entry in entries}
    citations = {entry.ref: _citations(entry) for entry in entries}
    written = [*plain.values(), *chain.from_iterable(citations.values())]
    around = context.read_around(connection, written, batch.removed)
    ids = company.numbers(around.missing) | around.numbers
    kept = {ref: rows for ref, rows in around.stored.items() if ref not in batch.removed}
    # What records say together is worked out of those that are right in themselves.
    sound = [entry for entry in entries if not own[entry.ref] and not entry.faulty]
    dated = _datelines(sound, around.dated, batch.removed)
    cited = [rows for entry in sound for rows in citations[entry.ref]]
    told = statements_of((*cited, *_cited_before(cited, kept, company)), dated)
    main = {one.ref: _judged(plain[one.ref], one, told.get(one.ref, ())) for one in entries}
    known = {*ids, *main} - {*batch.removed}
    faults += rules.check_references(entries, [*main.values()], known)
    right = [main[entry.ref] for entry in sound]
    faults += rules.check_attested(sound, right, dated.keys())
    faults += _overlaps(sound, right, kept, company)
    faults += _taken(entries, kept, company)
    faults += _stale(connection, entries, around, company)
    faults += rules.check_removed(batch.removed, {**kept, **main})
    if faults:
        raise SeedError(faults)
    wanted = main | _by_ref(cited)
    there, stored = around.numbers, around.stored
    return Task(
        wanted,
        stored,
        ids,
        added=[ref for ref in wanted if ref not in there],
        changed=[ref for ref in wanted if ref in there and wanted[ref] != stored.get(ref)],
        moved=_in_the_way(right, kept, company),
        paragraphs=batch.paragraphs,
    )


def _by_ref(records: Iterable[Rows]) -> dict[Ref, Rows]:
    return {record.ref: record for record in records}


def _overlaps(
    entries: Sequence[Entry], main: Sequence[Rows], kept: Mapping[Ref, Rows], company: Company
) -> Iterator[Fault]:
    later = company.later(rules.spans(kept))
    others = {ref: rows for ref, rows in kept.items() if ref not in later}
    yield from rules.check_overlaps(entries, main, others)


def _in_the_way(main: Sequence[Rows], kept: Mapping[Ref, Rows], company: Company) -> list[Ref]:
    """Spans that are moved later: until then, the database would refuse both."""
    later = company.later(rules.spans(kept)) - {*_by_ref(main)}
    overlapping = rules.overlaps(main, [kept[ref] for ref in later])
    return sorted({other.ref for _, other in overlapping} & later)


def _judged(rows: Rows, entry: Entry, statements: Sequence[Statement]) -> Rows:
    """With what its citations say together: until when it is attested, whether it is disputed."""
    if until := attested_until(entry.document, statements):
        rows = attest(rows, entry.document, until)
    return replace(rows, disputed=is_disputed(disagreements(rows.row, statements)))


def _citations(entry: Entry) -> list[Rows]:
    document = entry.document
    cited = document.citations if isinstance(document, SourcedDocument) else {}
    return [citation_rows(entry.ref, key, citation) for key, citation in cited.items()]


def _datelines(
    entries: Sequence[Entry], stored: Mapping[Ref, Dated], removed: Collection[Ref]
) -> dict[str, Dated]:
    """When each article was written and known; the batch's word counts before the stored one."""
    told = {ref.key: dated for ref, dated in stored.items() if ref not in removed}
    return told | {
        entry.key: dated
        for entry in entries
        if isinstance(entry.document, ArticleDocument)
        and (dated := dated_of(entry.document.dated_on, entry.document.issued_on))
    }


def _cited_before(cited: Sequence[Rows], kept: Mapping[Ref, Rows], company: Company) -> list[Rows]:
    """Citations that only the database has."""
    mine = {rows.ref for rows in cited}
    stored = [ref for ref in kept if ref.type == "Citation" and ref not in mine]
    elsewhere = company.numbers(stored)
    return [kept[ref] for ref in stored if ref not in elsewhere]


def _own_faults(entry: Entry) -> Iterator[Fault]:
    """Those that a record has by itself."""
    found = (*rules.check_entry(entry), *_undated(entry))
    return (fault for fault in found if entry.has(fault.place))


def _undated(entry: Entry) -> Iterator[Fault]:
    """Of an article of which no one could say when a reader knew it."""
    article = entry.document
    if isinstance(article, ArticleDocument) and not known_from(article.issued_on, article.dated_on):
        what = f"{entry.key}: its date has no latest day"
        yield entry.lines.fault(what, "give one, such as `[..2016-10-21]`", "datedOn")


def _taken(entries: Sequence[Entry], kept: Mapping[Ref, Rows], company: Company) -> Iterator[Fault]:
    """Keys of citations that speak of a record which would lose them, and is not written too."""
    mine = {Ref(entry.type, entry.key) for entry in entries}
    for entry, key, subject in rules.taken(entries, kept, mine):
        if entry.has(("citations", key)) and not company.numbers([subject]):
            what = f"{key}: the citation of this key speaks of `{subject.key}`"
            yield entry.lines.fault(what, "give another key", "citations", key)


def _stale(
    connection: Connection,
    entries: Sequence[Entry],
    around: context.Around,
    company: Company,
) -> Iterator[Fault]:
    """A new dateline moves what citing records are attested by: they must be written with it."""
    loaded = {Ref(entry.type, entry.key) for entry in entries}
    for entry in entries:
        ref, article = Ref(entry.type, entry.key), entry.document
        if not isinstance(article, ArticleDocument) or ref not in around.stored:
            continue
        if not entry.has(("datedOn",)):
            continue
        if around.stored[ref].row["dated_on"] == article.dated_on:
            continue
        others = _citing(connection, around.numbers[ref]) - loaded
        if citing := {subject.key for subject in others - {*company.numbers(others)}}:
            what = f"{entry.key}: its new date bears on {', '.join(sorted(citing))}"
            yield entry.lines.fault(what, "load the files of these with it", "datedOn")


def _citing(connection: Connection, article: int) -> set[Ref]:
    """The records that have citations of an article."""
    asked = select(col(Record.type), col(Record.key)).join(
        Citation, col(Citation.subject_id) == col(Record.id)
    )
    found = connection.execute(asked.where(col(Citation.article_id) == article))
    return {Ref(kind, key) for kind, key in found}
