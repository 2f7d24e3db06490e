"""`kb load`: seed files into the database, in one transaction, or not at all.

In: paths of seed files and an engine. Out: a `Report` of what was added, changed, removed and left,
or a `SeedError` with every fault. Loading the same files again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine

from kb import database
from kb.changes import Source
from kb.errors import Fault, SeedError
from kb.ingest import checks, feed, knowledge, store, texts
from kb.ingest.disagreements import disagreements, is_disputed
from kb.ingest.documents import ArticleDocument, SourcedDocument
from kb.ingest.files import Entry, read_entries
from kb.ingest.lines import Read, is_snapshot, read_lines
from kb.ingest.records import Ref, Rows, citation_rows, known_from, rows_of
from kb.ingest.statements import Dated, Statement, attested_until, dated, statements_of

_LOAD = Source("kb load")


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, or would do, to records."""

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


def load(
    engine: Engine,
    paths: Sequence[Path],
    *,
    prune: bool = False,
    dry_run: bool = False,
    source: Source = _LOAD,
) -> Report:
    """Load the files; `prune` removes what they lack, `dry_run` writes nothing.

    Raises SeedError with all faults; nothing is written then.
    """
    read = _read(paths)
    entries, faults = read.entries, read.faults
    with database.write(engine) as connection:
        ids = store.read_ids(connection)
        stored = store.read_records(connection, ids)
        kept = {} if prune else stored
        faults += checks.check_entries(entries)
        faults += _undated(entries)
        if not faults:
            told = _statements(entries, kept)
            main = [_main_rows(entry, told[Ref(entry.type, entry.key)]) for entry in entries]
            faults += _check(entries, main, kept)
        if faults:
            raise SeedError(faults)
        wanted = {record.ref: record for record in (*main, *_citations(entries))}
        report = _compare(wanted, stored, prune)
        if not dry_run:
            _write(connection, _Task(report, wanted, stored, ids, read.paragraphs), source)
    return report


def _write(connection: Connection, task: _Task, source: Source) -> None:
    """The records, then what follows from the articles that they bear on."""
    report, wanted = task.report, task.wanted
    written = [*report.added, *report.changed]
    numbers = store.replace(connection, [wanted[ref] for ref in written], report.removed, task.ids)
    store.mend_names(connection, numbers)
    derived = _write_texts(connection, task.paragraphs, numbers)
    names = texts.read_names(connection)
    with_text = {Ref("Article", key) for key in task.paragraphs}
    for article in _concerned(report, wanted, task.ids) | with_text:
        number = numbers[article]
        paragraphs = texts.read_paragraphs(connection, number)
        derived |= texts.derive(connection, number, paragraphs, names)
    spoken_of = _spoken_of((wanted, task.stored), (*written, *report.removed))
    # All that the files hold: what is derived is thereby mended too.
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


def _read(paths: Sequence[Path]) -> Read:
    """Seed files, and snapshots."""
    entries, faults = read_entries([path for path in paths if not is_snapshot(path)])
    read = Read(entries, {}, faults)
    for path in filter(is_snapshot, paths):
        found = read_lines(path)
        read.entries += found.entries
        read.faults += found.faults
        read.paragraphs |= found.paragraphs
    return read


def _concerned(report: Report, wanted: Mapping[Ref, Rows], ids: Mapping[Ref, int]) -> set[Ref]:
    """The articles written, those that citations written rest on; all if any name may be new."""
    touched = (*report.added, *report.changed, *report.removed)
    if any(ref.type in texts.NAMED for ref in touched):
        articles = {ref for ref in (*wanted, *ids) if ref.type == "Article"}
    else:
        cited = (
            wanted[ref].own["article_id"]
            for ref in touched
            if ref.type == "Citation" and ref in wanted
        )
        articles = {ref for ref in touched if ref.type == "Article"}
        articles |= {ref for ref in cited if isinstance(ref, Ref)}
    return articles - set(report.removed)


def _check(entries: list[Entry], main: list[Rows], kept: Mapping[Ref, Rows]) -> list[Fault]:
    known = set(kept) | {record.ref for record in main}
    return [
        *checks.check_references(entries, main, known),
        *checks.check_attested(entries, main),
        *checks.check_overlaps(entries, main, kept),
        *_stale(entries, kept),
    ]


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
    """When each article was written and known; the files' word counts before the stored one."""
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
    """What is cited for each record, by the files or only by the database."""
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
    """A new dateline moves what citing records are attested by: they must be loaded with it."""
    loaded = {Ref(entry.type, entry.key) for entry in entries}
    for entry in entries:
        ref, article = Ref(entry.type, entry.key), entry.document
        if not isinstance(article, ArticleDocument) or ref not in kept:
            continue
        if kept[ref].own["dated_on"] == article.dated_on:
            continue
        citing = {
            subject.key
            for rows in kept.values()
            if rows.own.get("article_id") == ref
            and isinstance(subject := rows.own["subject_id"], Ref)
            and subject not in loaded
        }
        if citing:
            what = f"{entry.key}: its new date bears on {', '.join(sorted(citing))}"
            yield entry.lines.fault(what, "load the files of these with it", "datedOn")


def _compare(wanted: Mapping[Ref, Rows], stored: Mapping[Ref, Rows], prune: bool) -> Report:
    added = tuple(ref for ref in wanted if ref not in stored)
    changed = tuple(ref for ref in wanted if ref in stored and wanted[ref] != stored[ref])
    removed = tuple(ref for ref in stored if ref not in wanted) if prune else ()
    return Report(added, changed, removed, len(wanted) - len(added) - len(changed))
