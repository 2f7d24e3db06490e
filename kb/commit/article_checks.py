"""Checks of an article that is written by itself: citations that it would lose, copies of others.

In: an open transaction, the article's document and text, and what is stored of it. Out: faults,
each with its place in what was given. Nothing is written here.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from kb.archive.duplicates import Wording
from kb.citations import article_texts
from kb.citations.copy_repair import describe_lost_citations, verified_keys
from kb.commit.issues import read_duplicate_index
from kb.errors import Fault
from kb.records.documents import ArticleDocument
from kb.records.entries import NOWHERE
from kb.records.rows import Ref


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
        what = f"`{article.key}` is likely a copy of `{same}`, of the same issue and day"
        yield NOWHERE.fault(what, "change that one, or give `new: true`", "headline")
