"""Mentions as they were known on a day, kept up with the names of records.

In: an open write transaction, articles that were written or looked through for names, and the
records whose names, or the days of these, are others now (`NameChanges`). Out: nothing; `mention`
holds how often each article names each record, from one day until before another. Most records have
had the same names ever since they show: articles that name no others are not read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select
from sqlalchemy.sql.schema import Table as SqlTable
from sqlmodel import col

from kb import database
from kb.citations import article_texts
from kb.citations.article_texts import MENTIONED_TYPES
from kb.citations.mentions import Names
from kb.database.in_array import in_array, in_bound
from kb.database.prepared import fetch_rows
from kb.derive.history import Columns
from kb.derive.mentions_as_known import (
    DatedMention,
    KnownNames,
    NameSteps,
    former_names,
    name_steps,
)
from kb.models import VERSIONS, Article, Mention, Table
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.progress import Told, counted, tell_nobody
from kb.records.documents import FORMS
from kb.records.id_set import IdSet
from kb.records.record_tables import RECORD_TABLES, batches
from kb.records.traits import NameTrait, fields_of_document

_MENTION = Table.metadata.tables["mention"]
_COLUMNS = ("article_id", "subject_id", "known_from", "known_to", "count", "outside_text")
_MOST_NAMES = 20
"""So many names are looked for one by one; for more, every article is due."""
DatedMentions = Mapping[int, set[DatedMention]]
"""By article."""


class NameChanges:
    """Records whose names by day are others than before, and the names they no longer have."""

    def __init__(self) -> None:
        self._records, self._former = IdSet(), set[str]()

    def note(
        self, type_name: str, number: int, before: Iterable[Columns], after: Iterable[Columns]
    ) -> None:
        """The versions of a record then and now; a name that it always had changes no day."""
        then, now = name_steps(type_name, before), name_steps(type_name, after)
        if then != now and max(len(then), len(now)) > 1:
            self._records.add(number)
            self._former.update(*(former_names(steps) for steps in (then, now) if steps))

    def note_removed(self, connection: Connection, numbers: Collection[int]) -> None:
        for type_name in MENTIONED_TYPES if numbers else ():
            table = VERSIONS[RECORD_TABLES[type_name]]
            of_removed = select(table).where(in_array(table.c.id, numbers))
            for number, versions in _by_record(connection, table, of_removed):
                self.note(type_name, number, versions, ())

    def articles(self, connection: Connection) -> Iterator[int]:
        """Those that name one of these, or might."""
        subject = col(Mention.subject_id)
        for batch in batches(self._records):
            query = select(col(Mention.article_id)).where(in_array(subject, batch))
            yield from connection.execute(query.distinct()).scalars()
        if len(self._former) > _MOST_NAMES:
            yield from connection.execute(select(col(Article.id))).scalars()
        elif self._former:
            yield from article_texts.find_articles_naming(connection, self._former)


def update_mention_days(
    connection: Connection,
    articles: Iterable[int],
    changes: NameChanges,
    told: Told = tell_nobody,
) -> None:
    """Write the mentions of the articles among these records, and of those that the changes bear
    on, where they differ."""
    due, mentions = IdSet(chain(articles, changes.articles(connection))), MentionDays(connection)
    for batch in counted(told, "Names in texts", batches(due), len(due)):
        days = mentions.read_days(batch)
        stored = read_dated_mentions(connection, days.keys())
        wanted = mentions.derive(days, stored)
        changed = [article for article in wanted if wanted[article] != stored[article]]
        if changed:
            connection.execute(_DELETE, {"ids": changed})
        rows = [
            dict(zip(_COLUMNS, (article, *mention), strict=True))
            for article in changed
            for mention in wanted[article]
        ]
        database.insert(connection, _MENTION, rows)


_DELETE = delete(_MENTION).where(in_bound(_MENTION.c.article_id))


def find_stale_mentions(
    connection: Connection, mentions: "MentionDays", batch: Sequence[int]
) -> list[int]:
    """The articles among these records of which other mentions are stored than they have."""
    days = mentions.read_days(batch)
    stored = read_dated_mentions(connection, days.keys())
    wanted = mentions.derive(days, stored)
    return [article for article in wanted if wanted[article] != stored[article]]


def read_dated_mentions(connection: Connection, articles: Collection[int]) -> DatedMentions:
    """What is stored of these articles."""
    stored: defaultdict[int, set[DatedMention]] = defaultdict(set)
    for article, *mention in fetch_rows(connection, _STORED, ids=articles) if articles else ():
        stored[article].add(DatedMention(*mention))
    return stored


_STORED: Select[Any] = select(*(_MENTION.c[name] for name in _COLUMNS)).where(
    in_bound(_MENTION.c.article_id)
)


class MentionDays:
    """Mentions by day, worked out of the names that records had, which are read when needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def derive(self, days: Mapping[int, str], stored: DatedMentions) -> DatedMentions:
        """Of these articles and the days from which they are known: by the texts of those that name
        a record which had other names at times; of others as they are stored, on all days."""
        wanted = {article: {*map(_on_all_days, _newest(stored[article]))} for article in days}
        for article, texts in self._read_varying(days, stored).items():
            wanted[article] = self._names.mentions(texts, days[article])
        return wanted

    def read_days(self, batch: Sequence[int]) -> dict[int, str]:
        """Of the articles among these records, the days from which they are known."""
        return dict(fetch_rows(self._connection, _DAYS, ids=batch))

    def _read_varying(
        self, articles: Collection[int], stored: DatedMentions
    ) -> dict[int, Sequence[str]]:
        """The texts of the articles whose mentions may differ by day."""
        if not (articles and self._steps):
            return {}
        naming = {
            article
            for article in articles
            if any(mention.subject_id in self._steps for mention in stored[article])
        }
        read = articles if self._former_names else naming
        texts = article_texts.read_texts(self._connection, read)
        searched = article_texts.with_headlines(self._connection, texts)
        return {
            article: its
            for article, its in searched.items()
            if article in naming or self._former.count(its)
        }

    @cached_property
    def _steps(self) -> Mapping[int, NameSteps]:
        return {
            number: name_steps(type_name, versions)
            for type_name in sorted(MENTIONED_TYPES)
            for number, versions in _read_renamed(self._connection, type_name)
        }

    @cached_property
    def _former_names(self) -> set[str]:
        return set().union(*map(former_names, self._steps.values()))

    @cached_property
    def _former(self) -> Names:
        return Names((0, name) for name in self._former_names)

    @cached_property
    def _names(self) -> KnownNames:
        return KnownNames(article_texts.names_with_ids(self._connection), self._steps)


_DAYS = select(col(Article.id), col(Article.known_from)).where(in_bound(col(Article.id)))


def _newest(mentions: Iterable[DatedMention]) -> Iterator[DatedMention]:
    return (mention for mention in mentions if mention.known_to == AFTER_ALL)


def _on_all_days(mention: DatedMention) -> DatedMention:
    return mention._replace(known_from=BEFORE_ALL, known_to=AFTER_ALL)


def _read_renamed(
    connection: Connection, type_name: str
) -> Iterator[tuple[int, Sequence[Columns]]]:
    """The versions of those records that differ in a name, oldest first."""
    table = VERSIONS[RECORD_TABLES[type_name]]
    other = table.alias()
    fields = fields_of_document(FORMS[type_name]).values()
    names = [field.column for field in fields if field.has(NameTrait)]
    differs = or_(*(other.c[name].is_distinct_from(table.c[name]) for name in names))
    renamed = select(other.c.id).where(other.c.id == table.c.id, differs).exists()
    yield from _by_record(connection, table, select(table).where(renamed))


def _by_record(
    connection: Connection, table: SqlTable, query: Select[Any]
) -> Iterator[tuple[int, Sequence[Columns]]]:
    rows = connection.execute(query.order_by(table.c.id, table.c.known_from)).mappings()
    for number, versions in groupby(rows, key=lambda row: int(row["id"])):
        yield number, [{**row} for row in versions]
