"""The articles of an issue as they are stored, for whoever adds another.

In: an open transaction, a publication, the number of an issue. Out: rows, or what an article may be
a copy of.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from kb.archive.duplicates import DuplicateIndex, Wording
from kb.citations import article_texts
from kb.models import Article, Publication
from kb.records.rows import Ref

_Row = Row[int, str, str, str, str | None]


def read_likely(connection: Connection, publication: Ref, number: int) -> DuplicateIndex:
    """With their texts."""
    rows = read_issue(connection, publication, number)
    written = article_texts.read_texts(connection, [own for own, *_ in rows])
    likely = DuplicateIndex()
    for own, key, headline, dated_on, _ in rows:
        likely.add(Wording(key, dated_on, headline, written[own]))
    return likely


def read_issue(connection: Connection, publication: Ref, number: int) -> Sequence[_Row]:
    """Number, key, headline and dates of its articles; the first that was stored comes last."""
    wanted = (
        select(
            col(Article.id),
            col(Article.key),
            col(Article.headline),
            col(Article.dated_on),
            col(Article.issued_on),
        )
        .join(Publication, col(Publication.id) == col(Article.publication_id))
        .where(col(Publication.key) == publication.key, col(Article.issue_number) == number)
        .order_by(col(Article.id).desc())
    )
    return connection.execute(wanted).all()
