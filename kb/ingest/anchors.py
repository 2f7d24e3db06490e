"""Anchors: where in an article the words of a citation stand, and the proof that they are these.

In: a paragraph's text, and words or offsets. Out: code-point offsets and the SHA-256 of the words,
after one normalisation. Words are found exactly or not at all. Pure: no I/O.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from unicodedata import normalize

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Anchor:
    """`start` to `end` (one past the last code point) of a paragraph that counts from 1."""

    paragraph: int
    start: int
    end: int
    sha256: str


def normalise(text: str) -> str:
    """NFC, with line breaks and runs of blanks of any kind, such as no-break ones, as one space."""
    return _BLANKS.sub(" ", normalize("NFC", text)).strip()


def digest(words: str) -> str:
    """The SHA-256 of the words as UTF-8, in hex."""
    return sha256(words.encode()).hexdigest()


def find_anchors(paragraphs: list[str], words: str) -> list[Anchor]:
    """Every place where the words stand, overlapping ones too; the paragraphs are normalised."""
    wanted = normalise(words)
    return [
        Anchor(number, found.start(), found.start() + len(wanted), digest(wanted))
        for number, text in enumerate(paragraphs, 1)
        for found in re.finditer(f"(?={re.escape(wanted)})", text)
    ]


def holds(anchor: Anchor, paragraphs: Sequence[str]) -> bool:
    """Whether the words at the anchor are the ones that were cited."""
    if anchor.paragraph > len(paragraphs):
        return False
    text = paragraphs[anchor.paragraph - 1]
    return anchor.end <= len(text) and digest(text[anchor.start : anchor.end]) == anchor.sha256
