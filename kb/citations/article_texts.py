"""What is derived from articles' words: whether citations hold, and who is mentioned.

In: an open write transaction and the articles concerned. Out: the ids of the records that are not
as they were: citations whose words were found or lost, articles whose mentions changed.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, update
from sqlmodel import col

from kb import database
from kb.citations.anchors import Anchor, holds
from kb.citations.mentions import Names, longest_word
from kb.database.in_array import among
from kb.models import Article, Citation, Mention, Paragraph, Table
from kb.records.documents import FORMS
from kb.records.record_tables import OWN, batches
from kb.records.rows import Row
from kb.records.traits import DocumentField, NameTrait, fields_of_document
from kb.records.types import RECORD_TYPES

Texts = Mapping[int, Sequence[str]]
"""The paragraphs of articles, by the article's number."""
_TABLES = Table.metadata.tables
NAMED = frozenset(each.name for each in RECORD_TYPES if each.mentioned)
"""The types whose names are looked for."""


def read_names(connection: Connection) -> Names:
    """The names of everyone who can be mentioned."""
    return Names(_named(connection))


def _named(connection: Connection) -> Iterator[tuple[int, str]]:
    for kind in sorted(NAMED):
        for row in connection.execute(select(_TABLES[OWN[kind]])).mappings():
            yield from ((row["id"], name) for name in names_of(kind, {**row}))


def names_of(kind: str, own: Row) -> set[str]:
    """What articles may call a record of this type."""
    fields = fields_of_document(FORMS[kind]).values()
    names = (_texts_of(field, own) for field in fields if field.has(NameTrait))
    return {str(name) for some in names for name in some if name}


def _texts_of(field: DocumentField, own: Row) -> Sequence[object]:
    """A list that is no JSON is none."""
    value = own[field.column]
    if not field.many:
        return [value]
    try:
        texts: list[str] = json.loads(str(value))
    except ValueError:
        return []
    return texts


def read_paragraphs(connection: Connection, article: int) -> list[str]:
    """The article's text, empty until it is ingested."""
    return read_texts(connection, [article])[article]


def read_texts(connection: Connection, articles: Collection[int]) -> dict[int, list[str]]:
    """The text of each of these articles."""
    found: dict[int, list[str]] = {article: [] for article in articles}
    asked = select(col(Paragraph.article_id), col(Paragraph.text)).order_by(col(Paragraph.number))
    for batch in batches(articles):
        rows = connection.execute(asked.where(among(col(Paragraph.article_id), batch))).all()
        for article, text in rows:
            found[article].append(text)
    return found


def read_anchors(connection: Connection, article: int) -> dict[str, Anchor]:
    """Where the citations of an article say that their words stand, by their keys."""
    citation = _TABLES["citation"].c
    asked = select(citation.key, citation.paragraph, citation.start_at, citation.end_at)
    rows = connection.execute(
        asked.add_columns(citation.sha256).where(citation.article_id == article)
    ).all()
    return {key: Anchor(*anchor) for key, *anchor in rows}


def write_texts(connection: Connection, found: Texts) -> set[int]:
    """Replace the texts of these articles where they differ; tells where they did."""
    stored = read_texts(connection, found.keys())
    changed = {article for article, text in found.items() if stored[article] != [*text]}
    for batch in batches([article for article in changed if stored[article]]):
        connection.execute(delete(Paragraph).where(among(col(Paragraph.article_id), batch)))
    rows = [
        {"article_id": article, "number": number, "text": text}
        for article in sorted(changed)
        for number, text in enumerate(found[article], 1)
    ]
    database.insert(connection, _TABLES["paragraph"], rows)
    return changed


def derive(connection: Connection, found: Texts, names: Names) -> set[int]:
    """Verify the citations of these articles, and find who they mention."""
    return verify(connection, found) | mention(connection, found, names)


def read_naming(connection: Connection, names: Collection[str]) -> set[int]:
    """The articles whose words are one of these names, and perhaps some more."""
    found: set[int] = set()
    wanted = Names((0, name) for name in names)
    for word in {longest for name in names if (longest := longest_word(name))}:
        text = col(Paragraph.text).contains(word)
        found.update(connection.execute(select(col(Paragraph.article_id)).where(text)).scalars())
        asked = select(col(Article.id), col(Article.headline), col(Article.summary))
        if word.isascii():
            like = f"%{word}%"
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


def verify(
    connection: Connection, found: Texts, citations: Collection[int] | None = None
) -> set[int]:
    """The citations whose words were found or lost; of these articles, all or only some."""
    if citations is None:
        asked = (among(col(Citation.article_id), batch) for batch in batches(found.keys()))
    else:
        asked = (among(col(Citation.id), batch) for batch in batches(citations))
    changed = {
        citation
        for mine in asked
        for citation, verified, article, *anchor in connection.execute(_ANCHORED.where(mine)).all()
        if verified != holds(Anchor(*anchor), found[article])
    }
    for batch in batches(changed):
        flip = update(Citation).where(among(col(Citation.id), batch))
        connection.execute(flip.values(verified=~col(Citation.verified)))
    return changed


# Nothing tells mypy what so many columns are.
_ANCHORED: Select[*tuple[Any, ...]] = select(
    *(_TABLES["citation"].c[name] for name in ("id", "verified", "article_id")),
    *(_TABLES["citation"].c[name] for name in ("paragraph", "start_at", "end_at", "sha256")),
)


def mention(connection: Connection, found: Texts, names: Names) -> set[int]:
    """The articles that name others than is stored."""
    changed: set[int] = set()
    for batch in batches(found.keys()):
        counted = count_mentions(connection, {one: found[one] for one in batch}, names)
        stored = read_mentions(connection, batch)
        differing = [one for one in batch if counted[one] != stored[one]]
        connection.execute(delete(Mention).where(among(col(Mention.article_id), differing)))
        rows = [
            {"article_id": article, "subject_id": subject, "count": count}
            for article in differing
            for subject, count in counted[article].items()
        ]
        database.insert(connection, _TABLES["mention"], rows)
        changed.update(differing)
    return changed


def count_mentions(connection: Connection, found: Texts, names: Names) -> dict[int, dict[int, int]]:
    """How often the words of each article name each record; no more than a statement takes."""
    asked = select(col(Article.id), col(Article.headline), col(Article.summary))
    rows = connection.execute(asked.where(among(col(Article.id), found.keys())))
    return {
        article: dict(names.count((headline, summary or "", *found[article])))
        for article, headline, summary in rows
    }


def read_mentions(
    connection: Connection, articles: Collection[int]
) -> defaultdict[int, dict[int, int]]:
    """The same as it is stored."""
    stored: defaultdict[int, dict[int, int]] = defaultdict(dict)
    asked = select(col(Mention.article_id), col(Mention.subject_id), col(Mention.count))
    for article, subject, count in connection.execute(
        asked.where(among(col(Mention.article_id), articles))
    ):
        stored[article][subject] = count
    return stored
