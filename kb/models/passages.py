"""What can be searched: names, titles, headlines, summaries, claims and paragraphs, as words.

Beside them stand the words of names, by which one is found that is spelt otherwise.
"""

from sqlalchemy import Index
from sqlmodel import Field

from kb.models.base import Table, derived, foreign_key


class Passage(Table, table=True):
    """One text about a record, and its words as `kb.tokenizer` gives them, each between blanks.

    `weight` says how much a match counts; `known_from` is the day from which a reader could know
    the text, as text with sentinels; `ingested` tells paragraphs from what is written in our own
    words. Each engine keeps an index of the words beside this table.
    """

    __table_args__ = (Index(None, "record_id"), Index(None, "source_id"))
    id: int = Field(primary_key=True)
    record_id: int = Field(sa_column_args=[foreign_key("record.id")])
    source_id: int = Field(sa_column_args=[foreign_key("record.id")])
    text: str
    words: str
    weight: int
    known_from: str
    ingested: bool = Field(default=False, sa_column_kwargs=derived("false"))


class NameWord(Table, table=True):
    """A word of a name, title or headline, as it is `written` in it and as it is searched for."""

    __tablename__ = "name_word"
    __table_args__ = (Index(None, "word", "written", "known_from"),)
    source_id: int = Field(primary_key=True, sa_column_args=[foreign_key("record.id")])
    word: str = Field(primary_key=True)
    written: str = Field(primary_key=True)
    known_from: str


class NameTrigram(Table, table=True):
    """Three letters in a row of a word of some name, of which the word has `size`."""

    __tablename__ = "name_trigram"
    __table_args__ = (Index(None, "word"),)
    gram: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    size: int
