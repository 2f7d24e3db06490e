"""Names found in texts: who is mentioned, and how often.

In: the names that records go by, and texts, all normalised. Out: counts by record. A name counts
where its words stand next to one another as whole words, in its own spelling; of names that
overlap, the one that begins first counts, and of those the longest. Pure: no I/O.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

_WORD = re.compile(r"\w+")


class Times(NamedTuple):
    """How often a record is named, and how often of that outside of a text that may be withheld."""

    whole: int
    outside_text: int


class Names:
    """Names compiled for one search for all of them; several records may share a name."""

    def __init__(self, named: Iterable[tuple[int, str]]) -> None:
        self._owners: dict[str, set[int]] = {}
        for record, name in named:
            if words := words_of(name):
                self._owners.setdefault(words, set()).add(record)
        self._patterns = list(self._owners)
        self._search = AhoCorasick(self._patterns, MatchKind.LeftmostLongest)

    def count(self, texts: Iterable[str]) -> Counter[int]:
        """How often the texts name each record, without records that they do not name."""
        counts: Counter[int] = Counter()
        for text in texts:
            for pattern, _, _ in self._search.find_matches_as_indexes(words_of(text)):
                counts.update(self._owners[self._patterns[pattern]])
        return counts

    def find_all(self, texts: Iterable[str]) -> set[tuple[int, str]]:
        """Records, with the words of those names of theirs that stand in the texts, whether or not
        within other names."""
        return {
            (record, self._patterns[pattern])
            for text in texts
            for pattern, _, _ in self._overlapping.find_matches_as_indexes(
                words_of(text), overlapping=True
            )
            for record in self._owners[self._patterns[pattern]]
        }

    @cached_property
    def _overlapping(self) -> AhoCorasick:
        return AhoCorasick(self._patterns, MatchKind.Standard)


def longest_word(name: str) -> str:
    """A word that stands wherever the name does; empty if it has none."""
    return max(_WORD.findall(name), key=len, default="")


def words_of(text: str) -> str:
    """The words, each between its own two blanks, so that a match covers whole words.

    Two for each: matches may not overlap, and adjacent names would share a single blank.
    """
    return "".join(f" {word} " for word in _WORD.findall(text))
