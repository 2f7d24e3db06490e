"""The articles and citations that ever were, also those of which the past alone tells.

In: an open transaction, and publications, articles or records. Out: which articles and citations
stood in them or spoke of them, by the change feed and by what was recorded at each revision; either
may go back further.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, false, or_, select, text
from sqlmodel import col

from kb.models import Change, Stance
from kb.records.rows import Ref

_Fields = Mapping[str, str]
_FEW = 20
"""So many values are looked for by the engine; for more, each document is read."""
_ROWS = 1_000
_ARTICLES = """select x.key from recorded_article x join recorded_record w
 on w.id = x.publication_id and {meeting_w} and w.type = :type and w.key = :key"""
_RECORDED = """select distinct x.key, x.stance, a.key, s.type, s.key from recorded_citation x
 join recorded_record a on a.id = x.article_id and {meeting_a}
 join recorded_record s on s.id = x.subject_id and {meeting_s}
 join recorded_record w on w.id = x.{column} and {meeting_w} and w.type = :type and w.key = :key"""
_MEETING = "{0}.recorded_from < x.recorded_to and x.recorded_from < {0}.recorded_to"


class PastCitation(NamedTuple):
    """As a citation once was."""

    ref: Ref
    article: Ref
    subject: Ref
    supports: bool


def read_articles_in(connection: Connection, publication: Ref) -> set[Ref]:
    fed = {key for key, _ in _fed(connection, "Article", "publication", {publication.key})}
    query = text(_ARTICLES.format(meeting_w=_MEETING.format("w")))
    recorded = connection.execute(query, publication._asdict()).scalars()
    return {Ref("Article", key) for key in fed.union(recorded)}


def read_citations_in(connection: Connection, articles: Collection[Ref]) -> set[PastCitation]:
    fed = _fed(connection, "Citation", "article", {article.key for article in articles})
    return _read(connection, fed, articles, "article_id")


def read_citations_of(connection: Connection, subjects: Collection[Ref]) -> set[PastCitation]:
    ids = {f"{subject.type}:{subject.key}" for subject in subjects}
    return _read(connection, _fed(connection, "Citation", "subject", ids), subjects, "subject_id")


def _read(
    connection: Connection,
    fed: Iterator[tuple[str, _Fields]],
    refs: Collection[Ref],
    column: str,
) -> set[PastCitation]:
    told = {_of_document(key, fields) for key, fields in fed}
    return told.union(*(_recorded(connection, ref, column) for ref in refs))


def _fed(
    connection: Connection, type_name: str, name: str, values: Collection[str]
) -> Iterator[tuple[str, _Fields]]:
    """The keys and documents of all changes of a type in which a field has one of the values."""
    document = col(Change.document)
    query = select(col(Change.key), document).where(
        col(Change.type) == type_name, document.is_not(None)
    )
    if len(values) <= _FEW:
        needles = (f'"{name}":"{value}"' for value in values)
        having = (document.contains(needle, autoescape=True) for needle in needles)
        query = query.where(or_(false(), *having))
    for key, told in connection.execute(query.execution_options(yield_per=_ROWS)):
        fields = json.loads(str(told))
        if fields[name] in values:
            yield key, fields


def _of_document(key: str, fields: _Fields) -> PastCitation:
    type_name, _, subject = fields["subject"].partition(":")
    supports = fields["stance"] == Stance.SUPPORTS.name
    article = Ref("Article", fields["article"])
    return PastCitation(Ref("Citation", key), article, Ref(type_name, subject), supports)


def _recorded(connection: Connection, ref: Ref, column: str) -> Iterator[PastCitation]:
    meetings = {f"meeting_{alias}": _MEETING.format(alias) for alias in "asw"}
    query = text(_RECORDED.format(column=column, **meetings))
    for key, stance, article, *subject in connection.execute(query, ref._asdict()):
        supports = stance == Stance.SUPPORTS.name
        yield PastCitation(Ref("Citation", key), Ref("Article", article), Ref(*subject), supports)
