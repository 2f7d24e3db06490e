"""Words of a text, as both engines search for them.

In: any text. Out: its words without case and accents, so that one spelling stands for all, and what
a search asks of them. Pure: no I/O.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import combining, normalize

from kb.normalisation import normalise

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'"([^"]*)("?)|([^"]+)')
_LONGEST = 60
"""Letters of a word that count: PostgreSQL takes no endless ones."""


def words(text: str) -> list[str]:
    """`Ålma-Ata’s` is `alma`, `ata` and `s`."""
    plain = text
    if not text.isascii():
        plain = "".join(
            character for character in normalize("NFKD", text) if not combining(character)
        )
    return [word[:_LONGEST] for word in _WORD.findall(plain.casefold())]


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Words that stand next to each other; the last may be the beginning of one."""

    words: tuple[str, ...]
    begins: bool = False

    @property
    def expression(self) -> str:
        """In the language of SQLite's FTS5; the migrations teach PostgreSQL as much of it."""
        return f'"{" ".join(self.words)}"' + (" *" if self.begins else "")


def search_terms(query: str) -> list[SearchTerm]:
    """What must all be found: phrases in quotes, words, and what the last word begins."""
    query = normalise(query)
    terms = list(_read_terms(query))
    if terms and not query.endswith('"'):
        terms[-1] = SearchTerm(terms[-1].words, begins=True)
    return list(dict.fromkeys(terms))


def _read_terms(query: str) -> Iterator[SearchTerm]:
    for match in _QUOTED.finditer(query):
        phrase, closed, plain = match.groups()
        if closed and (quoted := words(phrase)):
            yield SearchTerm(tuple(quoted))
        elif not closed:
            yield from (SearchTerm((word,)) for word in words(plain or phrase or ""))
