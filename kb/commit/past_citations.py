"""The citations that ever were, also those of which the past alone tells.

In: an open transaction, and articles or records. Out: which citations stood in them or spoke of
them, by the change feed and by what was recorded at each revision; either may go back further.
"""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, or_, select, text
from sqlmodel import col

from kb.models import Change, Stance
from kb.records.rows import Ref

_AT_ONCE = 100
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


def read_citations_in(connection: Connection, articles: Iterable[Ref]) -> set[PastCitation]:
    needles = {article: f'"article":"{article.key}"' for article in articles}
    return _read(connection, needles, "article_id")


def read_citations_of(connection: Connection, subjects: Iterable[Ref]) -> set[PastCitation]:
    needles = {subject: f'"subject":"{subject.type}:{subject.key}"' for subject in subjects}
    return _read(connection, needles, "subject_id")


def _read(connection: Connection, needles: dict[Ref, str], column: str) -> set[PastCitation]:
    """Each document that has the text of a needle, and each row with a number of its record."""
    fed = set(_fed(connection, [*needles.values()]))
    return fed.union(*(_recorded(connection, ref, column) for ref in needles))


def _fed(connection: Connection, needles: list[str]) -> Iterator[PastCitation]:
    document = col(Change.document)
    query = select(col(Change.key), document).where(col(Change.type) == "Citation")
    for start in range(0, len(needles), _AT_ONCE):
        some = needles[start : start + _AT_ONCE]
        having = or_(*(document.contains(each, autoescape=True) for each in some))
        for key, told in connection.execute(query.where(having)):
            yield _of_document(key, json.loads(str(told)))


def _of_document(key: str, fields: dict[str, str]) -> PastCitation:
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
