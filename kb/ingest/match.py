"""Articles in the tables: the stored one that a page repeats is found, or a new one added.

In: an open write transaction and an article of a page. Out: a `StoredArticle`, or the neighbouring
issues from which its year is inferred. An article is identified by publication, issue and headline;
where a site numbers no issues, by its day instead of an issue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.archive.articles import ArchiveArticle
from kb.archive.duplicates import DuplicateIndex, Wording
from kb.archive.infer_year import Issue
from kb.citations import article_texts
from kb.commit.context import free_key
from kb.commit.issues import (
    TOLD,
    StoredArticle,
    read_about,
    read_duplicate_index,
    read_issue,
)
from kb.errors import Fault
from kb.models import Article, ArticleKind, Publication, Record
from kb.normalisation import normalise
from kb.records import write
from kb.records.documents import ArticleDocument, PublicationDocument, TextDocument
from kb.records.entries import Lines, Position, check_form
from kb.records.form_errors import PAGE, quote_shortened
from kb.records.keys import article_key, key_of
from kb.records.rows import Ref, rows_of


def find_publication(connection: Connection, name: str) -> Ref | None:
    wanted = select(col(Publication.key)).where(col(Publication.name) == name)
    key = connection.execute(wanted).scalar()
    return Ref("Publication", key) if key else None


@dataclass
class IssueArticles:
    """The stored articles of an issue, by headlines that are normalised and casefolded.

    `number` is None of those of a `day` that have none.
    """

    publication: Ref
    number: int | None
    day: str
    by_headline: dict[str, StoredArticle]
    duplicates: DuplicateIndex | None = None

    def find(self, headline: str) -> StoredArticle | None:
        return self.by_headline.get(_fold_headline(headline))

    def find_duplicate(self, connection: Connection, article: Wording) -> str | None:
        """The key of a stored article of the same day that this one likely repeats."""
        if self.duplicates is None:
            self.duplicates = read_duplicate_index(
                connection, self.publication, self.number, self.day
            )
        return self.duplicates.find(article)

    def add(self, stored: StoredArticle, article: Wording) -> None:
        self.by_headline[_fold_headline(article.headline)] = replace(stored, new=frozenset())
        if self.duplicates is not None:
            self.duplicates.add(article)


def unnumbered_day(article: ArchiveArticle) -> str:
    """The day of one that is in no issue with a number; empty for others."""
    return "" if article.issue_number else _dated_on(article)


def _dated_on(article: ArchiveArticle) -> str:
    """Empty where no year is told."""
    year = article.dateline.year
    return "" if year is None else article.dateline.edtf(year)


def read_issue_articles(
    connection: Connection, publication: Ref, article: ArchiveArticle
) -> IssueArticles:
    """Those of the issue that an article is in."""
    issue = article.issue_number, unnumbered_day(article)
    by_headline = {
        _fold_headline(stored.headline): stored
        for stored in read_issue(connection, publication, *issue)
    }
    return IssueArticles(publication, *issue, by_headline)


def read_called_so(
    connection: Connection, publication: Ref, article: ArchiveArticle
) -> list[StoredArticle]:
    """Those of its headline that are dated about as it is, of whatever issue."""
    day = article.dateline.earliest()
    wanted = _fold_headline(article.headline)
    about = read_about(connection, publication, day) if day else ()
    return [stored for stored in about if _fold_headline(stored.headline) == wanted]


def find_unnumbered(
    article: ArchiveArticle, called_so: Sequence[StoredArticle]
) -> StoredArticle | None:
    """The one of its very day, where a page or the record tells no number of an issue."""
    unnumbered = (
        stored
        for stored in called_so
        if stored.dated_on == _dated_on(article)
        and None in (article.issue_number, stored.told["issueNumber"])
    )
    return next(unnumbered, None)


def find_copy(
    connection: Connection, article: ArchiveArticle, called_so: Sequence[StoredArticle]
) -> str | None:
    """The key of one that it repeats under another number, or with its text on another day."""
    for stored in called_so:
        text = article_texts.read_paragraphs(connection, stored.id)
        if stored.dated_on == _dated_on(article) or text == [*article.paragraphs]:
            return stored.key
    return None


def read_told(article: ArchiveArticle) -> Mapping[str, object]:
    """What the page tells, as a record would have it."""
    told = {**_told(_document(article, "a-publication", article.dateline.year or 1))}
    if article.kind is None:
        told["kind"] = None
    return {name: value for name, value in told.items() if value is not None}


def read_issues(connection: Connection, publication: Ref, number: int) -> list[Issue]:
    """The nearest issues of known date, up to that number and from it on."""
    dated = (
        select(col(Article.issue_number), col(Article.known_from))
        .join(Publication, col(Publication.id) == col(Article.publication_id))
        .where(col(Publication.key) == publication.key, col(Article.year_inferred).is_(False))
    )
    issue = col(Article.issue_number)
    below = dated.where(issue <= number).order_by(issue.desc()).limit(1)
    above = dated.where(issue >= number).order_by(issue).limit(1)
    rows = [*connection.execute(below), *connection.execute(above)]
    return [
        Issue(issue_number, date.fromisoformat(day))
        for issue_number, day in rows
        if issue_number is not None
    ]


def add_article(
    connection: Connection, publication: Ref | None, article: ArchiveArticle, year: int
) -> StoredArticle:
    """A new article, and its publication if that is new too."""
    records = []
    ids = {publication: _id(connection, publication)} if publication else {}
    if publication is None:
        name = article.dateline.publication
        named = key_of(name, "publication")
        publication = Ref("Publication", free_key(connection, "Publication", named))
        records.append(rows_of(publication, PublicationDocument(name=name), None))
    ref = new_article_ref(connection, publication, article)
    document = _document(article, publication.key, year)
    records.append(rows_of(ref, document, None))
    numbers = write.replace(connection, {rows.ref: rows for rows in records}, ids, ())
    new = frozenset(numbers[rows.ref] for rows in records)
    told = _told(document)
    return StoredArticle(numbers[ref], ref.key, document.headline, document.dated_on, told, new)


def new_article_ref(connection: Connection, publication: Ref, article: ArchiveArticle) -> Ref:
    """The key that it gets if it is added."""
    key = article_key(publication.key, article.issue_number, article.headline)
    return Ref("Article", free_key(connection, "Article", key))


def find_unstorable(page: str, article: ArchiveArticle) -> Fault | None:
    """The first fault that keeps it from being stored, such as a headline that is too long."""
    lines = Lines(page, lambda _: Position(article.line))
    forms = (
        (PublicationDocument, {"name": article.dateline.publication}),
        (ArticleDocument, _fields(article, "a-publication", article.dateline.year or 1)),
        (TextDocument, {"paragraphs": list(article.paragraphs)}),
    )
    name = quote_shortened(article.headline)
    faults = (check_form(form, name, fields, lines, PAGE).faults for form, fields in forms)
    return next(chain.from_iterable(faults), None)


def _document(article: ArchiveArticle, publication: str, year: int) -> ArticleDocument:
    return ArticleDocument.model_validate(_fields(article, publication, year))


def _told(document: ArticleDocument) -> Mapping[str, object]:
    fields = document.model_dump(mode="json", by_alias=True)
    return {name: fields[name] for name in TOLD}


def _fields(article: ArchiveArticle, publication: str, year: int) -> dict[str, object]:
    return {
        "headline": article.headline,
        "publication": publication,
        "issueNumber": article.issue_number,
        "issuedOn": article.issued_on.isoformat() if article.issued_on else None,
        "datedOn": article.dateline.edtf(year),
        "place": article.dateline.place,
        "kind": (article.kind or ArticleKind.REPORT).name,
        "author": article.author,
        "yearInferred": article.dateline.year is None,
        "url": article.url,
    }


def _id(connection: Connection, ref: Ref) -> int:
    wanted = select(col(Record.id)).where(col(Record.type) == ref.type, col(Record.key) == ref.key)
    return connection.execute(wanted).scalar_one()


def _fold_headline(headline: str) -> str:
    return normalise(headline).casefold()
