"""Records checked by the rules of seed files, and their derived columns recomputed.

In: records as they are stored. Out: a `Finding` for each record that no seed file could hold, and
for each column that is not what the record and its citations give. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pydantic import ValidationError

from kb.check.findings import LOAD_AGAIN, Finding, describe_difference
from kb.commit import overlaps, rules
from kb.derive.assertions import (
    ArticleDates,
    Statement,
    article_dates,
    attested_until,
    statements_of,
)
from kb.derive.disagreements import find_disagreements, is_disputed
from kb.errors import Fault
from kb.records.documents import FORMS, SOURCED, ArticleDocument, Document, SourcedDocument
from kb.records.entries import NOWHERE, Entry
from kb.records.form_errors import YAML, describe_error
from kb.records.rows import ColumnValue, Ref, Rows, TableRow, citation_rows, rows_of
from kb.records.to_documents import CitationsByKey, citations_by_subject, document_of
from kb.records.types import in_words


def check_derived(records: Mapping[Ref, Rows], articles: Iterable[Rows]) -> Iterator[Finding]:
    """Faults of the records by themselves, of derived columns, and between records.

    `articles` are those that their citations name.
    """
    cited = citations_by_subject(records.values())
    documents: dict[Ref, Document] = {}
    for ref in sorted(records):
        if ref.type in FORMS:
            if ref.type not in SOURCED:
                yield from _check_uncitable(ref, cited.pop(ref, {}))
            document = _read_document(records[ref], cited[ref])
            if isinstance(document, list):
                yield from document
            else:
                documents[ref] = document
    statements = statements_of(
        [rows for rows in records.values() if rows.ref.type == "Citation"], _datelines(articles)
    )
    for ref, document in documents.items():
        yield from _check_record(records[ref], document, statements[ref])
        yield from _check_citations(ref, document, cited[ref])
    yield from _check_overlaps(records)


def _read_document(rows: Rows, cited: CitationsByKey) -> Document | list[Finding]:
    """The record's document, or why there is none."""
    ref = rows.ref
    if ref.type in SOURCED and not cited:
        return [
            Finding(*ref, "no citation supports it", f"cite a passage that does, and {LOAD_AGAIN}")
        ]
    try:
        return document_of(rows, cited)
    except ValidationError as error:
        return [
            Finding(
                *ref,
                f"{'.'.join(map(str, fault['loc']))}: {describe_error(fault, YAML).what}",
                LOAD_AGAIN,
            )
            for fault in error.errors(include_url=False)
        ]


def _check_uncitable(ref: Ref, cited: CitationsByKey) -> Iterator[Finding]:
    what = f"it speaks of the {in_words(ref.type)} `{ref.key}`, which takes no citations"
    return (Finding("Citation", key, what, "remove it") for key in cited)


def _datelines(articles: Iterable[Rows]) -> dict[str, ArticleDates]:
    """Of articles that are right by themselves."""
    documents = {rows.ref: _read_document(rows, {}) for rows in articles}
    datelines = {
        ref.key: article_dates(document.dated_on, document.issued_on)
        for ref, document in documents.items()
        if isinstance(document, ArticleDocument)
    }
    return {key: dateline for key, dateline in datelines.items() if dateline}


def _check_record(
    stored: Rows, document: Document, statements: Sequence[Statement]
) -> Iterator[Finding]:
    """The record's faults; if it has none, its derived columns that are wrong."""
    entry = Entry(*stored.ref, document, NOWHERE)
    faults = list(rules.check_entry(entry))
    if not faults:
        until = attested_until(document, statements)
        expected = rows_of(stored.ref, document, until)
        faults += rules.check_attested([entry], [expected], rules.cited_articles(entry))
        faults += rules.check_observed([entry], _known_days(document, statements))
    if not faults:
        doubted = is_disputed(find_disagreements(expected.row, statements))
        yield from _compare_rows(stored, replace(expected, disputed=doubted))
    yield from (_finding(stored.ref, fault) for fault in faults)


def _known_days(document: Document, statements: Sequence[Statement]) -> dict[str, date]:
    """Of the articles that it cites, when each was known."""
    cited = document.citations if isinstance(document, SourcedDocument) else {}
    known = {each.citation: each.dated.known for each in statements}
    return {cited[key].article: known[key] for key in cited.keys() & known.keys()}


def _finding(ref: Ref, fault: Fault) -> Finding:
    return Finding(
        *ref, fault.what.removeprefix(f"{ref.key}: "), f"{fault.remedy}, and {LOAD_AGAIN}"
    )


def _check_citations(subject: Ref, document: Document, cited: CitationsByKey) -> Iterator[Finding]:
    if isinstance(document, SourcedDocument):
        for key, citation in document.citations.items():
            yield from _compare_rows(cited[key], citation_rows(subject, key, citation))


def _compare_rows(stored: Rows, expected: Rows) -> Iterator[Finding]:
    if stored.disputed != expected.disputed:
        what = describe_difference("disputed", stored.disputed, expected.disputed)
        yield Finding(*stored.ref, what, LOAD_AGAIN)
    yield from _compare_columns(stored.ref, "", stored.row, expected.row)
    for table, parts in expected.parts.items():
        if len(stored.parts[table]) != len(parts):
            # Parties and lists are whole, and what is joined of them is not.
            what = f"its {table} has {len(stored.parts[table])} rows, and should have {len(parts)}"
            yield Finding(*stored.ref, what, LOAD_AGAIN)
            continue
        for number, (old, new) in enumerate(zip(stored.parts[table], parts, strict=True)):
            yield from _compare_columns(stored.ref, f"{table}[{number}].", old, new)


def _compare_columns(
    ref: Ref, place: str, stored: TableRow, expected: TableRow
) -> Iterator[Finding]:
    """Whether references lead anywhere, and to which type, is for other rules."""
    for column, value in expected.items():
        if _plain(value) != _plain(stored[column]):
            yield Finding(
                *ref, describe_difference(place + column, stored[column], value), LOAD_AGAIN
            )


def _plain(value: ColumnValue) -> ColumnValue:
    return value.key if isinstance(value, Ref) else value


def _check_overlaps(records: Mapping[Ref, Rows]) -> Iterator[Finding]:
    for record, other in overlaps.find_overlaps(records[ref] for ref in sorted(records)):
        what = f"certain on the same day as `{other.ref.key}`"
        remedy = f"end the one by the day on which the other begins, and {LOAD_AGAIN}"
        yield Finding(*record.ref, what, remedy)
