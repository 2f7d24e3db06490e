"""Articles of one issue that are likely one: nearly the same headline, or nearly the same text.

In: the articles of an issue with key, day, headline and text. Out: the key of one that another is
likely to repeat. Looking for one takes no longer the more there are. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from kb.archive.grammar import DATELINE
from kb.tokenizer import words

_FEWEST_WORDS = 3
"""Fewer that two headlines share say nothing."""
_LEAST_ALIKE = 0.5
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
class Likely:
    """The articles of one issue, by what may be alike in them."""

    headlines: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)
    texts: defaultdict[tuple[str, int], list[tuple[str, Hashes]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, article: Wording) -> None:
        for one in _headline_keys(article.headline):
            self.headlines.setdefault((article.dated_on, one), article.key)
        sketch = _sketch(article.text)
        for sign in sketch[:_SIGNS]:
            alike = self.texts[article.dated_on, sign]
            if len(alike) < _MOST_COMPARED:
                alike.append((article.key, sketch))

    def find(self, article: Wording) -> str | None:
        """The key of one of the same day."""
        for one in _headline_keys(article.headline):
            if known := self.headlines.get((article.dated_on, one)):
                return known
        sketch = _sketch(article.text)
        for sign in sketch[:_SIGNS]:
            for key, other in self.texts.get((article.dated_on, sign), ()):
                if _alike(sketch, other) >= _LEAST_ALIKE:
                    return key
        return None


def _headline_keys(headline: str) -> Iterator[frozenset[str]]:
    """Its words; and all but each one, so that a word more, less or other makes no difference.

    A number does: part 1 is not part 2.
    """
    said = frozenset(words(headline.replace("’", "").replace("'", ""))) or frozenset({headline})
    yield said
    if len(said) > _FEWEST_WORDS:
        yield from (said - {word} for word in sorted(said) if not word.isdecimal())


def _sketch(text: Sequence[str]) -> Hashes:
    """The least hashes of its runs of words, which stand for all of them; without its dateline."""
    said: list[str] = []
    for paragraph in text:
        dateline = DATELINE.match(paragraph)
        said += words(paragraph[dateline.end() :] if dateline else paragraph)
    runs = {" ".join(said[at : at + _RUN]) for at in range(max(len(said) - _RUN + 1, 1))}
    return tuple(sorted({crc32(run.encode()) for run in runs if run})[:_SKETCH])


def _alike(one: Hashes, other: Hashes) -> float:
    """How many of the runs of both are in either, by the least of them."""
    least = set(sorted({*one, *other})[:_SKETCH])
    return len(least & {*one} & {*other}) / max(len(least), 1)
