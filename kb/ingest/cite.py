"""`kb cite`: the anchor of words in an article, as a seed file holds it.

In: an open connection, an article's key and words of its text. Out: the one anchor, or a
CitationError that says what to change: exact words or none.
"""

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.errors import CitationError
from kb.ingest.anchors import Anchor, find_anchors
from kb.ingest.texts import read_paragraphs
from kb.models import Article


def cite(connection: Connection, article: str, words: str) -> Anchor:
    """Raises CitationError unless the words stand in the article exactly once."""
    if not words.strip():
        raise CitationError("there are no words to look for", "quote some of the article")
    asked = select(col(Article.id)).where(col(Article.key) == article)
    number = connection.execute(asked).scalar()
    if number is None:
        raise CitationError(f"there is no article `{article}`", "give the key of one")
    paragraphs = read_paragraphs(connection, number)
    if not paragraphs:
        raise CitationError(f"`{article}` has no text yet", "ingest a page that has it first")
    return _only(article, find_anchors(paragraphs, words))


def _only(article: str, found: list[Anchor]) -> Anchor:
    if not found:
        raise CitationError(
            f"`{article}` does not have these words", "copy them exactly, from one paragraph"
        )
    if len(found) > 1:
        places = ", ".join(f"paragraph {one.paragraph} at {one.start}" for one in found)
        raise CitationError(f"the words stand in {places}", "quote more of the one you mean")
    return found[0]


def format_anchor(anchor: Anchor) -> str:
    """A line of YAML."""
    return (
        f"anchor: {{paragraph: {anchor.paragraph}, start: {anchor.start}, end: {anchor.end},"
        f" sha256: {anchor.sha256}}}"
    )
