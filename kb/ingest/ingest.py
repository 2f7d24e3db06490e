"""`kb ingest`: archive pages into the database, one transaction a page.

In: pages of a copy of the archive, what reads them by a site's description, and an engine. Out: a
`Summary`, with every fault of the pages. A complete article is stored whatever is wrong with its
neighbours; the same page again changes nothing. A text by which verified citations would be lost,
and an article that is likely a copy of a stored one, are faults, unless overridden. What a page
tells otherwise than the record that is there is told, and written if that is asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine

from kb import database
from kb.archive.articles import ArchiveArticle
from kb.archive.duplicates import Wording
from kb.archive.infer_year import resolve_year
from kb.archive.page_reader import PageReader
from kb.archive.pages import page_name, read_content
from kb.citations import article_texts
from kb.citations.copy_repair import describe_lost_citations, repair_text, verified_keys
from kb.citations.mentions import Names
from kb.commit.article_checks import TAKEN_DOWN, find_taken_down
from kb.commit.commit import Commit
from kb.commit.feed import Origin, read_head
from kb.commit.issues import StoredArticle
from kb.commit.merge import draft_record
from kb.commit.reading import RecordReading
from kb.commit.validate import SingleBatch, examine
from kb.errors import Fault, PageError, SeedError
from kb.ingest import differences, match
from kb.ingest.match import IssueArticles
from kb.ingest.summary import Overrides, Summary
from kb.records.rows import Ref

_INGEST, _NONE = Origin("kb ingest"), Overrides()
_MOST_KEPT = 20_000
"""Articles of issues that are kept in memory, unless a single issue has more."""


def ingest(
    engine: Engine,
    pages: Iterable[Path | Fault],
    read_page: PageReader,
    *,
    strict: bool = False,
    overrides: Overrides = _NONE,
    origin: Origin = _INGEST,
    summary: Summary | None = None,
) -> Summary:
    """Take the pages in; with `strict`, any fault raises PageError and nothing is written.

    Whatever else is raised, `summary` tells of the pages that were stored until then.
    """
    summary = Summary() if summary is None else summary
    if strict:
        with database.write_transaction(engine) as connection:
            ingestion = _Ingestion(
                read_page, article_texts.read_names(connection), origin, overrides
            )
            ingestion.begin(connection)
            for page in pages:
                ingestion.take(connection, page)
            if ingestion.taken.faults:
                raise PageError(ingestion.taken.faults)
            ingestion.end(connection)
        summary += ingestion.taken
        return summary
    with database.write_transaction(engine) as connection:
        ingestion = _Ingestion(read_page, article_texts.read_names(connection), origin, overrides)
    for page in pages:
        with database.write_transaction(engine) as connection:
            ingestion.begin(connection)
            ingestion.take(connection, page)
            ingestion.end(connection)
        summary += ingestion.taken
    return summary


@dataclass
class _Ingestion:
    """One run; `seen` are the articles whose text it has read, with what pages told of them;
    `touched` is what a commit changes.

    `taken` is what the transaction does, `issues` are the stored articles of issues as of the
    revision `head`.
    """

    read_page: PageReader
    names: Names
    origin: Origin
    overrides: Overrides
    commit: Commit = field(init=False)
    taken: Summary = field(default_factory=Summary)
    seen: dict[int, Mapping[str, object]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    issues: dict[tuple[str, int | None, str], IssueArticles] = field(default_factory=dict)
    head: int = -1

    def begin(self, connection: Connection) -> None:
        """Drop what was read of issues if another write has happened since."""
        self.taken, self.commit = Summary(), Commit(connection)
        if read_head(connection) != self.head:
            self.issues.clear()

    def end(self, connection: Connection) -> None:
        """Derive and record what follows from the changes, at the end of a transaction."""
        self.commit.touch(self.touched)
        self.commit.concern(self.touched)
        self.commit.end(self.origin, ())
        self.touched.clear()
        self.head = read_head(connection)

    def take(self, connection: Connection, page: Path | Fault) -> None:
        self.taken.pages += 1
        if isinstance(page, Fault):
            self.taken.faults.append(page)
            return
        content = read_content(page)
        if isinstance(content, Fault):
            self.taken.faults.append(content)
            return
        name = page_name(page)
        articles, faults = self.read_page(name, content)
        self.taken.faults += faults
        # Those with a year first: they date their neighbours.
        for article in sorted(articles, key=lambda article: article.dateline.year is None):
            if fault := self._take_article(connection, name, article):
                self.taken.faults.append(fault)

    def _take_article(
        self, connection: Connection, page: str, article: ArchiveArticle
    ) -> Fault | None:
        if fault := match.find_unstorable(page, article):
            return fault
        publication = match.find_publication(connection, article.dateline.publication)
        issue = publication and self._read_issue(connection, publication, article)
        called_so: list[StoredArticle] = []
        stored = issue and issue.find(article.headline)
        if publication and not stored and not self.overrides.new:
            called_so = match.read_called_so(connection, publication, article)
            stored = match.find_unnumbered(article, called_so)
        if stored:
            return differences.find_contradiction(page, article, stored) or self._take_again(
                connection, page, article, stored
            )
        year = _resolve_year(connection, publication, article)
        if year is None:
            what = f"`{article.headline}`: its dateline has no year, and no issue near it tells one"
            remedy = "ingest a page with a dated neighbour, or add it to articles.yaml"
            return Fault(page, article.dateline_line, what, remedy)
        if issue and (
            fault := self._find_repetition(connection, page, article, issue, year, called_so)
        ):
            return fault
        key = publication and match.new_article_ref(connection, publication, article).key
        if key and (fault := self._find_taken_down(connection, page, article, key)):
            return fault
        stored = match.add_article(connection, publication, article, year)
        if issue:
            issue.add(stored, _wording(article, year, stored.key))
        self.taken.added += 1
        return self._store(connection, page, article, stored, match.read_told(article))

    def _read_issue(
        self, connection: Connection, publication: Ref, article: ArchiveArticle
    ) -> IssueArticles:
        """The stored articles of an issue, read once while they are kept in memory."""
        issue_id = publication.key, article.issue_number, match.unnumbered_day(article)
        if issue_id not in self.issues:
            if sum(len(issue.by_headline) for issue in self.issues.values()) > _MOST_KEPT:
                self.issues.clear()
            self.issues[issue_id] = match.read_issue_articles(connection, publication, article)
        return self.issues[issue_id]

    def _find_repetition(
        self,
        connection: Connection,
        page: str,
        article: ArchiveArticle,
        issue: IssueArticles,
        year: int,
        called_so: list[StoredArticle],
    ) -> Fault | None:
        """An article of the same issue and day with nearly its headline or text; or one of about
        that day with its headline, of another issue or with the same text."""
        same = issue.find_duplicate(connection, _wording(article, year))
        same = same or match.find_copy(connection, article, called_so)
        if same is None or self.overrides.new:
            return None
        key = match.new_article_ref(connection, issue.publication, article).key
        what = f"`{article.headline}` is likely a copy of `{same}`, and would be added as `{key}`"
        remedy = "give it the same headline, number and day, or add it with --new"
        return Fault(page, article.line, what, remedy)

    def _find_taken_down(
        self, connection: Connection, page: str, article: ArchiveArticle, key: str
    ) -> Fault | None:
        if self.overrides.replace or not find_taken_down(connection, [key]):
            return None
        what = f"`{article.headline}`: {TAKEN_DOWN}"
        return Fault(page, article.line, what, "leave it out, or take it with --replace")

    def _take_again(
        self, connection: Connection, page: str, article: ArchiveArticle, stored: StoredArticle
    ) -> Fault | None:
        """Of an article that is there, its text, and what the page tells otherwise."""
        told, before = match.read_told(article), self.seen.get(stored.id, {})
        if fault := differences.find_other_copy(page, article, told, before):
            return fault
        differing = differences.find_differing(stored.told, told)
        updates = bool(differing) and self.overrides.update
        fault = self._store(connection, page, article, stored, told, updates=updates)
        if updates and not fault:
            return self._update(connection, page, article, stored, differing)
        if differing.keys() - before.keys():
            self.taken.differing.append(
                differences.differing_fault(page, article, stored, differing)
            )
        return fault

    def _update(
        self,
        connection: Connection,
        page: str,
        article: ArchiveArticle,
        stored: StoredArticle,
        differing: Mapping[str, object],
    ) -> Fault | None:
        """Write what the page tells, by the rules of a curator's change."""
        reading = RecordReading(connection)
        given = {"slug": stored.key, **differing}
        try:
            task = examine(reading, draft_record("Article", reading, given).batch, SingleBatch())
        except SeedError as error:
            first = error.faults[0]
            return Fault(page, article.line, f"`{article.headline}`: {first.what}", first.remedy)
        self.commit.write(task)
        # It may be of another issue now.
        self.issues.clear()
        self.taken.updated += 1
        return None

    def _store(
        self,
        connection: Connection,
        page: str,
        article: ArchiveArticle,
        stored: StoredArticle,
        told: Mapping[str, object],
        *,
        updates: bool = False,
    ) -> Fault | None:
        stored_text = [] if stored.new else article_texts.read_paragraphs(connection, stored.id)
        repeated = stored.id in self.seen
        self.seen[stored.id] = {**told, **self.seen.get(stored.id, {})}
        anchors = {} if stored.new else article_texts.read_anchors(connection, stored.id)
        text = repair_text(
            article.paragraphs, anchors, () if self.overrides.replace else stored_text
        )
        if stored_text == text:
            # What is derived is derived anew: it mends what `kb check` finds.
            self.touched |= article_texts.update_from_texts(
                connection, {stored.id: stored_text}, self.names
            )
            self.taken.left += not (repeated or updates)
            return None
        if repeated:
            what = f"`{article.headline}`: another copy in these pages has other words"
            return Fault(page, article.line, what, "leave out the one that is wrong")
        if fault := self._find_taken_down(connection, page, article, stored.key):
            return fault
        lost = verified_keys(anchors, stored_text) - verified_keys(anchors, text)
        if lost and not self.overrides.replace:
            what = f"`{article.headline}`: {describe_lost_citations(lost)}"
            return Fault(page, article.line, what, "correct the page, or accept it with --replace")
        article_texts.write_texts(connection, {stored.id: text})
        changed = article_texts.update_from_texts(connection, {stored.id: text}, self.names)
        self.touched |= {stored.id, *stored.new, *changed}
        self.taken.texts += 1
        return None


def _wording(article: ArchiveArticle, year: int, key: str = "") -> Wording:
    return Wording(key, article.dateline.edtf(year), article.headline, article.paragraphs)


def _resolve_year(
    connection: Connection, publication: Ref | None, article: ArchiveArticle
) -> int | None:
    if article.dateline.year:
        return article.dateline.year
    number = article.issue_number
    if number is None:
        return None
    neighbours = publication and match.read_issues(connection, publication, number)
    return resolve_year(article.dateline.last, number, article.issued_on, neighbours or ())
