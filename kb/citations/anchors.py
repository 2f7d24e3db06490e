"""Anchors: where in an article the words of a citation stand, and the proof that they are these.

In: a paragraph's text, and words or offsets. Out: code-point offsets and the SHA-256 of the words,
after the one normalisation. Words are found exactly or not at all. Pure: no I/O.
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


def shifted(anchor: Anchor, old: Sequence[str], plain: Sequence[str]) -> Anchor | None:
    """Where words of the old paragraphs stand in their normal form, empty ones left out.

    None if there is nothing of them.
    """
    before, after = old[anchor.paragraph - 1], plain[anchor.paragraph - 1]
    number = sum(1 for text in plain[: anchor.paragraph] if text)
    words = normalise(before[anchor.start : anchor.end])
    near = len(normalise_start(before[: anchor.start]))
    start = _nearest(after, words, near)
    if start is None:
        # A letter was cut in two: it is cited whole.
        start, end = near, len(normalise_start(before[: anchor.end]))
        words = after[start:end]
    return Anchor(number, start, start + len(words), digest(words)) if words else None


def _nearest(text: str, words: str, near: int) -> int | None:
    if not words:
        return None
    found = (text.rfind(words, 0, near + len(words)), text.find(words, near))
    return min((one for one in found if one >= 0), key=lambda one: abs(one - near), default=None)
