"""Anchors: where in an article the words of a citation stand, and the hash that proves them.

In: a paragraph's text, and words or offsets. Out: code-point offsets and the SHA-256 of the words
in normal form (`kb.normalisation`). Words match exactly or not at all. Pure: no I/O.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from kb.normalisation import normalise, normalise_start


@dataclass(frozen=True, slots=True)
class Anchor:
    """`start` to `end` (one past the last code point) of a paragraph that counts from 1."""

    paragraph: int
    start: int
    end: int
    sha256: str


def hash_words(words: str) -> str:
    """The SHA-256 of the words as UTF-8, in hex."""
    return sha256(words.encode()).hexdigest()


def find_anchors(paragraphs: Sequence[str], words: str) -> Iterator[Anchor]:
    """Every place where the words stand, overlapping ones too; the paragraphs are normalised."""
    cited_words = normalise(words)
    for number, text in enumerate(paragraphs, 1):
        start = text.find(cited_words)
        while start >= 0:
            yield Anchor(number, start, start + len(cited_words), hash_words(cited_words))
            start = text.find(cited_words, start + 1)


def anchor_holds(anchor: Anchor, paragraphs: Sequence[str]) -> bool:
    """Whether the words at the anchor are the ones that were cited."""
    if anchor.paragraph > len(paragraphs):
        return False
    text = paragraphs[anchor.paragraph - 1]
    return anchor.end <= len(text) and hash_words(text[anchor.start : anchor.end]) == anchor.sha256


def shift_anchor(anchor: Anchor, old: Sequence[str], plain: Sequence[str]) -> Anchor | None:
    """The anchor of the same words in normalised paragraphs, of which empty ones do not count.

    None if nothing is left of the words.
    """
    before, after = old[anchor.paragraph - 1], plain[anchor.paragraph - 1]
    number = sum(1 for text in plain[: anchor.paragraph] if text)
    words = normalise(before[anchor.start : anchor.end])
    expected_start = len(normalise_start(before[: anchor.start]))
    start = _nearest_start(after, words, expected_start)
    if start is None:
        # The anchor cut a letter in two, a base and its accent: all of the letter is cited.
        start, end = expected_start, len(normalise_start(before[: anchor.end]))
        words = after[start:end]
    return Anchor(number, start, start + len(words), hash_words(words)) if words else None


def _nearest_start(text: str, words: str, expected_start: int) -> int | None:
    if not words:
        return None
    starts = (text.rfind(words, 0, expected_start + len(words)), text.find(words, expected_start))
    return min(
        (start for start in starts if start >= 0),
        key=lambda start: abs(start - expected_start),
        default=None,
    )
