"""The articles of an issue, or of about a day, as they are stored, for whoever adds another.

In: an open transaction, a publication, the number of an issue, or a day. Out: `StoredArticle`s, or
an index in which to look for copies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, select
from sqlmodel import col

from kb.archive.duplicates import DuplicateIndex, Wording
from kb.citations import article_texts
from kb.models import Article, Publication, Table
from kb.records.rows import Ref

_DAY = timedelta(days=1)
_EARLIEST = Table.metadata.tables["article"].c.dated_earliest
_TOLD = {
    "issueNumber": col(Article.issue_number),
    "issuedOn": col(Article.issued_on),
    "place": col(Article.place),
    "kind": col(Article.kind),
    "author": col(Article.author),
    "url": col(Article.url),
}
TOLD = tuple(_TOLD)
"""Fields that pages tell, besides what an article is told by."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A stored article; `told` are its `TOLD`, and `new` the records added with it."""

    id: int
    key: str
    headline: str
    dated_on: str
    told: Mapping[str, object]
    new: frozenset[int] = frozenset()


def read_duplicate_index(
    connection: Connection, publication: Ref, issue_number: int | None, day: str = ""
) -> DuplicateIndex:
    """By their texts too."""
    articles = read_issue(connection, publication, issue_number, day)
    texts = article_texts.read_texts(connection, [article.id for article in articles])
    index = DuplicateIndex()
    for article in articles:
        text = texts[article.id]
        index.add(Wording(article.key, article.dated_on, article.headline, text))
    return index


def read_issue(
    connection: Connection, publication: Ref, number: int | None, day: str = ""
) -> Sequence[StoredArticle]:
    """Its articles; the first that was stored comes last.

    Without a number, they are those of the day that have none.
    """
    numbered = col(Article.issue_number) == number
    unnumbered = col(Article.issue_number).is_(None) & (col(Article.dated_on) == day)
    return _read(connection, publication, unnumbered if number is None else numbered)


def read_about(connection: Connection, publication: Ref, day: date) -> Sequence[StoredArticle]:
    """Those of any issue that were written on the day, or on the one before or after it."""
    first, last = day - _DAY, day + _DAY
    about = _EARLIEST.between(first.isoformat(), last.isoformat())
    return _read(connection, publication, about)


def _read(
    connection: Connection, publication: Ref, which: ColumnElement[bool]
) -> Sequence[StoredArticle]:
    columns = col(Article.id), col(Article.key), col(Article.headline), col(Article.dated_on)
    wanted = (
        select(*columns, *_TOLD.values())
        .join(Publication, col(Publication.id) == col(Article.publication_id))
        .where(col(Publication.key) == publication.key, which)
        .order_by(col(Article.id).desc())
    )
    return [
        StoredArticle(number, key, headline, dated_on, dict(zip(TOLD, told, strict=True)))
        for number, key, headline, dated_on, *told in connection.execute(wanted)
    ]
