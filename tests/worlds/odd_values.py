"""Values made up to stress whoever reads them: equal, absent and odd.

In: a source of chance. Out: `OddValues`, which draws days, spans, words and choices. Few of them
are shared by many records, so that lists have equal keys; bounds are open on either side; words
hold every character that a layer could take for its own.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from kb.errors import DateError
from kb.periods import Period

Item = TypeVar("Item")
_BOUNDS = ("2000-01-01", "2001", "2001-06", "2001-06-15", "2003-12-31", "[..2002-03-04]")
_OPEN = ("[2002-03-04..]", "[2001-06-10..2002-06-20]", "[2000-01-01,2003-01-01]", "200X")
_DAYS = (*_BOUNDS, *_OPEN, "2001?", "2003~", "2004-02%", "2000-01-01", "2001-06-15")
_ISSUE_DAYS = (
    *(
        "1999-12-31",
        "2000-05",
        "2001-06-15",
        "[..2002-03-04]",
        "2002-03-05",
        "[2002-06-01..2002-06-20]",
    ),
    *("2001?", "2003-01~", "2003-01-31", "200X"),
)
WORDS = (
    *(
        "Alma",
        "alma",
        "Ålma",
        "Älma",
        "Ωmega",
        "Ж",
        "łódź",
        "日本",
        "🏳️‍🌈",
        "e\u0301",
        "é",
        "İ",
        "ß",
    ),
    *('say "hi"', "it's", "back\\slash", "new\nline", "tab\tbed", "100%", "a_b", "what?", "{}"),
    *("{0}", "$1", "%s", ":name", "';--", "a\x01b", "a\x1fb", "a\x7fb", "a\u2028b", "</script>"),
    *("\ua7c3a", "\U000104d8b", "कि", "½", "Alma-Ata", "alma ata", "STRASSE"),
    *("null", "0", "Alma", "Alma", "Ålma", "é", "Alma🏳", "Alma🏳", "Alma 1"),
)
OFFICES = ("President", "president", "Secretary-General", 'Chair of "it\'s" 100%')
VACANT_OFFICES = ("Consul General", "consul–general", "PRESIDENT")
"""That events name, and no term does, or not so."""


class OddValues:
    def __init__(self, random: Random) -> None:
        self._random = random

    def span(self) -> str:
        """Any form of period that some reading can order."""
        if self._random.random() < 0.2:
            # Never certain, so that many may stand beside one another.
            return self.pick(("[2001-06-10..2002-06-20]/[2001..2003]", "[..2002]/[..2003]", "/"))
        while True:
            start, end = (
                self.pick(("", *_BOUNDS, *_OPEN)),
                self.pick(("", "..", *_BOUNDS, *_OPEN)),
            )
            text = self.pick((f"{start}/{end}", f"{start}/{end}", start or "2001-06-15"))
            try:
                Period.parse(text)
            except DateError:
                continue
            return text

    def existence(self) -> str:
        """That of most states goes on."""
        return self.pick((self.span(), f"{self.pick(_BOUNDS)}/.."))

    def day(self) -> str:
        return self.pick(_DAYS)

    def last_day(self) -> str:
        """A day that has a latest, as an article must."""
        return self.pick(_ISSUE_DAYS)

    def word(self) -> str:
        return self.pick(WORDS)

    def url(self) -> str:
        return f"https://example.org/{'-'.join(self.word().split())}"

    def words(self, most: int) -> str:
        return " ".join(self.word() for _ in range(self._random.randint(1, most)))

    def maybe(self, make: Callable[[], Item]) -> Item | None:
        return make() if self._random.random() < 0.6 else None

    def pick(self, items: Sequence[Item]) -> Item:
        return self._random.choice(items)
