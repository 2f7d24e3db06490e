"""Checks of an article that is written by itself: citations that it would lose, copies of others,
and what was taken down.

In: an open transaction, the article's document and text, and what is stored of it. Out: faults,
each with its place in what was given. Nothing is written here.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.archive.duplicates import Wording
from kb.citations import article_texts
from kb.citations.copy_repair import describe_lost_citations, verified_keys
from kb.commit.issues import read_duplicate_index
from kb.database.in_array import in_array
from kb.errors import Fault
from kb.models import Article, Erased, Erasure, Paragraph
from kb.records.documents import ArticleDocument
from kb.records.entries import NOWHERE
from kb.records.rows import Ref

TAKEN_DOWN, RETRACTED = "its text was taken down", "it was taken down"


def find_taken_down(connection: Connection, articles: Collection[str]) -> set[str]:
    """Those of these keys whose text was taken down, and was not given on purpose since."""
    erased = col(Erasure.type) == "Article", in_array(col(Erasure.key), articles)
    text = select(col(Paragraph.article_id)).join(Article, col(Article.id) == Paragraph.article_id)
    without = ~text.where(col(Article.key) == col(Erasure.key)).exists()
    query = select(col(Erasure.key)).where(*erased, without)
    return {*connection.execute(query).scalars()} if articles else set()


def find_retracted(connection: Connection, articles: Collection[str]) -> set[str]:
    """Those of these keys whose articles were taken down whole, and are not there."""
    there = select(col(Article.id)).where(col(Article.key) == col(Erasure.key)).exists()
    query = select(col(Erasure.key)).where(
        col(Erasure.type) == "Article",
        col(Erasure.erased) == Erased.RECORD.name,
        in_array(col(Erasure.key), articles),
        ~there,
    )
    return {*connection.execute(query).scalars()} if articles else set()


def check_retracted(connection: Connection, article: Ref) -> Iterator[Fault]:
    """A fault if an article is given again that was taken down whole."""
    if find_retracted(connection, [article.key]):
        yield NOWHERE.fault(RETRACTED, "leave it out, or give `replace: true`", "slug")


def check_erased_text(connection: Connection, article: Ref, text: Sequence[str]) -> Iterator[Fault]:
    """A fault if a text is given again that was taken down."""
    if text and find_taken_down(connection, [article.key]):
        yield NOWHERE.fault(TAKEN_DOWN, "leave it out, or give `replace: true`", "paragraphs")


def check_replaced_text(
    connection: Connection, number: int, text: Sequence[str]
) -> Iterator[Fault]:
    """Faults if a new text loses verified citations; no text at all takes the old one away."""
    anchors, stored = (
        article_texts.read_anchors(connection, number),
        article_texts.read_paragraphs(connection, number),
    )
    if text and (lost := verified_keys(anchors, stored) - verified_keys(anchors, text)):
        remedy = "correct it, or give `replace: true`"
        yield NOWHERE.fault(describe_lost_citations(lost), remedy, "paragraphs")


def check_duplicate(
    connection: Connection, article: Ref, document: ArticleDocument, text: Sequence[str]
) -> Iterator[Fault]:
    """A fault if a new article is likely a copy of one of the same issue and day."""
    if document.issue_number is None:
        return
    publication = Ref("Publication", document.publication)
    issue = read_duplicate_index(connection, publication, document.issue_number)
    same = issue.find(Wording(article.key, document.dated_on, document.headline, text))
    if same:
        yield copy_fault(article.key, same)


def copy_fault(key: str, same: str) -> Fault:
    """That an article is likely a copy of another one."""
    what = f"`{key}` is likely a copy of `{same}`, of the same issue and day"
    return NOWHERE.fault(what, "change that one, or give `new: true`", "headline")
