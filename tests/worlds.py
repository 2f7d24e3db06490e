"""Databases made up to stress whoever reads them: equal, absent and odd values everywhere.

In: an engine on an empty database, and a seed. Out: rows for every type, written as a load writes
them. Few names and days are shared by many records, so that lists have equal keys; bounds are open
on either side; words hold every character that a layer could take for its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, select
from sqlmodel import col

from kb import database
from kb.dates import PartialDate
from kb.errors import DateError
from kb.ingest import checks, store, texts
from kb.ingest.anchors import digest
from kb.ingest.documents import FILES, CitationDocument
from kb.ingest.records import Ref, Rows, citation_rows, rows_of
from kb.models import Attendance, EventKind, MembershipStatus, Mention, Stance
from kb.periods import EndKind, Period

Item = TypeVar("Item")
_FORMS = dict(FILES.values())
_BOUNDS = ("2000-01-01", "2001", "2001-06", "2001-06-15", "2003-12-31", "[..2002-03-04]")
_OPEN = ("[2002-03-04..]", "[2001-06-10..2002-06-20]", "[2000-01-01,2003-01-01]", "200X")
_DAYS = (*_BOUNDS, *_OPEN, "2001?", "2003~", "2004-02%", "2000-01-01", "2001-06-15")
_ATTESTED = (date(2001, 6, 15), date(2003, 12, 31), date(2002, 3, 4), date(1999, 1, 1))
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
    *("null", "0", "Alma", "Alma", "Ålma", "é", "Alma🏳", "Alma🏳", "Alma 1"),
)
OFFICES = ("President", "president", "Secretary-General", 'Chair of "it\'s" 100%')
CODES = ("AB", "AA", "ZZ", "BA")
COUNTS = {
    "Publication": 2,
    "Article": 9,
    "Organisation": 3,
    "State": 4,
    "Official": 4,
    "Membership": 24,
    "Term": 24,
    "Summit": 7,
    "Event": 12,
}


def fill(engine: Engine, seed: int) -> None:
    made = _World(Random(seed))
    rows = list(made.records())
    with database.write(engine) as connection:
        numbers = store.replace(connection, rows, [], {})
        names = texts.read_names(connection)
        for article, paragraphs in made.paragraphs.items():
            number = numbers[Ref("Article", article)]
            texts.write_paragraphs(connection, number, paragraphs)
            texts.derive(connection, number, paragraphs, names)
        made.mention(connection, numbers)


class _World:
    """Draws the records of one world; `paragraphs` are those of the articles that have a text."""

    def __init__(self, random: Random) -> None:
        self._random = random
        numbers = random.sample(range(1000), sum(COUNTS.values()))
        self._keys = {
            kind: [f"k-{numbers.pop()}" for _ in range(count)] for kind, count in COUNTS.items()
        }
        self._keys["State"] = list(CODES)
        self.paragraphs = {key: self._text() for key in self._keys["Article"][::2]}

    def records(self) -> Iterator[Rows]:
        spans: list[Rows] = []
        for kind, keys in self._keys.items():
            for key in keys:
                rows = self._record(Ref(kind, key))
                if any(checks.overlaps([rows], spans)):
                    continue
                spans.append(rows)
                yield rows
                if kind not in {"Publication", "Article"}:
                    yield from self._citations(rows.ref)

    def _record(self, ref: Ref) -> Rows:
        fields = {
            name: value for name, value in self._fields(ref.type).items() if value is not None
        }
        citations = {} if ref.type in {"Publication", "Article"} else {"citations": _ONE}
        document = _FORMS[ref.type].model_validate(fields | citations)
        span = fields.get("period") or fields.get("occurred")
        ongoing = span is not None and Period.parse(str(span)).end_kind is EndKind.ONGOING
        rows = rows_of(ref, document, self._pick(_ATTESTED) if ongoing else None)
        return Rows(rows.ref, rows.own, rows.parts, self._random.random() < 0.4)

    def _fields(self, kind: str) -> dict[str, object]:
        match kind:
            case "Publication":
                return {"name": self._word()}
            case "Article":
                return self._article()
            case "Organisation":
                return {
                    **self._named(),
                    "acronym": self._maybe(self._word),
                    "founded": self._maybe(self._day),
                    "predecessor": self._maybe_key("Organisation"),
                }
            case "State":
                return {**self._named(), "officialName": self._maybe(self._word)}
            case "Official":
                return {**self._named(), "nationality": self._maybe_key("State")}
            case "Membership":
                return {
                    "organisation": self._key("Organisation"),
                    "state": self._key("State"),
                    "status": self._pick(list(MembershipStatus)),
                    "period": self._span(),
                }
            case "Term":
                return self._term()
            case "Summit":
                return self._summit()
            case _:
                return self._event()

    def _article(self) -> dict[str, object]:
        issued = self._maybe(self._last_day)
        return {
            "headline": self._words(3),
            "publication": self._key("Publication"),
            "issueNumber": self._maybe(lambda: self._random.randint(-1, 3)),
            "issuedOn": issued,
            "datedOn": self._day() if issued else self._last_day(),
            "place": self._maybe(self._word),
            "author": self._maybe(self._word),
            "summary": self._maybe(lambda: self._words(6)),
            "url": self._maybe(self._word),
            "yearInferred": self._random.random() < 0.5,
        }

    def _term(self) -> dict[str, object]:
        body = self._pick(("Organisation", "State"))
        return {
            "official": self._key("Official"),
            "office": self._pick(OFFICES),
            body.lower(): self._key(body),
            "period": self._span(),
            "plannedEnd": self._maybe(self._day),
            "endReason": self._maybe(self._word),
        }

    def _summit(self) -> dict[str, object]:
        return {
            "name": self._word(),
            "organisation": self._key("Organisation"),
            "heldOn": self._day(),
            "city": self._maybe(self._word),
            "host": self._maybe_key("State"),
            "participants": [self._participant() for _ in range(self._random.randint(0, 4))],
        }

    def _participant(self) -> dict[str, object]:
        official = self._maybe_key("Official")
        return {
            "official": official,
            "state": self._maybe_key("State") if official else self._key("State"),
            "attendance": self._pick(list(Attendance)),
            "note": self._maybe(self._word),
        }

    def _event(self) -> dict[str, object]:
        return {
            "kind": self._pick(list(EventKind)),
            "title": self._word(),
            "occurred": self._span(),
            "place": self._maybe(self._word),
            "summit": self._maybe_key("Summit"),
            "organisations": self._some_keys("Organisation"),
            "states": self._some_keys("State"),
            "officials": self._some_keys("Official"),
        }

    def _citations(self, subject: Ref) -> Iterator[Rows]:
        for number in range(self._random.randint(0, 4)):
            key = f"c{self._random.randint(0, 99)}-{subject.key.lower()}-{number}"
            document = CitationDocument.model_validate(
                {
                    "article": (article := self._key("Article")),
                    "anchor": self._anchor(article),
                    "field": self._maybe(lambda: self._pick(("name", "period.start", "Name"))),
                    "value": self._maybe(self._word),
                    "stance": self._pick(list(Stance)),
                    "claim": self._words(3),
                }
            )
            yield citation_rows(subject, key, document)

    def _anchor(self, article: str) -> dict[str, object]:
        """Of words that are there, as a rule."""
        paragraphs = self.paragraphs.get(article) or self._text()
        number = self._random.randint(1, len(paragraphs))
        text = paragraphs[number - 1]
        start = self._random.randrange(len(text))
        end = self._random.randint(start + 1, len(text))
        words = text[start:end] if self._random.random() < 0.7 else "other words"
        return {"paragraph": number, "start": start, "end": end, "sha256": digest(words)}

    def mention(self, connection: Connection, numbers: Mapping[Ref, int]) -> None:
        """Mentions of records of any type, some of them as often as others."""
        known = set(connection.execute(select(col(Mention.article_id), col(Mention.subject_id))))
        subjects = [
            ref for ref in numbers if ref.type not in {"Publication", "Article", "Citation"}
        ]
        for article in self._keys["Article"]:
            for subject in self._random.sample(subjects, 4):
                ids = (numbers[Ref("Article", article)], numbers[subject])
                if ids not in known:
                    values = {"article_id": ids[0], "subject_id": ids[1]}
                    count = self._random.randint(1, 2)
                    connection.execute(insert(Mention).values(**values, count=count))

    def _text(self) -> list[str]:
        return [self._words(12) for _ in range(self._random.randint(1, 4))]

    def _named(self) -> dict[str, object]:
        aliases = [self._word() for _ in range(self._random.randint(0, 3))]
        return {"name": self._word(), "aliases": aliases}

    def _span(self) -> str:
        """Any form of period that some reading can order."""
        if self._random.random() < 0.2:
            # Never certain, so that many may stand beside one another.
            return self._pick(("[2001-06-10..2002-06-20]/[2001..2003]", "[..2002]/[..2003]"))
        while True:
            start, end = (
                self._pick(("", *_BOUNDS, *_OPEN)),
                self._pick(("", "..", *_BOUNDS, *_OPEN)),
            )
            text = self._pick((f"{start}/{end}", f"{start}/{end}", start or "2001-06-15"))
            try:
                Period.parse(text)
            except DateError:
                continue
            return text

    def _day(self) -> str:
        return self._pick(_DAYS)

    def _last_day(self) -> str:
        """A day that has a latest, as an article must."""
        return next(day for day in iter(self._day, None) if PartialDate.parse(day).latest)

    def _word(self) -> str:
        return self._pick(WORDS)

    def _words(self, most: int) -> str:
        return " ".join(self._word() for _ in range(self._random.randint(1, most)))

    def _key(self, kind: str) -> str:
        """One record of each type is in most of what there is."""
        return self._pick(self._keys[kind][: self._pick((1, None, None))])

    def _maybe_key(self, kind: str) -> str | None:
        return self._maybe(lambda: self._key(kind))

    def _some_keys(self, kind: str) -> list[str]:
        return self._random.sample(self._keys[kind], self._random.randint(0, 3))

    def _maybe(self, make: Callable[[], Item]) -> Item | None:
        return make() if self._random.random() < 0.6 else None

    def _pick(self, items: Sequence[Item]) -> Item:
        return self._random.choice(items)


_ONE = {
    "one": {
        "article": "k-0",
        "anchor": {"paragraph": 1, "start": 0, "end": 1, "sha256": "0" * 64},
        "claim": "It is there because a document must have one.",
    }
}
