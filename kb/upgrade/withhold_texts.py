"""What is withheld with the texts, filled in for articles that were there before it was stored.

In: the open transaction of a migration. Out: nothing; mentions outside of texts, and the digests of
documents without texts, stand beside those of the whole.
"""

from sqlalchemy import Connection, select, update
from sqlmodel import col

from kb.citations import article_texts
from kb.commit.hashes import Total, digests
from kb.models import Article, Snapshot, Tally
from kb.records import record_tables
from kb.records.id_set import IdSet


def withhold_texts(connection: Connection) -> None:
    """No change of the feed: nothing that a record says is another."""
    _count_mentions(connection)
    connection.execute(update(Snapshot).values(textless_sha256=col(Snapshot.sha256)))
    connection.execute(update(Tally).values(textless_checksum=col(Tally.checksum)))
    articles, total = col(Snapshot.type) == "Article", Total()
    keys = connection.execute(select(col(Snapshot.key)).where(articles)).scalars().all()
    for key in keys:
        of_key = articles, col(Snapshot.key) == key
        document = connection.execute(select(col(Snapshot.document)).where(*of_key)).scalar_one()
        _, textless = digests(document)
        total.add(textless)
        connection.execute(update(Snapshot).where(*of_key).values(textless_sha256=textless))
    of_articles = update(Tally).where(col(Tally.type) == "Article")
    connection.execute(of_articles.values(textless_checksum=total.checksum()))


def _count_mentions(connection: Connection) -> None:
    names = article_texts.read_names(connection)
    for batch in record_tables.batches(
        IdSet(connection.execute(select(col(Article.id))).scalars())
    ):
        texts = article_texts.read_texts(connection, batch)
        article_texts.update_mentions(connection, texts, names)
