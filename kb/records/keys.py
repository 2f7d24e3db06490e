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


def _is_spoken(one: str) -> bool:
    """A letter, a number or a part of one; signs only part words."""
    return one.isalnum() or category(one).startswith("M")


def _words(text: str, named: Callable[[str], bool]) -> list[str]:
    """Of the characters that are `named`, in Latin letters."""
    return _WORD.findall("".join(_latin(one) if named(one) else _bare(one) for one in text.lower()))


@lru_cache(1000)
def _latin(one: str) -> str:
    """In Latin letters; an ideograph is a word of its own."""
    bare = _bare(one)
    if bare.isascii():
        return bare
    found = _APOSTROPHE.sub("", anyascii(one)).lower()
    return f" {found} " if name(one, "").startswith("CJK") else found


def _bare(one: str) -> str:
    """A letter without its accents; an apostrophe is none."""
    parts = normalize("NFKD", _APOSTROPHE.sub("", one))
    return "".join(part for part in parts if not combining(part)).lower()
