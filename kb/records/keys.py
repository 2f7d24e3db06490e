"""Keys made of words: a record's permanent name, in plain letters, whatever script it is from.

In: a headline or a name. Out: lower-case words joined by hyphens, as many as fit. Pure: no I/O.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import category, combining, name, normalize

from anyascii import anyascii

_LONGEST = 100
_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHE = re.compile("['’`]")


def key_of(text: str, otherwise: str) -> str:
    """Without accents or the article before a title; `otherwise` if there is nothing to be read."""
    words = _words(text, _is_spoken) or _words(text, lambda _: True) or [otherwise]
    return cut("-".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words))


def article_key(publication: str, issue: int | None, headline: str) -> str:
    parts = cut(publication), str(issue or ""), key_of(headline, "article")
    return "-".join(part for part in parts if part)


def cut(key: str, longest: int = _LONGEST) -> str:
    """The words that fit, or the beginning of the first."""
    if len(key) <= longest:
        return key
    whole, _, _ = key[: longest + 1].rpartition("-")
    return whole or key[:longest]


def _is_spoken(character: str) -> bool:
    """A letter, a number or a part of one; signs only part words."""
    return character.isalnum() or category(character).startswith("M")


def _words(text: str, is_kept: Callable[[str], bool]) -> list[str]:
    """In Latin letters; characters that are not kept part words, but for an apostrophe."""
    return _WORD.findall(
        "".join(
            _latin(character) if is_kept(character) else _bare(character)
            for character in text.lower()
        )
    )


@lru_cache(1000)
def _latin(character: str) -> str:
    """In Latin letters; an ideograph is a word of its own."""
    bare = _bare(character)
    if bare.isascii():
        return bare
    letters = _APOSTROPHE.sub("", anyascii(character)).lower()
    return f" {letters} " if name(character, "").startswith("CJK") else letters


def _bare(character: str) -> str:
    """A letter without its accents; an apostrophe is none."""
    parts = normalize("NFKD", _APOSTROPHE.sub("", character))
    return "".join(part for part in parts if not combining(part)).lower()
