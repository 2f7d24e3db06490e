"""`kb ingest`: archive pages into the database, one transaction a page.

In: pages of a copy of the archive, what reads them by a site's description, and an engine. Out: a
`Summary`, with every fault of the pages. A complete article is stored whatever is wrong with its
neighbours; the same page again changes nothing. A text by which verified citations would be lost,
and an article that is likely a copy of a stored one, are faults, unless overridden.
"""

from collections.abc import Iterable
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
from kb.commit.feed import Origin, read_head
from kb.commit.finish import WriteSet, finish
from kb.dates import PartialDate
from kb.errors import Fault, PageError
from kb.ingest import match
from kb.ingest.match import IssueArticles, StoredArticle
from kb.records.rows import Ref

_INGEST = Origin("kb ingest")
_MOST_KEPT = 20_000
"""Articles of issues that are kept in memory, unless a single issue has more."""


@dataclass
class Summary:
    """What an ingestion did: articles added, texts stored, and articles left as they were."""

    pages: int = 0
    added: int = 0
    texts: int = 0
    left: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no article of the pages is there: there is nothing to tell but faults."""
        return not (self.added or self.texts or self.left)

    def __iadd__(self, other: "Summary") -> "Summary":
        self.pages += other.pages
        self.added += other.added
        self.texts += other.texts
        self.left += other.left
        self.faults += other.faults
        return self


@dataclass(frozen=True, slots=True)
class Overrides:
    """Faults that are accepted.

    `replace` stores texts by which citations are lost, `new` adds articles that are likely copies.
    """

    replace: bool = False
    new: bool = False


def ingest(
    engine: Engine,
    pages: Iterable[Path | Fault],
    read_page: PageReader,
    *,
    strict: bool = False,
    overrides: Overrides = Overrides(),
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
    """One run; `seen` are the articles whose text it has read, `touched` what a commit changes.

    `taken` is what the transaction does, `issues` are the stored articles of issues as of the
    revision `head`.
    """

    read_page: PageReader
    names: Names
    origin: Origin
    overrides: Overrides
    taken: Summary = field(default_factory=Summary)
    seen: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    issues: dict[tuple[str, int | None, str], IssueArticles] = field(default_factory=dict)
    head: int = -1

    def begin(self, connection: Connection) -> None:
        """Drop what was read of issues if another write has happened since."""
        self.taken = Summary()
        if read_head(connection) != self.head:
            self.issues.clear()

    def end(self, connection: Connection) -> None:
        """Derive and record what follows from the changes, at the end of a transaction."""
        finish(connection, WriteSet(self.touched, self.touched), self.origin)
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
        stored = issue and issue.find(article.headline)
        if stored:
            return _find_contradiction(page, article, stored) or self._store(
                connection, page, article, stored
            )
        year = _resolve_year(connection, publication, article)
        if year is None:
            what = f"`{article.headline}`: its dateline has no year, and no issue near it tells one"
            remedy = "ingest a page with a dated neighbour, or add it to articles.yaml"
            return Fault(page, article.dateline_line, what, remedy)
        if issue and (fault := self._find_repetition(connection, page, article, issue, year)):
            return fault
        key = publication and match.new_article_ref(connection, publication, article).key
        if key and (fault := self._find_taken_down(connection, page, article, key)):
            return fault
        stored = match.add_article(connection, publication, article, year)
        if issue:
            issue.add(stored, _wording(article, year, stored.key))
        self.taken.added += 1
        return self._store(connection, page, article, stored)

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
    ) -> Fault | None:
        """An article of the same issue and day with nearly its headline or text."""
        same = issue.find_duplicate(connection, _wording(article, year))
        if same is None or self.overrides.new:
            return None
        key = match.new_article_ref(connection, issue.publication, article).key
        what = f"`{article.headline}` is likely a copy of `{same}`, and would be added as `{key}`"
        return Fault(page, article.line, what, "give it the same headline, or add it with --new")

    def _find_taken_down(
        self, connection: Connection, page: str, article: ArchiveArticle, key: str
    ) -> Fault | None:
        if self.overrides.replace or not find_taken_down(connection, [key]):
            return None
        what = f"`{article.headline}`: {TAKEN_DOWN}"
        return Fault(page, article.line, what, "leave it out, or take it with --replace")

    def _store(
        self, connection: Connection, page: str, article: ArchiveArticle, stored: StoredArticle
    ) -> Fault | None:
        stored_text = [] if stored.new else article_texts.read_paragraphs(connection, stored.id)
        repeated = stored.id in self.seen
        self.seen.add(stored.id)
        anchors = {} if stored.new else article_texts.read_anchors(connection, stored.id)
        text = repair_text(
            article.paragraphs, anchors, () if self.overrides.replace else stored_text
        )
        if stored_text == text:
            # What is derived is derived anew: it mends what `kb check` finds.
            self.touched |= article_texts.update_from_texts(
                connection, {stored.id: stored_text}, self.names
            )
            self.taken.left += not repeated
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


def _find_contradiction(page: str, article: ArchiveArticle, stored: StoredArticle) -> Fault | None:
    """The page and the record give the article other dates."""
    remedy = f"correct the page, or `{stored.key}` in articles.yaml"
    recorded = PartialDate.parse(stored.dated_on).earliest
    year = article.dateline.year or (recorded.year if recorded else 1)
    if article.dateline.edtf(year) != stored.dated_on:
        what = f"`{article.headline}`: the record is dated {stored.dated_on}, the page otherwise"
        return Fault(page, article.dateline_line, what, remedy)
    if article.issued_on and stored.issued_on not in (None, article.issued_on.isoformat()):
        what = (
            f"`{article.headline}`: the record's issue appeared on {stored.issued_on}, the page's"
        )
        return Fault(page, article.line, f"{what} on {article.issued_on}", remedy)
    return None
