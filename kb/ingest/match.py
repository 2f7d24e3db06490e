"""Articles in the tables: the one that a page repeats found, a new one added.

In: an open write transaction and an article of a page. Out: `Known` articles, or the year and the
issues that decide it. An article is known by its publication, issue and headline.
"""

from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.archive.articles import ArchiveArticle
from kb.archive.duplicates import DuplicateIndex, Wording
from kb.archive.infer_year import Issue
from kb.commit.context import free_key
from kb.commit.issues import read_issue, read_likely
from kb.errors import Fault
from kb.models import Article, Publication, Record
from kb.normalisation import normalise
from kb.records import write
from kb.records.documents import ArticleDocument, PublicationDocument, TextDocument
from kb.records.entries import Lines, Position, check_form
from kb.records.form_errors import PAGE, shown
from kb.records.keys import article_key, key_of
from kb.records.rows import Ref, rows_of


@dataclass(frozen=True, slots=True)
class Known:
    """A stored article; its dates are EDTF, and `new` are the records added with it."""

    id: int
    key: str
    dated_on: str
    issued_on: str | None
    new: frozenset[int] = frozenset()


def find_publication(connection: Connection, name: str) -> Ref | None:
    wanted = select(col(Publication.key)).where(col(Publication.name) == name)
    key = connection.execute(wanted).scalar()
    return Ref("Publication", key) if key else None


@dataclass
class Printed:
    """What is stored of an issue: its articles by their headlines, blanks and case apart."""

    publication: Ref
    number: int
    by_headline: dict[str, Known]
    likely: DuplicateIndex | None = None

    def find(self, headline: str) -> Known | None:
        return self.by_headline.get(_folded(headline))

    def likely_same(self, connection: Connection, article: Wording) -> str | None:
        """The key of a stored one of that day which it nearly repeats."""
        if self.likely is None:
            self.likely = read_likely(connection, self.publication, self.number)
        return self.likely.find(article)

    def add(self, known: Known, article: Wording) -> None:
        self.by_headline[_folded(article.headline)] = replace(known, new=frozenset())
        if self.likely is not None:
            self.likely.add(article)


def read_printed(connection: Connection, publication: Ref, number: int) -> Printed:
    by_headline = {
        _folded(headline): Known(own, key, dated_on, issued_on)
        for own, key, headline, dated_on, issued_on in read_issue(connection, publication, number)
    }
    return Printed(publication, number, by_headline)


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
    return [Issue(found, day) for found, day in rows if found is not None]


def add_article(
    connection: Connection, publication: Ref | None, found: ArchiveArticle, year: int
) -> Known:
    """A new article, and its publication if that is new too."""
    records = []
    ids = {publication: _id(connection, publication)} if publication else {}
    if publication is None:
        name = found.dateline.publication
        named = key_of(name, "publication")
        publication = Ref("Publication", free_key(connection, "Publication", named))
        records.append(rows_of(publication, PublicationDocument(name=name), None))
    article = new_article(connection, publication, found)
    document = _document(found, publication, year)
    records.append(rows_of(article, document, None))
    numbers = write.replace(connection, {rows.ref: rows for rows in records}, ids, ())
    new = frozenset(numbers[rows.ref] for rows in records)
    return Known(numbers[article], article.key, document.dated_on, document.issued_on, new)


def new_article(connection: Connection, publication: Ref, found: ArchiveArticle) -> Ref:
    """What it is called if it is added."""
    key = article_key(publication.key, found.issue_number, found.headline)
    return Ref("Article", free_key(connection, "Article", key))


def unstorable(page: str, found: ArchiveArticle) -> Fault | None:
    """What no record can hold, such as a headline that is too long; the first of it."""
    lines = Lines(page, lambda _: Position(found.line))
    forms = (
        (PublicationDocument, {"name": found.dateline.publication}),
        (ArticleDocument, _fields(found, "a-publication", found.dateline.year or 1)),
        (TextDocument, {"paragraphs": list(found.paragraphs)}),
    )
    name = shown(found.headline)
    faults = (check_form(form, name, fields, lines, PAGE).faults for form, fields in forms)
    return next(chain.from_iterable(faults), None)


def _document(found: ArchiveArticle, publication: Ref, year: int) -> ArticleDocument:
    return ArticleDocument.model_validate(_fields(found, publication.key, year))


def _fields(found: ArchiveArticle, publication: str, year: int) -> dict[str, object]:
    return {
        "headline": found.headline,
        "publication": publication,
        "issueNumber": found.issue_number,
        "issuedOn": found.issued_on.isoformat() if found.issued_on else None,
        "datedOn": found.dateline.edtf(year),
        "place": found.dateline.place,
        "author": found.author,
        "yearInferred": found.dateline.year is None,
    }


def _id(connection: Connection, ref: Ref) -> int:
    wanted = select(col(Record.id)).where(col(Record.type) == ref.type, col(Record.key) == ref.key)
    return connection.execute(wanted).scalar_one()


def _folded(headline: str) -> str:
    return normalise(headline).casefold()
