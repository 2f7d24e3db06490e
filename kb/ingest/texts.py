"""What is derived from articles' words: whether citations hold, and who is mentioned.

In: an open write transaction and the articles concerned. Out: the ids of the records that are not
as they were: citations whose words were found or lost, articles whose mentions changed.
"""

import json
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlmodel import col

from kb.ingest.anchors import Anchor, holds
from kb.ingest.mentions import Names, longest_word
from kb.ingest.records import Row
from kb.models import Article, Citation, Mention, Paragraph, Table

_TABLES = Table.metadata.tables
NAMED = frozenset({"Organisation", "State", "Official"})
"""The types whose names are looked for."""


def read_names(connection: Connection) -> Names:
    """The names of everyone who can be mentioned."""
    return Names(_named(connection))


def _named(connection: Connection) -> Iterator[tuple[int, str]]:
    for kind in sorted(NAMED):
        for row in connection.execute(select(_TABLES[kind.lower()])).mappings():
            yield from ((row["id"], name) for name in names_of({**row}))


def names_of(own: Row) -> set[str]:
    """What articles may call a record; aliases that are no JSON are none."""
    try:
        aliases: list[str] = json.loads(str(own["aliases"]))
    except ValueError:
        aliases = []
    names = (own.get(name) for name in ("name", "acronym", "official_name"))
    return {str(one) for one in (*names, *aliases) if one}


def read_paragraphs(connection: Connection, article: int) -> list[str]:
    """The article's text, empty until it is ingested."""
    wanted = select(col(Paragraph.text)).where(col(Paragraph.article_id) == article)
    return list(connection.execute(wanted.order_by(col(Paragraph.number))).scalars())


def write_paragraphs(connection: Connection, article: int, paragraphs: Sequence[str]) -> None:
    """Replace the article's text."""
    connection.execute(delete(Paragraph).where(col(Paragraph.article_id) == article))
    rows = [
        {"article_id": article, "number": number, "text": text}
        for number, text in enumerate(paragraphs, 1)
    ]
    if rows:
        connection.execute(insert(Paragraph), rows)


def derive(
    connection: Connection, article: int, paragraphs: Sequence[str], names: Names
) -> set[int]:
    """Verify the article's citations, and find who it mentions."""
    return verify(connection, article, paragraphs) | mention(connection, article, paragraphs, names)


def read_naming(connection: Connection, names: Collection[str]) -> set[int]:
    """The articles whose words are one of these names, and perhaps some more."""
    found: set[int] = set()
    wanted = Names((0, name) for name in names)
    for word in {longest for name in names if (longest := longest_word(name))}:
        text = col(Paragraph.text).contains(word)
        found.update(connection.execute(select(col(Paragraph.article_id)).where(text)).scalars())
        asked = select(col(Article.id), col(Article.headline), col(Article.summary))
        if word.isascii():
            # These are as they were written; the sign for Kelvin is a K once normalised.
            like = f"%{word.replace('K', '_')}%"
            asked = asked.where(
                or_(*(one.like(like) for one in (col(Article.headline), col(Article.summary))))
            )
        for number, headline, summary in connection.execute(asked):
            if wanted.count((headline, summary or "")):
                found.add(number)
    return found


def count_verified(connection: Connection) -> tuple[int, int]:
    """Citations of articles with a text: those whose words are there, and those that are not."""
    with_text = col(Citation.article_id).in_(select(col(Paragraph.article_id)))
    asked = select(func.count()).where(with_text)
    held, all_of_them = (
        connection.execute(question).scalar_one()
        for question in (asked.where(col(Citation.verified)), asked)
    )
    return held, all_of_them - held


def verify(connection: Connection, article: int, paragraphs: Sequence[str]) -> set[int]:
    """The citations whose words were found or lost."""
    asked = select(
        col(Citation.id),
        col(Citation.verified),
        col(Citation.paragraph),
        col(Citation.start_at),
        col(Citation.end_at),
        col(Citation.sha256),
    ).where(col(Citation.article_id) == article)
    changed = {
        citation
        for citation, verified, number, start, end, sha256 in connection.execute(asked)
        if verified != holds(Anchor(number, start, end, sha256), paragraphs)
    }
    if not changed:
        return changed
    flip = update(Citation).where(col(Citation.id).in_(changed))
    connection.execute(flip.values(verified=~col(Citation.verified)))
    return changed


def mention(
    connection: Connection, article: int, paragraphs: Sequence[str], names: Names
) -> set[int]:
    """The article, if it names others than is stored."""
    found, stored = count_mentions(connection, article, paragraphs, names)
    if found == stored:
        return set()
    connection.execute(delete(Mention).where(col(Mention.article_id) == article))
    rows = [
        {"article_id": article, "subject_id": subject, "count": count}
        for subject, count in found.items()
    ]
    if rows:
        connection.execute(insert(Mention), rows)
    return {article}


def count_mentions(
    connection: Connection, article: int, paragraphs: Sequence[str], names: Names
) -> tuple[dict[int, int], dict[int, int]]:
    """How often the article's words name each record, and what is stored of that."""
    asked = select(col(Article.headline), col(Article.summary)).where(col(Article.id) == article)
    headline, summary = connection.execute(asked).one()
    stored = select(col(Mention.subject_id), col(Mention.count)).where(
        col(Mention.article_id) == article
    )
    found = names.count((headline, summary or "", *paragraphs))
    return dict(found), dict(connection.execute(stored).all())
