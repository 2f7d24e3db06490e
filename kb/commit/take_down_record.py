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
from kb.commit.commit import commit_named
from kb.commit.feed import Origin
from kb.commit.merge import Draft, GivenFields
from kb.commit.past_citations import read_articles_in, read_citations_in, read_citations_of
from kb.commit.reading import RecordReading
from kb.commit.request import Drafter
from kb.commit.rules import is_supported
from kb.commit.validate import Batch
from kb.models import Article, Erased, Publication
from kb.records.documents import Document, SourcedDocument
from kb.records.entries import NOWHERE, Entry, Lines
from kb.records.rows import Ref, Rows
from kb.records.to_documents import CitationsByKey, citations_by_subject, document_of
from kb.records.types import record_type


def draft_article_retraction(reading: RecordReading, given: GivenFields) -> Draft:
    """The article, its citations and what they alone support, removed and taken down."""
    return _draft_retraction("Article", reading, given)


def draft_publication_retraction(reading: RecordReading, given: GivenFields) -> Draft:
    """The publication with all its articles, and what goes with these."""
    return _draft_retraction("Publication", reading, given)


def _draft_retraction(type_name: str, reading: RecordReading, given: GivenFields) -> Draft:
    retraction = merge.draft_retraction(type_name, reading, given)
    if retraction.batch.faults:
        return retraction
    name = merge.named_by(type_name, given)
    lines = replace(NOWHERE, locate=lambda _: (name,))
    sources = _sources(reading, retraction.ref)
    return replace(retraction, batch=_batch_without(reading, sources, lines), places={(): (name,)})


def _sources(reading: RecordReading, ref: Ref) -> Collection[Ref]:
    """An article; or a publication with its articles, and those that the past alone has of it."""
    if ref.type == "Article":
        return [ref]
    stored = {Ref("Article", key) for key in _read_articles(reading, ref)}
    past = read_articles_in(reading.connection, ref)
    return [ref, *sorted(stored | (past - reading.numbers(past).keys()))]


def _read_articles(reading: RecordReading, publication: Ref) -> Sequence[str]:
    query = select(col(Article.key)).join(
        Publication, col(Publication.id) == col(Article.publication_id)
    )
    of_it = query.where(col(Publication.key) == publication.key)
    return reading.connection.execute(of_it).scalars().all()


def take_down(connection: Connection, record: str, origin: Origin) -> list[Ref]:
    """The same as a command, by an id, which faults name as their place; returns what went."""
    reading = RecordReading(connection)
    draft = _draft(reading, merge.ref_of(record))
    commit_named(reading, draft.batch, origin, record)
    return sorted(draft.batch.taken_down)


def _draft(reading: RecordReading, ref: Ref) -> Draft:
    if drafter := _DRAFTERS.get(ref.type):
        return drafter(reading, {record_type(ref.type).key: ref.key})
    what = f"`{ref.type}:{ref.key}` is no id of what can be taken down"
    return Draft(
        ref, Batch(faults=[NOWHERE.fault(what, "give that of an article or a publication")])
    )


def _batch_without(reading: RecordReading, sources: Collection[Ref], lines: Lines) -> Batch:
    articles = [ref for ref in sources if ref.type == "Article"]
    reading.prepare(sources)
    removed = {ref: rows for each in sources for ref, rows in reading.record(each).items()}
    past = read_citations_in(reading.connection, articles)
    left = {each.ref for each in past} - removed.keys()
    reading.prepare(left)
    repointed = [reading.record(ref)[ref] for ref in reading.numbers(left)]
    entries: list[Entry] = []
    subjects = sorted(_subjects([*removed.values(), *repointed]))
    reading.prepare(subjects)
    for subject in subjects:
        stored = reading.record(subject)
        kept = [rows for ref, rows in stored.items() if ref not in removed]
        if document := _supported(stored[subject], citations_by_subject(kept)[subject]):
            entries.append(Entry(*subject, document, lines))
        else:
            removed |= stored
    gone = _rested_on(reading, {each.subject for each in past}, articles)
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
    reading: RecordReading, subjects: Collection[Ref], articles: Collection[Ref]
) -> set[Ref]:
    """Those of the records that are gone and had no other support, with their citations."""
    there = reading.numbers(subjects).keys()
    cited = read_citations_of(reading.connection, subjects - there)
    supported = {each.subject for each in cited if each.supports and each.article not in articles}
    citations = {each.ref for each in cited if each.subject not in supported}
    gone = citations - reading.numbers(citations).keys()
    return gone.union(subjects - there - supported)


_DRAFTERS: Mapping[str, Drafter] = {
    "Article": draft_article_retraction,
    "Publication": draft_publication_retraction,
}
