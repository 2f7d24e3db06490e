"""What generated operations search for: words of a world's texts, whole, cut, in quotes, odd.

In: a chooser and texts. Out: the text of a search. Many find several records, some none, and some
ask for more words than are allowed.
"""

from collections.abc import Sequence
from unicodedata import normalize

from tests.operations.chooser import Chooser

_MARKS = (" ", " ", "  ", "-", ", ", "_", "'", " * ", " OR ", ' "" ', " AND ", ":", "^", "\t")
_ODD = ("", " ", '"', '""', '" "', "*", "-", "a b", "NEAR(a b)", "«»", "\0", "(", "🏳️‍🌈", "'", ",")


class Searches:
    def __init__(self, chooser: Chooser, texts: Sequence[str]) -> None:
        self._chooser, self._texts = chooser, texts

    def make(self) -> str:
        if self._chooser.chance(6):
            return self._chooser.pick(_ODD)
        if self._chooser.chance(3):
            size = self._chooser.pick((20, 21, 19, 30))
            return " ".join(f"{place}{self._word()}" for place in range(size))
        made = self._part()
        for _ in range(self._chooser.pick((0, 0, 0, 1, 1, 2))):
            made += self._chooser.pick(_MARKS) + self._part()
        return self._vary(made)

    def _part(self) -> str:
        """A word, or words that stand together somewhere, as a rule."""
        if self._chooser.chance(55):
            return self._word()
        words = self._chooser.pick(self._texts).split() or [""]
        start = self._chooser.number(0, len(words) - 1)
        taken = words[start : start + self._chooser.pick((1, 2, 2, 3))]
        if self._chooser.chance(15):
            taken.reverse()
        phrase = " ".join(taken).replace('"', "")
        return f'"{phrase}"' if self._chooser.chance(75) else phrase

    def _word(self) -> str:
        word = self._chooser.pick(self._chooser.pick(self._texts).split() or [""])
        return word[: self._chooser.pick((1, 2, 3))] if self._chooser.chance(20) else word

    def _vary(self, made: str) -> str:
        if self._chooser.chance(15):
            made = made.swapcase()
        if self._chooser.chance(10):
            made = normalize(self._chooser.pick(("NFD", "NFC", "NFKD")), made)
        if self._chooser.chance(8):
            made += "\u0301"
        if self._chooser.chance(12):
            made += self._chooser.pick((" ", '"', " -", "…", "*", ' "', "."))
        return made
