"""The text that a citation is held against: as it is stored, or as the same request gives it.

In: an open transaction, what is given of a citation, and the texts that come with it. Out: the
text, and whether its words stand where the citation says. Nothing is written here.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from kb.citations import article_texts
from kb.citations.anchors import Anchor, anchor_holds
from kb.errors import Fault
from kb.records.documents import AnchorDocument
from kb.records.entries import NOWHERE, check_form, parse_own_key
from kb.records.form_errors import GRAPHQL
from kb.records.read import find_ids
from kb.records.rows import Ref

GivenTexts = Mapping[str, Sequence[str] | None]
"""By the keys of articles, the texts that the same request gives them; None for one at fault."""
NO_TEXTS: GivenTexts = {}


def read_cited_text(
    connection: Connection, article: object, texts: GivenTexts
) -> Sequence[str] | None:
    """The text that an article has or is given; None if there is no such article, or no telling."""
    key = parse_own_key("Article", article, NOWHERE, GRAPHQL)
    if isinstance(key, Fault) or key in texts:
        return None if isinstance(key, Fault) else texts[key]
    numbers = find_ids(connection, [Ref("Article", key)])
    return next(
        (article_texts.read_paragraphs(connection, each) for each in numbers.values()), None
    )


def is_misplaced(words: Sequence[str], given: Mapping[str, object]) -> bool:
    """Whether the text has other words there than those that are meant."""
    checked = check_form(AnchorDocument, "", {**given}, NOWHERE, GRAPHQL)
    if checked.faults or checked.document is None or checked.document.start >= checked.document.end:
        return False
    return not anchor_holds(Anchor(**checked.document.model_dump()), words)
