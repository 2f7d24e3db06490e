"""Anchors: where in an article the words of a citation stand, and the proof that they are these.

In: a paragraph's text, and words or offsets. Out: code-point offsets and the SHA-256 of the words,
after the one normalisation. Words are found exactly or not at all. Pure: no I/O.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from kb.normalisation import normalise


@dataclass(frozen=True, slots=True)
class Anchor:
    """`start` to `end` (one past the last code point) of a paragraph that counts from 1."""

    paragraph: int
    start: int
    end: int
    sha256: str


def digest(words: str) -> str:
    """The SHA-256 of the words as UTF-8, in hex."""
    return sha256(words.encode()).hexdigest()


def find_anchors(paragraphs: Sequence[str], words: str) -> Iterator[Anchor]:
    """Every place where the words stand, overlapping ones too; the paragraphs are normalised."""
    wanted = normalise(words)
    for number, text in enumerate(paragraphs, 1):
        start = text.find(wanted)
        while start >= 0:
            yield Anchor(number, start, start + len(wanted), digest(wanted))
            start = text.find(wanted, start + 1)


def holds(anchor: Anchor, paragraphs: Sequence[str]) -> bool:
    """Whether the words at the anchor are the ones that were cited."""
    if anchor.paragraph > len(paragraphs):
        return False
    text = paragraphs[anchor.paragraph - 1]
    return anchor.end <= len(text) and digest(text[anchor.start : anchor.end]) == anchor.sha256
