"""One commit: records written and removed together, with all that follows from them.

In: an open write transaction and what is to be written, batch by batch. Out: the records, what is
derived from them, and the changes; or a `SeedError` with every fault, and whoever opened the
transaction must let it fail then. The same batch again changes nothing; no record is in two batches
of a commit. Memory does not grow with the number of batches.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.citations import article_texts
from kb.commit.erase import erasing
from kb.commit.feed import FeedWriter, Origin
from kb.commit.finish import WriteSet, finish, put_early
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch, SingleBatch, Task, examine
from kb.derive.issue_days import find_left_behind
from kb.errors import SeedError
from kb.models import Article
from kb.progress import Told, counted, tell_nobody
from kb.records import record_tables, write
from kb.records.id_set import IdSet
from kb.records.rows import Ref, Rows

_MOST_NAMES = 20
"""So many new names are looked for one by one; for more, every article is read."""
MOST_AT_HAND = record_tables.BATCH
"""So many records are kept as they were written, for what follows from them; more are read back,
but for the feed, which then has each as it is written."""


def commit(reading: RecordReading, batch: Batch, origin: Origin) -> None:
    """A commit of one batch."""
    task, connection = examine(reading, batch, SingleBatch()), reading.connection
    with erasing(connection, batch.taken_down):
        whole = Commit(connection)
        whole.remove({ref: task.stored[ref] for ref in batch.removed}, task.ids)
        whole.write(task)
        kept = {ref for ref in batch.taken_down if ref not in batch.removed}
        whole.touch(task.ids[ref] for ref in kept & task.ids.keys())
        removed = {*batch.removed, *(kept - task.ids.keys())}
        whole.end(origin, sorted(removed, key=record_tables.dependency_order, reverse=True))


def commit_named(
    reading: RecordReading, batch: Batch, origin: Origin, file: str, line: int = 1
) -> None:
    """The same for a command, whose faults have what it was asked for as their place."""
    try:
        commit(reading, batch, origin)
    except SeedError as error:
        faults = [replace(fault, file=file, line=line, column=0) for fault in error.faults]
        raise SeedError(faults) from None


class Commit:
    """A commit under way: what it wrote, and the records of which something follows from that."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._touched, self._concerned, self._articles = IdSet(), IdSet(), IdSet()
        self._names: set[str] = set()
        self._written: dict[int, Rows] = {}
        self._feed: FeedWriter | None = None

    def remove(self, stored: Mapping[Ref, Rows], ids: Mapping[Ref, int]) -> None:
        """Records; `ids` has what they point to as well."""
        self._note_issues(ids[ref] for ref in stored if ref.type == "Article")
        write.remove(self._connection, stored.keys(), ids)
        self._note(stored, {}, ids)
        self._concerned.update(ids[ref] for ref in stored)

    def write(self, task: Task, owners: Mapping[Ref, str] = write.NOBODY) -> None:
        """One batch, and whether the words that it cites are there; `owners` are the sets of those
        records that are nobody's yet."""
        write.clear(self._connection, task.moved, task.ids)
        written = {ref: task.wanted[ref] for ref in (*task.added, *task.changed)}
        stored = {ref: rows for ref, rows in task.stored.items() if ref in written}
        self._note_issues(task.ids[ref] for ref in stored if _is_moved(stored[ref], written[ref]))
        ids = write.replace(self._connection, written, task.ids, task.changed, owners)
        write.spread_names(self._connection, {ref: ids[ref] for ref in task.wanted})
        self._note(stored, written, ids)
        self._touched.update(ids[ref] for ref in written)
        # All that the batch holds: what is derived is thereby mended too.
        self._concerned.update(ids[ref] for ref in task.wanted)
        self._verify(task.paragraphs, written, ids)
        self._keep({ids[ref]: rows for ref, rows in written.items()})

    def touch(self, numbers: Iterable[int]) -> None:
        """Records that get a change, whether or not they differ."""
        self._touched.update(numbers)

    def concern(self, numbers: Iterable[int]) -> None:
        """Records of which something follows, whatever wrote them."""
        self._concerned.update(numbers)

    def end(self, origin: Origin, removed: Iterable[Ref], told: Told = tell_nobody) -> None:
        """Write what follows from the articles that all this bears on, and the changes."""
        self._mention(told)
        write_set = WriteSet(
            *(self._touched, self._concerned, removed),
            *(self._written, self._articles, self._feed),
        )
        finish(self._connection, write_set, origin, told)

    def _note_issues(self, leaving: Iterable[int]) -> None:
        """Note the articles of the issues that these are about to leave."""
        self._concerned.update(find_left_behind(self._connection, {*leaving}))

    def _keep(self, written: Mapping[int, Rows]) -> None:
        """Keep them at hand, if there is room for all of them; else the feed has them at once."""
        if len(self._written) + len(written) <= MOST_AT_HAND:
            self._written |= written
            return
        self._feed = put_early(self._connection, self._feed, written)

    def _note(
        self, then: Mapping[Ref, Rows], now: Mapping[Ref, Rows], ids: Mapping[Ref, int]
    ) -> None:
        """Note what others rest on: the records as they were, and as they are now."""
        both = (*then.values(), *now.values())
        subjects = (rows.row.get("subject_id") for rows in both)
        # A publication shows as early as its first article; of new ones the article tells.
        left = (rows.row.get("publication_id") for rows in then.values())
        pointed = chain(subjects, left)
        self._concerned.update(ids[ref] for ref in pointed if isinstance(ref, Ref))
        for ref in {*then, *now}:
            if ref.type in article_texts.MENTIONED_TYPES and len(self._names) <= _MOST_NAMES:
                self._names |= _names(then.get(ref)) ^ _names(now.get(ref))

    def _verify(
        self,
        paragraphs: Mapping[str, Sequence[str]],
        written: Mapping[Ref, Rows],
        ids: Mapping[Ref, int],
    ) -> None:
        """Store texts, and see where the words of citations are."""
        given = {ids[Ref("Article", key)]: text for key, text in paragraphs.items()}
        self._touched.update(article_texts.write_texts(self._connection, given))
        articles = {*given, *(ids[ref] for ref in written if ref.type == "Article")}
        self._articles.update(articles)
        self._touched.update(article_texts.update_verified(self._connection, self._texts(articles)))
        # What is written anew is not verified: one that names no words stays so.
        cited = [rows for rows in written.values() if rows.row.get("paragraph") is not None]
        within = {ids[ref] for rows in cited if isinstance(ref := rows.row["article_id"], Ref)}
        numbers = [ids[rows.ref] for rows in cited]
        verified = article_texts.update_verified(self._connection, self._texts(within), numbers)
        self._touched.update(verified)

    def _texts(self, articles: Collection[int]) -> article_texts.Texts:
        return article_texts.read_texts(self._connection, articles)

    def _mention(self, told: Told) -> None:
        """Find names in the articles that have other words now, or may have other names."""
        if len(self._names) > _MOST_NAMES:
            self._articles.update(self._connection.execute(select(col(Article.id))).scalars())
        else:
            self._articles.update(article_texts.find_articles_naming(self._connection, self._names))
        if not self._articles:
            return
        names = article_texts.read_names(self._connection)
        ordered = record_tables.batches(self._articles)
        for batch in counted(told, "Articles", ordered, len(self._articles)):
            mentioning = article_texts.update_mentions(self._connection, self._texts(batch), names)
            self._touched.update(mentioning)


def _is_moved(then: Rows, now: Rows) -> bool:
    """Whether it is an article, and of another issue now."""
    issue = ("publication_id", "issue_number")
    return then.ref.type == "Article" and any(then.row[name] != now.row[name] for name in issue)


def _names(rows: Rows | None) -> set[str]:
    return article_texts.names_of(rows.ref.type, rows.row) if rows else set()
