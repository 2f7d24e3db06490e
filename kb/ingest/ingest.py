"""`kb ingest`: archive pages into the database, one transaction a page.

In: pages of a copy of the archive, and an engine. Out: a `Summary`, with every fault of the pages.
A complete article is taken in whatever is wrong with its neighbours; the same page again changes
nothing. A text by which citations would be lost, and an article that is likely there already, are
faults, unless they are allowed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine

from kb import database
from kb.archive.articles import ArchiveArticle, read_page
from kb.archive.duplicates import Wording
from kb.archive.infer_year import resolve_year
from kb.archive.pages import page_name, read_content
from kb.citations import article_texts as texts
from kb.citations.copy_repair import losing, mended, verified
from kb.citations.mentions import Names
from kb.commit.feed import Source, read_head
from kb.commit.finish import Touched, finish
from kb.dates import PartialDate
from kb.errors import Fault, PageError
from kb.ingest import match
from kb.ingest.match import Known, Printed
from kb.records.rows import Ref

_INGEST = Source("kb ingest")
_MOST_KEPT = 20_000
"""So many articles of issues are remembered, unless one issue has more."""


@dataclass
class Summary:
    """What an ingestion did: articles added, texts stored, and articles left as they were."""

    pages: int = 0
    added: int = 0
    texts: int = 0
    left: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is done in spite of what it may spoil.

    `replace` takes texts by which citations are lost, `new` adds what is likely there already.
    """

    replace: bool = False
    new: bool = False


def ingest(
    engine: Engine,
    pages: Iterable[Path | Fault],
    *,
    strict: bool = False,
    allowed: Allowed = Allowed(),
    source: Source = _INGEST,
) -> Summary:
    """Take the pages in; with `strict`, any fault raises PageError and nothing is written."""
    summary = Summary()
    if strict:
        with database.write(engine) as connection:
            ingestion = _Ingestion(texts.read_names(connection), summary, source, allowed)
            for page in pages:
                ingestion.take(connection, page)
            if summary.faults:
                raise PageError(summary.faults)
            ingestion.end(connection)
        return summary
    with database.write(engine) as connection:
        ingestion = _Ingestion(texts.read_names(connection), summary, source, allowed)
    for page in pages:
        with database.write(engine) as connection:
            ingestion.begin(connection)
            ingestion.take(connection, page)
            ingestion.end(connection)
    return summary


@dataclass
class _Ingestion:
    """One run; `seen` are the articles whose text it has had, `touched` what a commit changes.

    `printed` is what is known of issues as of the revision `head`.
    """

    names: Names
    summary: Summary
    source: Source
    allowed: Allowed
    seen: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    printed: dict[tuple[str, int], Printed] = field(default_factory=dict)
    head: int = -1

    def begin(self, connection: Connection) -> None:
        """Forget what somebody else may have changed since."""
        if read_head(connection) != self.head:
            self.printed.clear()

    def end(self, connection: Connection) -> None:
        """End the transaction with all that follows."""
        finish(connection, Touched(self.touched, self.touched), self.source)
        self.touched.clear()
        self.head = read_head(connection)

    def take(self, connection: Connection, page: Path | Fault) -> None:
        self.summary.pages += 1
        if isinstance(page, Fault):
            self.summary.faults.append(page)
            return
        content = read_content(page)
        if isinstance(content, Fault):
            self.summary.faults.append(content)
            return
        name = page_name(page)
        found, faults = read_page(name, content)
        self.summary.faults += faults
        # Those with a year first: they date their neighbours.
        for article in sorted(found, key=lambda one: one.dateline.year is None):
            if fault := self._take_article(connection, name, article):
                self.summary.faults.append(fault)

    def _take_article(
        self, connection: Connection, page: str, found: ArchiveArticle
    ) -> Fault | None:
        if fault := match.unstorable(page, found):
            return fault
        publication = match.find_publication(connection, found.dateline.publication)
        printed = publication and self._printed(connection, publication, found.issue_number)
        known = printed and printed.find(found.headline)
        if known:
            return _contradiction(page, found, known) or self._store(connection, page, found, known)
        year = _year(connection, publication, found)
        if year is None:
            what = f"`{found.headline}`: its dateline has no year, and no issue near it tells one"
            remedy = "ingest a page with a dated neighbour, or add it to articles.yaml"
            return Fault(page, found.dateline_line, what, remedy)
        if printed and (fault := self._repeated(connection, page, found, printed, year)):
            return fault
        known = match.add_article(connection, publication, found, year)
        if printed:
            printed.add(known, _wording(found, year, known.key))
        self.summary.added += 1
        return self._store(connection, page, found, known)

    def _printed(self, connection: Connection, publication: Ref, number: int) -> Printed:
        """All of it is read once, and a large one only once more if many others were."""
        place = publication.key, number
        if place not in self.printed:
            if sum(len(one.by_headline) for one in self.printed.values()) > _MOST_KEPT:
                self.printed.clear()
            self.printed[place] = match.read_printed(connection, publication, number)
        return self.printed[place]

    def _repeated(
        self,
        connection: Connection,
        page: str,
        found: ArchiveArticle,
        printed: Printed,
        year: int,
    ) -> Fault | None:
        """An article of the same issue and day with nearly its headline or text."""
        same = printed.likely_same(connection, _wording(found, year))
        if same is None or self.allowed.new:
            return None
        own = match.new_article(connection, printed.publication, found).key
        what = f"`{found.headline}` is likely a copy of `{same}`, and would be added as `{own}`"
        return Fault(page, found.line, what, "give it the same headline, or add it with --new")

    def _store(
        self, connection: Connection, page: str, found: ArchiveArticle, known: Known
    ) -> Fault | None:
        stored = [] if known.new else texts.read_paragraphs(connection, known.id)
        repeated = known.id in self.seen
        self.seen.add(known.id)
        anchors = {} if known.new else texts.read_anchors(connection, known.id)
        text = mended(found.paragraphs, anchors, () if self.allowed.replace else stored)
        if stored == text:
            # What is derived is derived anew: it mends what `kb check` finds.
            self.touched |= texts.derive(connection, {known.id: stored}, self.names)
            self.summary.left += not repeated
            return None
        if repeated:
            what = f"`{found.headline}`: another copy in these pages has other words"
            return Fault(page, found.line, what, "leave out the one that is wrong")
        lost = verified(anchors, stored) - verified(anchors, text)
        if lost and not self.allowed.replace:
            what = f"`{found.headline}`: {losing(lost)}"
            return Fault(page, found.line, what, "correct the page, or accept it with --replace")
        texts.write_texts(connection, {known.id: text})
        changed = texts.derive(connection, {known.id: text}, self.names)
        self.touched |= {known.id, *known.new, *changed}
        self.summary.texts += 1
        return None


def _wording(found: ArchiveArticle, year: int, key: str = "") -> Wording:
    return Wording(key, found.dateline.edtf(year), found.headline, found.paragraphs)


def _year(connection: Connection, publication: Ref | None, found: ArchiveArticle) -> int | None:
    if found.dateline.year:
        return found.dateline.year
    near = publication and match.read_issues(connection, publication, found.issue_number)
    return resolve_year(found.dateline.last, found.issue_number, found.issued_on, near or ())


def _contradiction(page: str, found: ArchiveArticle, known: Known) -> Fault | None:
    """The page and the record give the article other dates."""
    remedy = f"correct the page, or `{known.key}` in articles.yaml"
    recorded = PartialDate.parse(known.dated_on).earliest
    year = found.dateline.year or (recorded.year if recorded else 1)
    if found.dateline.edtf(year) != known.dated_on:
        what = f"`{found.headline}`: the record is dated {known.dated_on}, the page otherwise"
        return Fault(page, found.dateline_line, what, remedy)
    if found.issued_on and known.issued_on not in (None, found.issued_on.isoformat()):
        what = f"`{found.headline}`: the record's issue appeared on {known.issued_on}, the page's"
        return Fault(page, found.line, f"{what} on {found.issued_on}", remedy)
    return None
