"""Citations of a made-up world: they agree, say more or less, differ, deny, and come at any time.

In: articles, and the fields of a record as a file has them. Out: its citations as a file has them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from kb.dates import PartialDate
from kb.derive.assertions import DATE_FIELDS, END_FIELDS, is_mere_bound
from tests.worlds.date_fields import date_names

Fields = Mapping[str, object]
_OTHER_FIELDS: Mapping[str, Sequence[str]] = {
    "Organisation": (
        *("acronym", "predecessor", "name", "aliases", "predecessors", "parent", "url"),
    ),
    "State": (
        *("name", "officialName", "predecessors", "existence.start", "existence.start"),
        *("existence.end", "existence.end"),
    ),
    "Official": ("nationality", "nationality", "aliases"),
    "Membership": (
        "period.start",
        "period.start",
        "period.end",
        "period.end",
        "status",
        "state",
        "statusNote",
    ),
    "Term": (
        *("period.start", "period.start", "period.end", "period.end"),
        *("office", "endReason", "organisation", "capacity"),
    ),
    "Summit": ("city", "host", "participants", "kind", "participantsComplete"),
    "Event": (
        *("occurred.start", "occurred.start", "occurred.end", "occurred.end"),
        *("kind", "place", "office", "office", "summit", "title", "parties"),
    ),
}
ASSERTED: Mapping[str, Sequence[str]] = {
    name: (*date_names(name), *date_names(name), *others) for name, others in _OTHER_FIELDS.items()
}
"""Dates most often."""
_DATES = (
    *("2001", "2001-06", "2001-06-15", "[2001-06-10..2002-06-20]", "[..2002-03-04]", "200X"),
    *("[2002-03-04..]", "2003", "2003-12-31", "2001?", "[2001..2003]", "1999"),
)
_OBSERVED = ("1999-12-31", "2001-06-15", "2002-03-04", "2003-01-31")
_WORDS: Mapping[str, Sequence[str]] = {
    "status": ("MEMBER", "member", "SUSPENDED", "associate", "former", "Alma"),
    "kind": ("DECISION", "Arrest", "war", "vacancy", "SUMMIT", "meeting"),
    "participantsComplete": ("true", "false", "TRUE"),
    "nationality": ("ab", "AA", "ZZ"),
    "host": ("AB", "zz", "BA"),
    "state": ("AB", "aa", "Alma"),
    "parties": ("AB ACTOR", "k-1,aa DENIED", "nobody BYSTANDER, ZZ"),
}
_OTHER = ("Alma", "alma", "É", "e\u0301", "Ж", "President", "president")
_REFERENCES = {"predecessor": "Organisation", "parent": "Organisation", "summit": "Summit"}
_LISTS = {
    "participants": ("Official", "State"),
    "predecessors": ("Organisation", "State"),
    "organisations": ("Organisation",),
    "states": ("State",),
    "officials": ("Official",),
}
_NOWHERE = ("k-0", "nobody")


class CitationMaker:
    """`keys` are those of the records by type."""

    def __init__(
        self, random: Random, articles: Mapping[str, Fields], keys: Mapping[str, Sequence[str]]
    ) -> None:
        self._random, self._articles, self._keys = random, articles, keys

    def citations(
        self, record_type: str, key: str, fields: Fields, anchor: Callable[[str], object]
    ) -> dict[str, object]:
        """From one to six, of which the first supports; what is ongoing is attested, if it can."""
        made: dict[str, object] = {}
        ends = [name for name in ASSERTED[record_type] if name.endswith(".end")]
        ongoing = ends and is_ongoing(fields)
        for number in range(self._random.choice((1, 2, 3, 4, 6))):
            name = (
                self._random.choice(ASSERTED[record_type]) if self._random.random() < 0.8 else None
            )
            value = self._value(name, fields) if name and self._random.random() < 0.9 else None
            if number == 0 and ongoing:
                name, value = ends[0], ".."
            elif number == 0 and name and is_mere_bound(name, value):
                value = None
            article = self._random.choice(list(self._articles))
            citation = {
                "article": article,
                **self._place(article, anchor),
                "observedOn": self._observed_on(article),
                "field": name,
                "value": value,
                "stance": "DISPUTES" if number and self._random.random() < 0.35 else "SUPPORTS",
                "claim": self._claim(),
            }
            citation_key = f"c{self._random.randint(0, 99)}-{record_type}-{key}-{number}".lower()
            made[citation_key] = {
                name: given for name, given in citation.items() if given is not None
            }
        return made

    def _place(self, article: str, anchor: Callable[[str], object]) -> dict[str, object]:
        """Words, a locator, or the source as a whole."""
        if self._random.random() < 0.7:
            return {"anchor": anchor(article)}
        return {"locator": self._random.choice(("row 7", "p. 3", "Ж", None, None))}

    def _observed_on(self, article: str) -> str | None:
        """Now and then, and no later than when the article was known by its own dates."""
        fields = self._articles[article]
        latest = PartialDate.parse(str(fields.get("issuedOn") or fields["datedOn"])).latest
        day = self._random.choice(_OBSERVED) if self._random.random() < 0.4 else None
        return day if day and latest and day <= latest.isoformat() else None

    def attested_days(self, fields: Fields) -> list[date]:
        """The days on which articles say that it was still running."""
        citations: Any = fields.get("citations", {})
        days = [
            PartialDate.parse(
                citation.get("observedOn") or str(self._articles[citation["article"]]["datedOn"])
            ).earliest
            for citation in citations.values()
            if citation["stance"] == "SUPPORTS"
            and citation.get("value") == ".."
            and citation.get("field") in END_FIELDS
        ]
        return [day for day in days if day]

    def _value(self, name: str, fields: Fields) -> str:
        recorded = _recorded(name, fields)
        dated = name in DATE_FIELDS
        if recorded and self._random.random() < 0.45:
            return recorded if dated or self._random.random() < 0.6 else recorded.swapcase()
        if dated:
            running = name.endswith(".end") and self._random.random() < 0.3
            return ".." if running else self._random.choice(_DATES)
        if name in _LISTS:
            return ",".join(self._members(name))
        if name in _REFERENCES:
            keys = self._keys[_REFERENCES[name]]
            return self._random.choice((*keys, keys[0].upper(), *_NOWHERE))
        return self._random.choice(_WORDS.get(name, _OTHER))

    def _members(self, name: str) -> list[str]:
        """Keys of some records, perhaps with a word behind."""
        keys = [key for record_type in _LISTS[name] for key in self._keys[record_type]]
        words = ("", "", " attended", " ABSENT") if name == "participants" else ("",)
        count = self._random.randint(1, 3)
        return [self._random.choice(keys) + self._random.choice(words) for _ in range(count)]

    def _claim(self) -> str:
        size = self._random.randint(1, 3)
        return " ".join(self._random.choice(("Alma", "says", "Ж", "no")) for _ in range(size))


def is_ongoing(fields: Fields) -> bool:
    """Whether its period goes on, if it has one."""
    spans = (fields.get(name) for name in ("period", "occurred", "existence"))
    return any(str(span).endswith("/..") for span in spans)


def _recorded(name: str, fields: Fields) -> str | None:
    """As the file has it."""
    span, _, bound = name.partition(".")
    text = str(fields[span]) if fields.get(span) and isinstance(fields[span], str) else None
    if not bound or text is None:
        return text
    start, slash, end = text.partition("/")
    return (start if bound == "start" or not slash else end) or None
