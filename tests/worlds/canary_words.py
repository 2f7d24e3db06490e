"""Words that only one article of a made-up archive has, so that what comes out tells whence.

In: the number of an article. Out: words, years, codes and issue numbers that no other article has,
and of a text those that it holds. The word of article 3 is `kanarydx…`, in any case and with or
without accents, and of letters alone, as names are that can be misspelt; the years of its claims
are 1830–1839 and 2130–2139, those of its dateline and its issue 2036 and 2037.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from re import Match
from unicodedata import combining, normalize

STEM = "kanary"
_PLAIN = re.compile(r"(?<![\w.])(?:[A-Z]{2}|\d{4}|[0-9a-f]{64})(?!\w)")
_LETTERS = "abcdefghijklmnopqrstuvwyz"
_WORD = re.compile(rf"{STEM}([{_LETTERS}])x[a-z]*")
_MARK = re.compile("[\u0300-\U0010ffff]")
"""Whatever may be a combining mark: the first one is U+0300."""
_CODES = [first + second for first in "QXJ" for second in _LETTERS.upper() if second != "O"]
_CODES_EACH = 8
_STYLES = (str, str.title, str.upper, lambda word: word.replace("a", "á", 1))
_BEGINNINGS = ("Bright", "amber", "Zinc", "Early", "the", "Old", "Ωmega", "middle")


class Words:
    """The words of one article; each is made once, and `places` tells where it was planted."""

    def __init__(self, number: int, random: Random) -> None:
        self._number, self._random = number, random
        self._codes = iter(_CODES[number * _CODES_EACH : (number + 1) * _CODES_EACH])
        self.places: dict[str, str] = {}

    def word(self, place: str) -> str:
        """A new word in plain letters, such as a key may have."""
        count = len(self.places)
        letters = _LETTERS[count // 625] + _LETTERS[count // 25 % 25] + _LETTERS[count % 25]
        word = f"{STEM}{_LETTERS[self._number]}x{letters}"
        self.places[word] = place
        return word

    def phrase(self, place: str) -> str:
        """Some words, among them a new one in any style, so that lists sort by them."""
        styled = self._random.choice(_STYLES)(self.word(place))
        return f"{self._random.choice(_BEGINNINGS)} {styled}"

    def code(self) -> str:
        """A new code of a state."""
        return next(self._codes)

    def day(self, century: int) -> str:
        """A date of a year that only this article has; of the 19th or the 22nd century."""
        year = century * 100 - 100 + self._number * 10 + self._random.randint(1, 8)
        return self._random.choice(
            (
                f"{year}",
                f"{year}-{self._random.randint(1, 12):02}",
                f"{year}-{self._random.randint(1, 12):02}-{self._random.randint(1, 28):02}",
                f"[{year}-02-03..{year}-09-17]",
            )
        )

    def whole_day(self, century: int) -> str:
        """The same as one day."""
        year = century * 100 - 100 + self._number * 10 + self._random.randint(1, 8)
        return f"{year}-{self._random.randint(1, 12):02}-{self._random.randint(1, 28):02}"

    def bound(self, century: int, *, first: bool) -> str:
        """A date open on one side, which excludes nothing that earlier articles say.

        With a `first` day it excludes nothing that later ones say, either.
        """
        start = century * 100 - 100 + self._number * 10
        return f"[{start}..]" if first else f"[..{start + 9}]"


def issue_number(number: int) -> int:
    """Of the article, or of the first that stands in its issue."""
    return 7000 + number


def words_in(text: str) -> Iterator[str]:
    """The words of articles in a text, in plain letters; years, codes and hashes as they are."""
    yield from _PLAIN.findall(text)
    for match in _WORD.finditer(_fold(text)):
        yield match[0]


def article_of(word: str) -> int | None:
    """The number of the article whose word it is."""
    match = _WORD.fullmatch(word)
    return _LETTERS.index(match[1]) if match else None


def _fold(text: str) -> str:
    if not text.isascii():
        text = _MARK.sub(_without_mark, normalize("NFKD", text))
    return text.casefold()


def _without_mark(letter: Match[str]) -> str:
    return "" if combining(letter[0]) else letter[0]


def known_days(days: Sequence[date], issues: Sequence[int]) -> Mapping[str, date]:
    """Since when each year, code and number is known; `days` and `issues` are by article."""
    known: dict[str, date] = {}
    for number, day in enumerate(days):
        decade = range(number * 10, number * 10 + 10)
        words = [f"{century + year}" for century in (1800, 2100) for year in decade]
        words += [f"{2030 + 2 * number}", f"{2031 + 2 * number}"]
        words += [f"{issue_number(issues[number])}"]
        words += _CODES[number * _CODES_EACH : (number + 1) * _CODES_EACH]
        for word in words:
            known[word] = min(day, known.get(word, day))
    return known
