"""The articles of an issue as they are stored, for whoever adds another.

In: an open transaction, a publication, the number of an issue, or a day of articles without one.
Out: rows, or an index in which to look for copies.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from kb.archive.duplicates import DuplicateIndex, Wording
from kb.citations import article_texts
from kb.models import Article, Publication
from kb.records.rows import Ref

_Row = Row[int, str, str, str, str | None]


def read_duplicate_index(
    connection: Connection, publication: Ref, issue_number: int | None, day: str = ""
) -> DuplicateIndex:
    """By their texts too."""
    rows = read_issue(connection, publication, issue_number, day)
    texts = article_texts.read_texts(connection, [number for number, *_ in rows])
    index = DuplicateIndex()
    for number, key, headline, dated_on, _ in rows:
        index.add(Wording(key, dated_on, headline, texts[number]))
    return index


def read_issue(
    connection: Connection, publication: Ref, number: int | None, day: str = ""
) -> Sequence[_Row]:
    """Number, key, headline and dates of its articles; the first that was stored comes last.

    Without a number, they are those of the day that have none.
    """
    numbered = col(Article.issue_number) == number
    unnumbered = col(Article.issue_number).is_(None) & (col(Article.dated_on) == day)
    wanted = (
        select(
            col(Article.id),
            col(Article.key),
            col(Article.headline),
            col(Article.dated_on),
            col(Article.issued_on),
        )
        .join(Publication, col(Publication.id) == col(Article.publication_id))
        .where(col(Publication.key) == publication.key, unnumbered if number is None else numbered)
        .order_by(col(Article.id).desc())
    )
    return connection.execute(wanted).all()
