"""Since when articles, publications and citations show, which no history says of them.

In: an open write transaction, and numbers of records. Out: nothing; the days from which they show
are written where others are stored. `ARTICLE_DAYS` and the others are the statements that find
these, for whoever only looks.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Select, case, func, or_, select

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows
from kb.models import Table
from kb.models.base import BEFORE_ALL

_TABLES = Table.metadata.tables
_RECORD, _ARTICLE, _CITATION = (_TABLES[name] for name in ("record", "article", "citation"))
FirstDays = Select[int, str]
"""Numbers of records, with the day from which each shows."""


def update_first_days(
    connection: Connection, first_days: FirstDays, batch: Collection[int]
) -> None:
    """`first_days` are those of which others are stored."""
    changed = fetch_rows(connection, first_days, ids=batch)
    for table, column in ((_RECORD, "known_from"), (_CITATION, "visible_from")):
        rows = [{"id": number, column: since} for number, since in changed]
        database.update(connection, table, rows)


def _changed(first_days: FirstDays) -> FirstDays:
    """Those for which another day is stored."""
    wanted = first_days.subquery()
    stored = func.coalesce(_CITATION.c.visible_from, _RECORD.c.known_from)
    return (
        select(wanted.c.id, wanted.c.since)
        .join(_RECORD, _RECORD.c.id == wanted.c.id)
        .outerjoin(_CITATION, _CITATION.c.id == wanted.c.id)
        .where(or_(stored != wanted.c.since, _RECORD.c.known_from != wanted.c.since))
    )


def _article_days() -> FirstDays:
    since = _ARTICLE.c.known_from.label("since")
    return select(_ARTICLE.c.id, since).where(in_bound(_ARTICLE.c.id))


def _publication_days() -> FirstDays:
    """From their first article on; these, and those of these articles."""
    publication = _TABLES["publication"]
    first = select(func.min(_ARTICLE.c.known_from))
    first = first.where(_ARTICLE.c.publication_id == publication.c.id)
    since = func.coalesce(first.scalar_subquery(), BEFORE_ALL)
    appeared = select(_ARTICLE.c.publication_id).where(in_bound(_ARTICLE.c.id))
    concerned = or_(in_bound(publication.c.id), publication.c.id.in_(appeared))
    return select(publication.c.id, since.label("since")).where(concerned)


def _citation_days() -> FirstDays:
    """Once both the article and the subject show."""
    article, subject = _RECORD.alias(), _RECORD.alias()
    later = article.c.known_from > subject.c.known_from
    since = case((later, article.c.known_from), else_=subject.c.known_from)
    return (
        select(_CITATION.c.id, since.label("since"))
        .join(article, article.c.id == _CITATION.c.article_id)
        .join(subject, subject.c.id == _CITATION.c.subject_id)
        .where(in_bound(_CITATION.c.id))
    )


ARTICLE_DAYS, PUBLICATION_DAYS, CITATION_DAYS = (
    _changed(days) for days in (_article_days(), _publication_days(), _citation_days())
)
