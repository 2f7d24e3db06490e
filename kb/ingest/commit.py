"""One commit: records written and removed together, with all that follows from them.

In: an open write transaction and a `Batch`. Out: a `Report` of what was added, changed, removed and
left, or a `SeedError` with every fault; whoever opened the transaction must let it fail then. The
same batch again changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from kb.changes import Source
from kb.errors import Fault, SeedError
from kb.ingest import checks, feed, knowledge, neighbours, store, texts
from kb.ingest.disagreements import disagreements, is_disputed
from kb.ingest.documents import ArticleDocument, SourcedDocument
from kb.ingest.files import Entry
from kb.ingest.records import Ref, Rows, citation_rows, known_from, rows_of
from kb.ingest.statements import Dated, Statement, attested_until, dated, statements_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be written, texts by the key of their article, and records to be removed.

    `faults` are those found on the way here: with any of them, nothing is written.
    """

    entries: Sequence[Entry] = ()
    paragraphs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: Collection[Ref] = ()
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a commit did, or would do, to records."""

    added: tuple[Ref, ...]
    changed: tuple[Ref, ...]
    removed: tuple[Ref, ...]
    left: int


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be written, over what is stored under these numbers."""

    report: Report
    wanted: Mapping[Ref, Rows]
    stored: Mapping[Ref, Rows]
    ids: Mapping[Ref, int]
    paragraphs: Mapping[str, Sequence[str]]


def commit(
    connection: Connection,
    batch: Batch,
    source: Source,
    *,
    prune: bool = False,
    dry_run: bool = False,
) -> Report:
    """Write the batch; `prune` removes all that it lacks, `dry_run` writes nothing."""
    entries, faults = batch.entries, [*batch.faults]
    if prune:
        ids = store.read_ids(connection)
        stored = store.read_records(connection, ids)
    else:
        ids, stored = neighbours.read_around(connection, entries, batch.removed)
    # With `prune`, the batch is all that there is.
    kept = {} if prune else {ref: rows for ref, rows in stored.items() if ref not in batch.removed}
    faults += checks.check_entries(entries)
    faults += _undated(entries)
    if not faults:
        told = _statements(entries, kept)
        main = [_main_rows(entry, told[Ref(entry.type, entry.key)]) for entry in entries]
        faults += _check(entries, main, kept)
        faults += checks.check_removed(batch.removed, {**kept, **_by_ref(main)})
    if faults:
        raise SeedError(faults)
    wanted = _by_ref((*main, *_citations(entries)))
    gone = [ref for ref in stored if ref not in wanted] if prune else [*batch.removed]
    task = _Task(_compare(wanted, stored, gone), wanted, stored, ids, batch.paragraphs)
    if not dry_run:
        _write(connection, task, source)
    return task.report


def _by_ref(records: Iterable[Rows]) -> dict[Ref, Rows]:
    return {record.ref: record for record in records}


def _write(connection: Connection, task: _Task, source: Source) -> None:
    """The records, then what follows from the articles that they bear on."""
    report, wanted = task.report, task.wanted
    written = [*report.added, *report.changed]
    numbers = store.replace(connection, [wanted[ref] for ref in written], report.removed, task.ids)
    store.spread_names(connection, [numbers[ref] for ref in wanted])
    derived = _write_texts(connection, task.paragraphs, numbers)
    derived |= _derive(connection, task, numbers)
    spoken_of = _spoken_of((wanted, task.stored), (*written, *report.removed))
    # All that the batch holds: what is derived is thereby mended too.
    concerned = (*wanted, *report.removed, *spoken_of)
    knowledge.derive(connection, {numbers[ref] for ref in concerned})
    touched = derived | {numbers[ref] for ref in written}
    feed.append(connection, touched, source, report.removed)


def _write_texts(
    connection: Connection, paragraphs: Mapping[str, Sequence[str]], numbers: Mapping[Ref, int]
) -> set[int]:
    """The articles whose text is another one now."""
    changed: set[int] = set()
    for key, text in paragraphs.items():
        number = numbers[Ref("Article", key)]
        if texts.read_paragraphs(connection, number) != text:
            texts.write_paragraphs(connection, number, text)
            changed.add(number)
    return changed


def _spoken_of(states: Iterable[Mapping[Ref, Rows]], touched: Sequence[Ref]) -> set[Ref]:
    """The subjects of these citations, as they are and as they were."""
    subjects = (
        records[ref].own["subject_id"]
        for records in states
        for ref in touched
        if ref.type == "Citation" and ref in records
    )
    return {ref for ref in subjects if isinstance(ref, Ref)}


def _derive(connection: Connection, task: _Task, numbers: Mapping[Ref, int]) -> set[int]:
    """What is derived from the words of articles, where it may be another now."""
    report = task.report
    touched = (*report.added, *report.changed)
    written = {Ref("Article", key) for key in task.paragraphs}
    written |= {ref for ref in touched if ref.type == "Article"}
    cited = {task.wanted[ref].own["article_id"] for ref in touched if ref.type == "Citation"}
    of_articles = {numbers[ref] for ref in written}
    derived: set[int] = set()
    for article in of_articles | {numbers[ref] for ref in cited if isinstance(ref, Ref)}:
        paragraphs = texts.read_paragraphs(connection, article)
        derived |= texts.verify(connection, article, paragraphs)
    if concerned := of_articles | texts.read_naming(connection, _renamed(task)):
        names = texts.read_names(connection)
        for article in concerned:
            paragraphs = texts.read_paragraphs(connection, article)
            derived |= texts.mention(connection, article, paragraphs, names)
    return derived


def _renamed(task: _Task) -> set[str]:
    """The names that records have no longer, or did not have before."""
    report, renamed = task.report, set[str]()
    for ref in (*report.added, *report.changed, *report.removed):
        if ref.type in texts.NAMED:
            now, then = (records.get(ref) for records in (task.wanted, task.stored))
            old, new = (texts.names_of(one.own) if one else set() for one in (then, now))
            renamed |= old ^ new
    return renamed


def _check(
    entries: Sequence[Entry], main: Sequence[Rows], kept: Mapping[Ref, Rows]
) -> Iterator[Fault]:
    known = set(kept) | {record.ref for record in main}
    yield from checks.check_references(entries, main, known)
    yield from checks.check_attested(entries, main)
    yield from checks.check_overlaps(entries, main, kept)
    yield from checks.check_taken(entries, kept)
    yield from _stale(entries, kept)


def _main_rows(entry: Entry, statements: Sequence[Statement]) -> Rows:
    until = attested_until(entry.document, statements)
    rows = rows_of(Ref(entry.type, entry.key), entry.document, until)
    return replace(rows, disputed=is_disputed(disagreements(rows.own, statements)))


def _citations(entries: Sequence[Entry]) -> list[Rows]:
    return [
        citation_rows(Ref(entry.type, entry.key), key, citation)
        for entry in entries
        if isinstance(entry.document, SourcedDocument)
        for key, citation in entry.document.citations.items()
    ]


def _datelines(entries: Sequence[Entry], kept: Mapping[Ref, Rows]) -> dict[str, Dated]:
    """When each article was written and known; the batch's word counts before the stored one."""
    told = {
        ref.key: dated(rows.own["dated_on"], rows.own["issued_on"])
        for ref, rows in kept.items()
        if ref.type == "Article"
    }
    told |= {
        entry.key: dated(entry.document.dated_on, entry.document.issued_on)
        for entry in entries
        if isinstance(entry.document, ArticleDocument)
    }
    return {key: found for key, found in told.items() if found}


def _statements(
    entries: Sequence[Entry], kept: Mapping[Ref, Rows]
) -> Mapping[Ref, list[Statement]]:
    """What is cited for each record, by the batch or only by the database."""
    dated = _datelines(entries, kept)
    cited = _citations(entries)
    mine = {rows.ref for rows in cited}
    stored = [rows for ref, rows in kept.items() if ref.type == "Citation" and ref not in mine]
    return statements_of((*cited, *stored), dated)


def _undated(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Articles of which no one could say when a reader knew them."""
    for entry in entries:
        article = entry.document
        if isinstance(article, ArticleDocument) and not known_from(
            article.issued_on, article.dated_on
        ):
            what = f"{entry.key}: its date has no latest day"
            yield entry.lines.fault(what, "give one, such as `[..2016-10-21]`", "datedOn")


def _stale(entries: Sequence[Entry], kept: Mapping[Ref, Rows]) -> Iterator[Fault]:
    """A new dateline moves what citing records are attested by: they must be written with it."""
    loaded = {Ref(entry.type, entry.key) for entry in entries}
    for entry in entries:
        ref, article = Ref(entry.type, entry.key), entry.document
        if not isinstance(article, ArticleDocument) or ref not in kept:
            continue
        if kept[ref].own["dated_on"] == article.dated_on:
            continue
        if citing := {subject.key for subject in citing_of(ref, kept) - loaded}:
            what = f"{entry.key}: its new date bears on {', '.join(sorted(citing))}"
            yield entry.lines.fault(what, "load the files of these with it", "datedOn")


def citing_of(article: Ref, stored: Mapping[Ref, Rows]) -> set[Ref]:
    """The records that have citations of an article."""
    return {
        subject
        for rows in stored.values()
        if rows.own.get("article_id") == article
        and isinstance(subject := rows.own["subject_id"], Ref)
    }


def _compare(wanted: Mapping[Ref, Rows], stored: Mapping[Ref, Rows], gone: Sequence[Ref]) -> Report:
    added = tuple(ref for ref in wanted if ref not in stored)
    changed = tuple(ref for ref in wanted if ref in stored and wanted[ref] != stored[ref])
    return Report(added, changed, tuple(gone), len(wanted) - len(added) - len(changed))
