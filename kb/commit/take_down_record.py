"""Articles taken down whole: with what they say of records, and what rests on them alone.

In: an open transaction, and which article. Out: a `Draft`, or the commit. Records that have other
support stay, without its citations; what they need of the others is a fault. What the past alone
has of the article goes too.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from kb.commit import merge
from kb.commit.commit import commit
from kb.commit.context import find_ids, read_record
from kb.commit.feed import Origin
from kb.commit.merge import Draft, GivenFields
from kb.commit.past_citations import read_citations_in, read_citations_of
from kb.commit.request import Drafter
from kb.commit.rules import is_supported
from kb.commit.validate import Batch
from kb.errors import SeedError
from kb.models import Erased
from kb.records.documents import Document, SourcedDocument
from kb.records.entries import NOWHERE, Entry, Lines
from kb.records.rows import Ref, Rows
from kb.records.to_documents import CitationsByKey, citations_by_subject, document_of
from kb.records.types import record_type


def draft_article_retraction(connection: Connection, given: GivenFields) -> Draft:
    """The article, its citations and what they alone support, removed and taken down."""
    retraction = merge.draft_retraction("Article", connection, given)
    if retraction.batch.faults:
        return retraction
    name = "id" if given.get("id") is not None else "slug"
    lines = replace(NOWHERE, locate=lambda _: (name,))
    batch = _batch_without(connection, [retraction.ref], lines)
    return replace(retraction, batch=batch, places={(): (name,)})


def take_down(connection: Connection, record: str, origin: Origin) -> list[Ref]:
    """The same as a command, by an id, which faults name as their place; returns what went."""
    draft = _draft(connection, merge.ref_of(record))
    try:
        commit(connection, draft.batch, origin)
    except SeedError as error:
        faults = [replace(fault, file=record, line=1, column=0) for fault in error.faults]
        raise SeedError(faults) from None
    return sorted(draft.batch.taken_down)


def _draft(connection: Connection, ref: Ref) -> Draft:
    if drafter := _DRAFTERS.get(ref.type):
        return drafter(connection, {record_type(ref.type).key: ref.key})
    what = f"`{ref.type}:{ref.key}` is no id of what can be taken down"
    return Draft(ref, Batch(faults=[NOWHERE.fault(what, "give one such as `Article:some-key`")]))


def _batch_without(connection: Connection, articles: Collection[Ref], lines: Lines) -> Batch:
    removed = dict.fromkeys(articles)
    for article in articles:
        removed |= dict.fromkeys(read_record(connection, article))
    past = read_citations_in(connection, articles)
    left = {each.ref for each in past} - removed.keys()
    repointed = [*find_ids(connection, left)]
    entries: list[Entry] = []
    for subject in sorted(_subjects(connection, [*removed, *repointed])):
        stored = read_record(connection, subject)
        kept = [rows for ref, rows in stored.items() if ref not in removed]
        if document := _supported(stored[subject], citations_by_subject(kept)[subject]):
            entries.append(Entry(*subject, document, lines))
        else:
            removed |= dict.fromkeys(stored)
    gone = _rested_on(connection, {each.subject for each in past}, articles)
    taken_down = dict.fromkeys((*removed, *sorted(left | gone)), Erased.RECORD)
    return Batch(entries, removed=[*removed], taken_down=taken_down)


def _supported(subject: Rows, cited: CitationsByKey) -> Document | None:
    """The record with these citations; none if they do not support it."""
    if not cited:
        return None
    document = document_of(subject, cited)
    return document if isinstance(document, SourcedDocument) and is_supported(document) else None


def _subjects(connection: Connection, citations: Iterable[Ref]) -> set[Ref]:
    """The records that citations speak of."""
    return {
        subject
        for ref in citations
        if ref.type == "Citation"
        and isinstance(subject := read_record(connection, ref)[ref].row["subject_id"], Ref)
    }


def _rested_on(
    connection: Connection, subjects: Collection[Ref], articles: Collection[Ref]
) -> set[Ref]:
    """Those of the records that are gone and had no other support, with their citations."""
    there = find_ids(connection, subjects).keys()
    cited = read_citations_of(connection, subjects - there)
    supported = {each.subject for each in cited if each.supports and each.article not in articles}
    citations = {each.ref for each in cited if each.subject not in supported}
    gone = citations - find_ids(connection, citations).keys()
    return gone.union(subjects - there - supported)


_DRAFTERS: Mapping[str, Drafter] = {"Article": draft_article_retraction}
