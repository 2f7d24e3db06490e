"""Anchors in the schema: where words stand in the text of an article.

In: the paragraphs of an article, and words. Out: the type `Anchor` of the schema, and where the
field `find` of articles has its places from. Words are in their one normal form; they stand there
exactly or not at all.
"""

import sys
from functools import partial
from typing import ClassVar

import strawberry

from kb.citations.anchors import hash_words
from kb.errors import QueryError, TextErased, TextWithheld
from kb.normalisation import normalise
from kb.query.fields import Arguments, ListSource, MeasuredBy, Requirement, RowSet
from kb.query.sql import Path, Row, Scalar, Sql, sql
from schema.fields import Argument, all_rows, column, text_shown

MOST_PLACES = 10
"""Places that are told; more than one is one too many for who wants to cite the words."""
WORDS = Argument("words", str, "Words of one paragraph, copied as they stand; blanks may differ.")
# Overlapping ones too. `place` counts from 1, so that what follows begins at the next letter.
_FIND = f"""with recursive word_place as (
 select p.number, p.text, 1 as nth, instr(p.text, {{}}) as place from paragraph p
 where p.article_id = {{}} and instr(p.text, {{}}) > 0
 union all
 select w.number, w.text, w.nth + 1, w.place + instr(substr(w.text, w.place + 1), {{}})
 from word_place w where w.nth < {MOST_PLACES} and instr(substr(w.text, w.place + 1), {{}}) > 0)
 select w.number, w.place - 1 as start_at, w.place - 1 + length({{}}) as end_at, {{}} as sha256
 from word_place w order by w.number, w.place limit {MOST_PLACES}"""


def _places(article: Row, arguments: Arguments) -> Sql:
    words = sql("cast({} as text)", arguments.bind("words", partial(_words, path=arguments.path)))
    # The other binding tells what is wrong with them.
    digest = sql("cast({} as text)", arguments.bind("words", _hash, sys.maxsize))
    return sql(_FIND, words, article["id"], words, words, words, words, digest)


def _words(value: object, path: Path) -> Scalar:
    if words := normalise(str(value)):
        return words
    raise QueryError("there are no words to look for", "quote some of the article", path)


def _hash(value: object) -> Scalar:
    return hash_words(normalise(str(value)))


def has_paragraphs(row: Row) -> Sql:
    text = "exists (select 1 from paragraph p where p.article_id = {})"
    return sql(text, row["id"])


def _not_taken_down(row: Row, _: Arguments) -> Sql:
    """As of a moment at which it was there."""
    text = (
        "not exists (select 1 from taken_down t where t.type = 'Article' and t.key = {}"
        " and t.erased = 'TEXT')"
    )
    return sql(text, row["key"])


NOT_TAKEN_DOWN = Requirement(_not_taken_down, TextErased.code, lambda *_: {}, past=True)
FIND = ListSource(
    RowSet("paragraph", all_rows, _places, frozenset({"start_at", "end_at", "sha256"})),
    lambda row: (row["number"], row["start_at"]),
    present=has_paragraphs,
    most=MeasuredBy(Sql(f"select {MOST_PLACES} as n")),
    requires=Requirement(text_shown, TextWithheld.code, lambda *_: {}, then=NOT_TAKEN_DOWN),
)


@strawberry.type(
    name="Anchor",
    description="Where words stand in an article's text, as a citation takes it (`AnchorInput`).",
)
class TextAnchor:
    table: ClassVar = "paragraph"
    paragraph: int = column("number", "In which paragraph, from 1.")
    start: int = column("start_at", "The offset of the first code point of the words.")
    end: int = column("end_at", "One past the last code point of the words.")
    sha256: str = column("sha256", "The SHA-256 of the words' UTF-8, in hex.")
