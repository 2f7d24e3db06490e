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
        plain = "".join(one for one in normalize("NFKD", text) if not combining(one))
    return [word[:_LONGEST] for word in _WORD.findall(plain.casefold())]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other; the last may be the beginning of one."""

    words: tuple[str, ...]
    begins: bool = False

    @property
    def expression(self) -> str:
        """In the language of SQLite's FTS5; the migrations teach PostgreSQL as much of it."""
        return f'"{" ".join(self.words)}"' + (" *" if self.begins else "")


def terms(query: str) -> list[Term]:
    """What must all be found: phrases in quotes, words, and what the last word begins."""
    query = normalise(query)
    found = list(_terms(query))
    if found and not query.endswith('"'):
        found[-1] = Term(found[-1].words, begins=True)
    return list(dict.fromkeys(found))


def _terms(query: str) -> Iterator[Term]:
    for match in _QUOTED.finditer(query):
        phrase, closed, plain = match.groups()
        if closed and (quoted := words(phrase)):
            yield Term(tuple(quoted))
        elif not closed:
            yield from (Term((word,)) for word in words(plain or phrase or ""))
