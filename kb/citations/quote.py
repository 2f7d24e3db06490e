"""`kb cite`: the anchor of words in an article, as a seed file holds it.

In: an open connection, an article's key and words of its text. Out: the one anchor, or a
CitationError that says what to change: exact words or none.
"""

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.citations.anchors import Anchor, find_anchors
from kb.citations.article_texts import read_paragraphs
from kb.errors import CitationError
from kb.folding import fold_slug
from kb.models import Article
from kb.normalisation import normalise
from kb.records.field_types import is_key

_MOST_PLACES = 10
"""Places that the error names, where the words stand in several."""


def cite(connection: Connection, article: str, words: str) -> Anchor:
    """Raises CitationError unless the words stand in the article exactly once."""
    article = fold_slug(normalise(article))
    query = select(col(Article.id)).where(col(Article.key) == article)
    number = connection.execute(query).scalar() if is_key("Article", article) else None
    if number is None:
        raise CitationError(f"there is no article `{article}`", "give the key of one")
    return anchor_in(article, read_paragraphs(connection, number), words)


def anchor_in(article: str, paragraphs: Sequence[str], words: str) -> Anchor:
    """The same in the text of an article that may not be stored."""
    if not normalise(words):
        raise CitationError("there are no words to look for", "quote some of the article")
    if not paragraphs:
        raise CitationError(f"`{article}` has no text yet", "ingest a page that has it first")
    return _single_anchor(article, [*islice(find_anchors(paragraphs, words), _MOST_PLACES + 1)])


def _single_anchor(article: str, anchors: Sequence[Anchor]) -> Anchor:
    if not anchors:
        raise CitationError(
            f"`{article}` does not have these words", "copy them exactly, from one paragraph"
        )
    if len(anchors) > 1:
        named = (
            f"paragraph {anchor.paragraph} at {anchor.start}" for anchor in anchors[:_MOST_PLACES]
        )
        places = ", ".join(named) + (", and more" if len(anchors) > _MOST_PLACES else "")
        raise CitationError(f"the words stand in {places}", "quote more of the one you mean")
    return anchors[0]


def format_anchor(anchor: Anchor) -> str:
    """The anchor as a line of a seed file."""
    return (
        f"anchor: {{paragraph: {anchor.paragraph}, start: {anchor.start}, end: {anchor.end},"
        f" sha256: {anchor.sha256}}}"
    )
