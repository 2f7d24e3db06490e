"""Words of a text, as both engines search for them.

In: any text. Out: its words in Latin letters without case and accents, so that one spelling stands
for all, what a search asks of them, and by what words are near each other: trigrams, letters in
each other's place, words that are joined. Pure: no I/O.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from unicodedata import combining, normalize

from anyascii import anyascii

from kb.normalisation import normalise

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'(?:(?<!\S)(-))?(?:"([^"]*)("?)|([^\s"]+))')
_LONGEST = 60
"""Letters of a word that count: PostgreSQL takes no endless ones."""


def words(text: str) -> list[str]:
    """`Ålma-Ata’s` is `alma`, `ata` and `s`; `Алма` is `alma`."""
    if text.isascii():
        return [word[:_LONGEST] for word in _WORD.findall(text.casefold())]
    return [_fold(word) for word in _WORD.findall(_plain(text))]


def spellings(text: str) -> dict[str, str]:
    """Each word of a text as it is written, and what a search takes it for."""
    written = [word[:_LONGEST] for word in _WORD.findall(_plain(text))]
    return {word: _fold(word) for word in written}


def trigrams(word: str) -> frozenset[str]:
    """Three letters in a row; the beginning of a word has two of its own, its end has one."""
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def swaps(word: str) -> frozenset[str]:
    """The word with two letters that stand side by side in each other's place."""
    pairs = (f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(len(word) - 1))
    return frozenset(pairs) - {word}


def joins(parts: Sequence[str]) -> frozenset[str]:
    """Each word joined to the next, and all of them: what was meant as one may be written apart."""
    together = {*map("".join, pairwise(parts)), "".join(parts)}
    return frozenset(word for word in together if len(word) <= _LONGEST) - {*parts}


def _plain(text: str) -> str:
    """Without what stands by itself to be put on a letter."""
    return "".join(character for character in normalize("NFKC", text) if not combining(character))


def _fold(word: str) -> str:
    """In Latin letters; of what has none, as it is."""
    folded = word.casefold()
    if not folded.isascii():
        folded = "".join(_WORD.findall(anyascii(folded).casefold())) or _plain(folded)
    return folded[:_LONGEST]


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Words that stand next to each other; the last may be the beginning of one.

    Records that have what is `unwanted` are left out.
    """

    words: tuple[str, ...]
    begins: bool = False
    unwanted: bool = False

    @property
    def expression(self) -> str:
        """In the language of SQLite's FTS5; the migrations teach PostgreSQL as much of it."""
        return f'"{" ".join(self.words)}"' + (" *" if self.begins else "")


def search_terms(query: str) -> list[SearchTerm]:
    """What must all be found: phrases in quotes, words, and what the last word begins.

    What has a `-` before it must not be found.
    """
    query = normalise(query)
    terms = list(_read_terms(query))
    if terms and not terms[-1].unwanted and not query.endswith('"'):
        terms[-1] = replace(terms[-1], begins=True)
    return list(dict.fromkeys(terms))


def _read_terms(query: str) -> Iterator[SearchTerm]:
    for match in _QUOTED.finditer(query):
        minus, phrase, closed, plain = match.groups()
        inner = words(plain or phrase or "")
        if inner and (minus or closed):
            yield SearchTerm(tuple(inner), unwanted=bool(minus))
        elif not closed:
            yield from (SearchTerm((word,)) for word in inner)
