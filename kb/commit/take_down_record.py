"""Articles and publications taken down whole, with what they say of records and what rests on them
alone.

In: an open transaction, and which one. Out: a `Draft`, or the commit. Records that have other
support stay, without their citations; what they need of the others is a fault. What the past alone
has of them goes too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.commit import merge
from kb.commit.commit import commit
from kb.commit.context import find_ids, read_record
from kb.commit.feed import Origin
from kb.commit.merge import Draft, GivenFields
from kb.commit.past_citations import read_articles_in, read_citations_in, read_citations_of
from kb.commit.request import Drafter
from kb.commit.rules import is_supported
from kb.commit.validate import Batch
from kb.errors import SeedError
from kb.models import Article, Erased, Publication
from kb.records.documents import Document, SourcedDocument
from kb.records.entries import NOWHERE, Entry, Lines
from kb.records.rows import Ref, Rows
from kb.records.to_documents import CitationsByKey, citations_by_subject, document_of
from kb.records.types import record_type


def draft_article_retraction(connection: Connection, given: GivenFields) -> Draft:
    """The article, its citations and what they alone support, removed and taken down."""
    return _draft_retraction("Article", connection, given)


def draft_publication_retraction(connection: Connection, given: GivenFields) -> Draft:
    """The publication with all its articles, and what goes with these."""
    return _draft_retraction("Publication", connection, given)


def _draft_retraction(type_name: str, connection: Connection, given: GivenFields) -> Draft:
    retraction = merge.draft_retraction(type_name, connection, given)
    if retraction.batch.faults:
        return retraction
    name = "id" if given.get("id") is not None else record_type(type_name).key
    lines = replace(NOWHERE, locate=lambda _: (name,))
    sources = _sources(connection, retraction.ref)
    return replace(
        retraction, batch=_batch_without(connection, sources, lines), places={(): (name,)}
    )


def _sources(connection: Connection, ref: Ref) -> Collection[Ref]:
    """An article; or a publication with its articles, and those that the past alone has of it."""
    if ref.type == "Article":
        return [ref]
    stored = {Ref("Article", key) for key in _read_articles(connection, ref)}
    past = read_articles_in(connection, ref)
    return [ref, *sorted(stored | (past - find_ids(connection, past).keys()))]


def _read_articles(connection: Connection, publication: Ref) -> Sequence[str]:
    query = select(col(Article.key)).join(
        Publication, col(Publication.id) == col(Article.publication_id)
    )
    return connection.execute(query.where(col(Publication.key) == publication.key)).scalars().all()


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
    return Draft(
        ref, Batch(faults=[NOWHERE.fault(what, "give that of an article or a publication")])
    )


def _batch_without(connection: Connection, sources: Collection[Ref], lines: Lines) -> Batch:
    articles = [ref for ref in sources if ref.type == "Article"]
    removed = {ref: rows for each in sources for ref, rows in read_record(connection, each).items()}
    past = read_citations_in(connection, articles)
    left = {each.ref for each in past} - removed.keys()
    repointed = [read_record(connection, ref)[ref] for ref in find_ids(connection, left)]
    entries: list[Entry] = []
    for subject in sorted(_subjects([*removed.values(), *repointed])):
        stored = read_record(connection, subject)
        kept = [rows for ref, rows in stored.items() if ref not in removed]
        if document := _supported(stored[subject], citations_by_subject(kept)[subject]):
            entries.append(Entry(*subject, document, lines))
        else:
            removed |= stored
    gone = _rested_on(connection, {each.subject for each in past}, articles)
    only_past = left.union(gone, sources) - removed.keys()
    taken_down = dict.fromkeys((*removed, *sorted(only_past)), Erased.RECORD)
    return Batch(entries, removed=[*removed], taken_down=taken_down)


def _supported(subject: Rows, cited: CitationsByKey) -> Document | None:
    """The record with these citations; none if they do not support it."""
    if not cited:
        return None
    document = document_of(subject, cited)
    return document if isinstance(document, SourcedDocument) and is_supported(document) else None


def _subjects(records: Iterable[Rows]) -> set[Ref]:
    """What those of them that are citations speak of."""
    return {subject for rows in records if isinstance(subject := rows.row.get("subject_id"), Ref)}


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


_DRAFTERS: Mapping[str, Drafter] = {
    "Article": draft_article_retraction,
    "Publication": draft_publication_retraction,
}
