"""Articles of one issue that are likely one: nearly the same headline, or nearly the same text.

In: the articles of an issue with key, day, headline and text. Out: the key of the article that
another one is likely a copy of. A look-up takes no longer with more articles. Pure: no I/O.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from kb.tokenizer import words

_FEWEST_WORDS = 3
"""Headlines of no more words are compared whole."""
_LEAST_SIMILARITY = 0.5
_DATELINE = re.compile(r"[^()]{0,200}\([^()]{0,100}\)\s?[‐‑‒–—―−⸺﹘－-]")
"""Whatever the words of its site: parentheses and a dash near the beginning."""
_RUN, _SKETCH, _SIGNS, _MOST_COMPARED = 3, 64, 8, 20
Hashes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What an article says, and when; its text may not be known."""

    key: str
    dated_on: str
    headline: str
    text: Sequence[str]


@dataclass
class DuplicateIndex:
    """The articles of one issue, indexed by the words of headlines and texts."""

    headlines: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)
    texts: defaultdict[tuple[str, int], list[tuple[str, Hashes]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, article: Wording) -> None:
        for headline_key in _headline_keys(article.headline):
            self.headlines.setdefault((article.dated_on, headline_key), article.key)
        sketch = _sketch(article.text)
        for sign in sketch[:_SIGNS]:
            alike = self.texts[article.dated_on, sign]
            if len(alike) < _MOST_COMPARED:
                alike.append((article.key, sketch))

    def find(self, article: Wording) -> str | None:
        """The key of an article of the same day that this one likely repeats."""
        for headline_key in _headline_keys(article.headline):
            if known := self.headlines.get((article.dated_on, headline_key)):
                return known
        sketch = _sketch(article.text)
        for sign in sketch[:_SIGNS]:
            for key, other in self.texts.get((article.dated_on, sign), ()):
                if _similarity(sketch, other) >= _LEAST_SIMILARITY:
                    return key
        return None


def _headline_keys(headline: str) -> Iterator[frozenset[str]]:
    """Its words; and all but each one, so that a word more, less or other makes no difference.

    A number does: part 1 is not part 2.
    """
    headline_words = frozenset(words(headline.replace("’", "").replace("'", ""))) or frozenset(
        {headline}
    )
    yield headline_words
    if len(headline_words) > _FEWEST_WORDS:
        yield from (
            headline_words - {word} for word in sorted(headline_words) if not word.isdecimal()
        )


def _sketch(text: Sequence[str]) -> Hashes:
    """A MinHash sketch: the least hashes of its runs of words, without its dateline."""
    text_words: list[str] = []
    for paragraph in text:
        dateline = _DATELINE.match(paragraph)
        text_words += words(paragraph[dateline.end() :] if dateline else paragraph)
    runs = {
        " ".join(text_words[at : at + _RUN]) for at in range(max(len(text_words) - _RUN + 1, 1))
    }
    return tuple(sorted({crc32(run.encode()) for run in runs if run})[:_SKETCH])


def _similarity(sketch: Hashes, other: Hashes) -> float:
    """The Jaccard similarity of two texts, estimated from their sketches."""
    least = set(sorted({*sketch, *other})[:_SKETCH])
    return len(least & {*sketch} & {*other}) / max(len(least), 1)
