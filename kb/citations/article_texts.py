"""Texts of articles, and what is derived from them: verified citations and mentions.

In: an open write transaction and the articles concerned. Out: the ids of the records that changed:
citations whose words were found or lost, articles whose mentions are others.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, update
from sqlmodel import col

from kb import database
from kb.citations.anchors import Anchor, anchor_holds
from kb.citations.mentions import Names, Times, longest_word
from kb.database.in_array import in_array, in_bound
from kb.database.prepared import fetch_rows
from kb.models import Article, Citation, Mention, Paragraph, Table
from kb.models.base import AFTER_ALL
from kb.records.documents import FORMS
from kb.records.record_tables import RECORD_TABLES, batches
from kb.records.traits import DocumentField, NameTrait, fields_of_document
from kb.records.types import RECORD_TYPES

Texts = Mapping[int, Sequence[str]]
"""The paragraphs of articles, by the article's number."""
_TABLES = Table.metadata.tables
_NONE = "[]"
"""An empty list as it is stored, which most are."""
_OUTSIDE_TEXT = 2
"""Of all that names are looked for in, the headline and the summary."""
MENTIONED_TYPES = frozenset(each.name for each in RECORD_TYPES if each.mentioned)
"""The types of records whose names are searched for in texts."""


def read_names(connection: Connection) -> Names:
    """The names of everyone who can be mentioned."""
    return Names(names_with_ids(connection))


def names_with_ids(connection: Connection) -> Iterator[tuple[int, str]]:
    """The names of each, beside its number."""
    for record_type in sorted(MENTIONED_TYPES):
        table = _TABLES[RECORD_TABLES[record_type]]
        columns = ["id", *(field.column for field in _name_fields(record_type))]
        for row in connection.execute(select(*(table.c[name] for name in columns))):
            named = dict(zip(columns, row, strict=True))
            yield from ((row[0], name) for name in names_of(record_type, named))


def names_of(record_type: str, row: Mapping[str, object]) -> set[str]:
    """What articles may call a record of this type."""
    names = (_texts_of(field, row) for field in _name_fields(record_type))
    return {str(name) for some in names for name in some if name}


@cache
def _name_fields(record_type: str) -> Sequence[DocumentField]:
    """A record type has a few, and each record of it is asked for them."""
    fields = fields_of_document(FORMS[record_type]).values()
    return [field for field in fields if field.has(NameTrait)]


def _texts_of(field: DocumentField, row: Mapping[str, object]) -> Sequence[object]:
    """The texts of a field, which may be a list; a stored list that is no JSON counts as empty."""
    value = row[field.column]
    if not field.many:
        return [value]
    if value == _NONE:
        return []
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
    texts: dict[int, list[str]] = {article: [] for article in articles}
    for batch in batches(articles):
        for article, text in fetch_rows(connection, _PARAGRAPHS, ids=batch):
            texts[article].append(text)
    return texts


_PARAGRAPHS = (
    select(col(Paragraph.article_id), col(Paragraph.text))
    .where(in_bound(col(Paragraph.article_id)))
    .order_by(col(Paragraph.number))
)


def read_anchors(connection: Connection, article: int) -> dict[str, Anchor]:
    """Where the citations of an article that name words say that these stand, by their keys."""
    citation = _TABLES["citation"].c
    query = select(citation.key, citation.paragraph, citation.start_at, citation.end_at)
    rows = connection.execute(
        query.add_columns(citation.sha256).where(
            citation.article_id == article, citation.paragraph.is_not(None)
        )
    ).all()
    return {key: Anchor(*anchor) for key, *anchor in rows}


def write_texts(connection: Connection, texts: Texts) -> set[int]:
    """Replace the texts of these articles where they differ; returns the articles that changed."""
    stored = read_texts(connection, texts.keys())
    changed = {article for article, text in texts.items() if stored[article] != [*text]}
    for batch in batches([article for article in changed if stored[article]]):
        connection.execute(delete(Paragraph).where(in_array(col(Paragraph.article_id), batch)))
    rows = [
        {"article_id": article, "number": number, "text": text}
        for article in sorted(changed)
        for number, text in enumerate(texts[article], 1)
    ]
    database.insert(connection, _TABLES["paragraph"], rows)
    return changed


def update_from_texts(connection: Connection, texts: Texts, names: Names) -> set[int]:
    """Bring `verified` and mentions up to date with the texts; returns the ids that changed."""
    return update_verified(connection, texts) | update_mentions(connection, texts, names)


def find_articles_naming(connection: Connection, names: Collection[str]) -> set[int]:
    """The articles whose words contain one of these names, and perhaps some more."""
    articles: set[int] = set()
    searched = Names((0, name) for name in names)
    for word in {longest for name in names if (longest := longest_word(name))}:
        text = col(Paragraph.text).contains(word)
        articles.update(connection.execute(select(col(Paragraph.article_id)).where(text)).scalars())
        query = select(col(Article.id), col(Article.headline), col(Article.summary))
        if word.isascii():
            like = f"%{word}%"
            query = query.where(
                or_(
                    *(column.like(like) for column in (col(Article.headline), col(Article.summary)))
                )
            )
        for number, headline, summary in connection.execute(query):
            if searched.count((headline, summary or "")):
                articles.add(number)
    return articles


def count_verified(connection: Connection) -> tuple[int, int]:
    """Citations of words in articles with a text: those whose words are there, and the others."""
    with_text = col(Citation.article_id).in_(select(col(Paragraph.article_id)))
    query = select(func.count()).where(with_text, col(Citation.paragraph).is_not(None))
    verified, all_of_them = (
        connection.execute(count_query).scalar_one()
        for count_query in (query.where(col(Citation.verified)), query)
    )
    return verified, all_of_them - verified


def update_verified(
    connection: Connection, texts: Texts, citations: Collection[int] | None = None
) -> set[int]:
    """Set `verified` of all or some citations of these articles; returns those that changed."""
    if citations is None:
        query, numbers = _ANCHORED_IN, batches(texts.keys())
    else:
        query, numbers = _ANCHORED_BY, batches(citations)
    changed = {
        citation
        for batch in numbers
        for citation, verified, article, *anchor in fetch_rows(connection, query, ids=batch)
        if verified != _stands(anchor, texts[article])
    }
    for batch in batches(changed):
        toggle = update(Citation).where(in_array(col(Citation.id), batch))
        connection.execute(toggle.values(verified=~col(Citation.verified)))
    return changed


def _stands(anchor: Sequence[Any], paragraphs: Sequence[str]) -> bool:
    """Whether the words of a citation are there; not of one that names none."""
    return None not in anchor and anchor_holds(Anchor(*anchor), paragraphs)


# SQLAlchemy has no overload for so many columns.
_ANCHORED: Select[*tuple[Any, ...]] = select(
    *(_TABLES["citation"].c[name] for name in ("id", "verified", "article_id")),
    *(_TABLES["citation"].c[name] for name in ("paragraph", "start_at", "end_at", "sha256")),
)
_ANCHORED_IN, _ANCHORED_BY = (
    _ANCHORED.where(in_bound(_TABLES["citation"].c[name])) for name in ("article_id", "id")
)


def update_mentions(connection: Connection, texts: Texts, names: Names) -> set[int]:
    """Store the mentions of these articles; returns the articles whose mentions changed.

    Of those, `kb.derive.mention_days` has to say anew how they were on earlier days.
    """
    changed: set[int] = set()
    for batch in batches(texts.keys()):
        counted = count_mentions(connection, {article: texts[article] for article in batch}, names)
        stored = read_mentions(connection, batch)
        changed_here = [article for article in batch if counted[article] != stored[article]]
        connection.execute(delete(Mention).where(in_array(col(Mention.article_id), changed_here)))
        rows = [
            {
                "article_id": article,
                "subject_id": subject,
                "count": times.whole,
                "outside_text": times.outside_text,
            }
            for article in changed_here
            for subject, times in counted[article].items()
        ]
        database.insert(connection, _TABLES["mention"], rows)
        changed.update(changed_here)
    return changed


def count_mentions(
    connection: Connection, texts: Texts, names: Names
) -> dict[int, dict[int, Times]]:
    """How often each article names each record; for no more articles than a statement takes."""
    searched = with_headlines(connection, texts)
    return {article: count_times(names, searched[article]) for article in searched}


def count_times(names: Names, searched: Sequence[str]) -> dict[int, Times]:
    """Of one article, by record: `searched` are its headline, its summary and its text."""
    outside = names.count(searched[:_OUTSIDE_TEXT])
    return {
        record: Times(count, outside[record]) for record, count in names.count(searched).items()
    }


def with_headlines(connection: Connection, texts: Texts) -> dict[int, Sequence[str]]:
    """All that names are looked for in: before these texts the headlines and summaries."""
    query = select(col(Article.id), col(Article.headline), col(Article.summary))
    rows = connection.execute(query.where(in_array(col(Article.id), texts.keys())))
    return {
        article: (headline, summary or "", *texts[article]) for article, headline, summary in rows
    }


def read_mentions(
    connection: Connection, articles: Collection[int]
) -> defaultdict[int, dict[int, Times]]:
    """The stored counts of mentions, by article and record."""
    stored: defaultdict[int, dict[int, Times]] = defaultdict(dict)
    counts = col(Mention.count), col(Mention.outside_text)
    query = select(col(Mention.article_id), col(Mention.subject_id), *counts)
    newest = col(Mention.known_to) == AFTER_ALL
    for article, subject, *times in connection.execute(
        query.where(in_array(col(Mention.article_id), articles), newest)
    ):
        stored[article][subject] = Times(*times)
    return stored
