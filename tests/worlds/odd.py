"""Databases made up to stress whoever reads them: equal, absent and odd values everywhere.

In: an engine on an empty database, and a seed. Out: records of every type, loaded from seed files.
Few names and days are shared by many records, so that lists have equal keys; bounds are open on
either side; words hold every character that a layer could take for its own.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, insert, select
from sqlmodel import col

from kb import database
from kb.citations import article_texts
from kb.citations.anchors import hash_words
from kb.commit import overlaps
from kb.config import Settings
from kb.derive import recompute
from kb.files.file_sets import Terms
from kb.files.load import Manner, load
from kb.models import (
    ArticleKind,
    Attendance,
    EventKind,
    EventRole,
    MembershipStatus,
    Mention,
    SummitKind,
)
from kb.records.documents import FILES, FORMS, SOURCED
from kb.records.rows import Ref, Rows, rows_of
from tests.support.databases import Place
from tests.support.stored_records import read_numbers
from tests.worlds.citations import CitationMaker, is_ongoing
from tests.worlds.date_fields import date_names
from tests.worlds.odd_values import OFFICES, VACANT_OFFICES, OddValues

CODES = ("AB", "AA", "ZZ", "BA")
_PARTY_TYPES = {"organisation": "Organisation", "state": "State", "official": "Official"}
COUNTS = {
    "Scheme": 2,
    "Publication": 2,
    "Article": 9,
    "Organisation": 3,
    "State": 4,
    "Official": 4,
    "Membership": 24,
    "Term": 24,
    "Summit": 7,
    "Event": 16,
}


_WORLD = Terms("world")


def fill(engine: Engine, seed: int) -> None:
    """Load a world over another one of the same keys, of which nothing may be left."""
    draft, final = (
        _World(Random(f"before {seed}"), Random(seed)),
        _World(Random(seed), Random(seed)),
    )
    for world in (draft, final):
        world.load(engine)
        with database.write_transaction(engine) as connection:
            world.add_texts(connection)


def keep_world(place: Place, migrated: Settings, seed: int) -> Settings:
    """A template with the world of a seed."""

    def make(settings: Settings) -> None:
        engine = database.open_engine(settings)
        fill(engine, seed)
        engine.dispose()

    return place.keep(f"odd-{seed}", migrated, make)


def load_again(engine: Engine, seed: int, times: int) -> None:
    """Load the world of a seed as it has become by then: its keys are the same, and little else."""
    _World(Random(f"{seed} for the {times}th time"), Random(seed)).load(engine)


def records_of(seed: int) -> Iterator[tuple[Ref, Mapping[str, object]]]:
    """The records of a world, as seed files would have them."""
    return _World(Random(seed), Random(seed)).records()


class _World:
    """Draws the records of one world; `paragraphs` are those of the articles that have a text."""

    def __init__(self, random: Random, keys: Random) -> None:
        self._random, self._odd = random, OddValues(random)
        # Records of different types may have one key.
        self._keys = {
            record_type: [f"k-{number}" for number in keys.sample(range(100), count)]
            for record_type, count in COUNTS.items()
        }
        self._keys["State"] = list(CODES)
        self._keys["About"] = ["about"]
        self._articles = {key: self._article() for key in self._keys["Article"]}
        self.paragraphs = {key: self._text() for key in self._keys["Article"][::2]}
        self._citation_maker = CitationMaker(random, self._articles, self._keys)

    def load(self, engine: Engine) -> None:
        """Instead of all that was loaded before."""
        with TemporaryDirectory() as name:
            files = [self.write(Path(name))]
            load(engine, files, terms=_WORLD, manner=Manner(prune=True))

    def write(self, folder: Path) -> Path:
        """Seed files of all its records."""
        forms = {record_type: name for name, (record_type, _) in FILES.items()}
        documents: dict[str, dict[str, object]] = {name: {} for name in FILES}
        for ref, fields in self.records():
            documents[forms[ref.type]][ref.key] = fields
        for name, records in documents.items():
            (folder / f"{name}.yaml").write_text(as_yaml(records), encoding="utf-8")
        return folder

    def add_texts(self, connection: Connection) -> None:
        """Paragraphs, as an ingestion stores them, and mentions of records of other types."""
        numbers = read_numbers(connection)
        names = article_texts.read_names(connection)
        articles = {key: numbers[Ref("Article", key)] for key in self.paragraphs}
        for key, number in articles.items():
            article_texts.write_texts(connection, {number: self.paragraphs[key]})
            article_texts.update_from_texts(connection, {number: self.paragraphs[key]}, names)
        recompute.derive(connection, articles.values(), {})
        self._mention(connection, numbers)

    def records(self) -> Iterator[tuple[Ref, dict[str, object]]]:
        spans: list[Rows] = []
        for record_type, keys in self._keys.items():
            for key in keys:
                fields = self._record(record_type, key)
                rows = self._rows(Ref(record_type, key), fields)
                if not any(overlaps.find_overlaps([rows], spans)):
                    spans.append(rows)
                    yield Ref(record_type, key), fields

    def _rows(self, ref: Ref, fields: Mapping[str, object]) -> Rows:
        """What would be stored of a record, to see what it overlaps."""
        document = FORMS[ref.type].model_validate(fields)
        days = self._citation_maker.attested_days(fields)
        return rows_of(ref, document, max(days) if days else None)

    def _record(self, record_type: str, key: str) -> dict[str, object]:
        while True:
            given = self._articles[key] if record_type == "Article" else self._fields(record_type)
            given = {
                name: self._odd.maybe(self._odd.day) for name in date_names(record_type)
            } | given
            fields = {name: value for name, value in given.items() if value is not None}
            if record_type not in SOURCED:
                return fields
            fields["identifiers"] = self._identifiers(record_type, key)
            fields["citations"] = self._citation_maker.citations(
                record_type, key, fields, self._anchor
            )
            if not is_ongoing(fields) or self._citation_maker.attested_days(fields):
                return fields

    def _fields(self, record_type: str) -> dict[str, object]:
        match record_type:
            case "Scheme":
                return self._scheme()
            case "About":
                return self._about()
            case "Publication":
                return {"name": self._odd.word(), "publisher": self._odd.maybe(self._odd.word)}
            case "Organisation":
                return {
                    **self._names(),
                    "acronym": self._odd.maybe(self._odd.word),
                    **self._origins(),
                    "parent": self._maybe_key("Organisation"),
                    "url": self._odd.maybe(self._odd.url),
                }
            case "State":
                return {
                    **self._names(),
                    "officialName": self._odd.maybe(self._odd.word),
                    "existence": self._odd.maybe(self._odd.existence),
                    "predecessors": self._some_keys("State"),
                }
            case "Official":
                return {**self._names(), "nationality": self._maybe_key("State")}
            case "Membership":
                return {
                    "organisation": self._key("Organisation"),
                    "state": self._key("State"),
                    "status": self._odd.pick(list(MembershipStatus)),
                    "statusNote": self._odd.maybe(self._odd.word),
                    "period": self._odd.span(),
                }
            case "Term":
                return self._term()
            case "Summit":
                return self._summit()
            case _:
                return self._event()

    def _scheme(self) -> dict[str, object]:
        template = self._odd.pick((None, "https://example.org/{value}?{value}", "{value}"))
        return {
            "name": self._odd.word(),
            "pattern": ".+" if template else self._odd.pick((None, ".+")),
            "template": template,
            "telling": self._random.random() < 0.4,
        }

    def _about(self) -> dict[str, object]:
        return {
            "title": self._odd.word(),
            "description": self._odd.maybe(lambda: self._odd.words(4)),
            "licence": self._odd.maybe(self._odd.word),
            "contact": self._odd.maybe(self._odd.word),
            "organisation": self._maybe_key("Organisation"),
            "offices": [*{self._odd.pick(OFFICES): None}],
            "examples": [{"title": self._odd.words(2), "query": "{ revision }"}],
        }

    def _identifiers(self, record_type: str, key: str) -> list[dict[str, object]]:
        """Shared with records of other types, and never with another of its own."""
        number = self._keys[record_type].index(key)
        schemes = self._random.sample(self._keys["Scheme"], self._random.randint(0, 2))
        words = (f"{number}", f"https://example.org/{number}", f"Q{number} ß")
        return [{"scheme": scheme, "value": self._odd.pick(words)} for scheme in schemes]

    def _origins(self) -> dict[str, object]:
        """A predecessor, and others besides it."""
        keys = self._some_keys("Organisation")
        return {"predecessor": keys[0] if keys else None, "predecessors": keys[1:]}

    def _article(self) -> dict[str, object]:
        issued = self._odd.maybe(self._odd.last_day)
        return {
            "headline": self._odd.words(3),
            "kind": self._odd.pick(list(ArticleKind)),
            "publication": self._key("Publication"),
            "issueNumber": self._odd.maybe(lambda: self._random.randint(1, 5)),
            "issuedOn": issued,
            "datedOn": self._odd.day() if issued else self._odd.last_day(),
            "place": self._odd.maybe(self._odd.word),
            "author": self._odd.maybe(self._odd.word),
            "attribution": self._odd.maybe(lambda: self._odd.words(2)),
            "summary": self._odd.maybe(lambda: self._odd.words(6)),
            "url": self._odd.maybe(self._odd.url),
            "yearInferred": self._random.random() < 0.5,
        }

    def _term(self) -> dict[str, object]:
        body = self._odd.pick(("Organisation", "State"))
        return {
            "official": self._key("Official"),
            "office": self._odd.pick(OFFICES),
            body.lower(): self._key(body),
            "capacity": self._odd.maybe(self._odd.word),
            "period": self._odd.span(),
            "endReason": self._odd.maybe(self._odd.word),
        }

    def _summit(self) -> dict[str, object]:
        return {
            "name": self._odd.word(),
            "kind": self._odd.maybe(lambda: self._odd.pick(list(SummitKind))),
            "participantsComplete": self._random.random() < 0.3,
            "organisation": self._key("Organisation"),
            "heldOn": self._odd.day(),
            "city": self._odd.maybe(self._odd.word),
            "host": self._maybe_key("State"),
            "participants": self._participants(),
        }

    def _participants(self) -> list[dict[str, object]]:
        """Each once: an official, or a state for which nobody is named."""
        participants = [self._participant() for _ in range(self._random.randint(0, 4))]
        return list(
            {
                (participant["official"] or participant["state"]): participant
                for participant in participants
            }.values()
        )

    def _participant(self) -> dict[str, object]:
        official = self._maybe_key("Official")
        return {
            "official": official,
            "state": self._maybe_key("State") if official else self._key("State"),
            "attendance": self._odd.pick(list(Attendance)),
            "note": self._odd.maybe(self._odd.word),
        }

    def _event(self) -> dict[str, object]:
        """Who is a party stands in no list beside the parties."""
        parties = self._parties()
        named = {party[name] for party in parties for name in party.keys() & {*_PARTY_TYPES}}
        kind = self._odd.pick((EventKind.VACANCY, EventKind.VACANCY, *EventKind))
        event = {
            "kind": kind,
            "title": self._odd.word(),
            "occurred": self._odd.span(),
            "place": self._odd.maybe(self._odd.word),
            "office": self._odd.maybe(self._office),
            "summit": self._maybe_key("Summit"),
            "parties": parties,
            **{
                f"{name}s": [key for key in self._some_keys(record_type) if key not in named]
                for name, record_type in _PARTY_TYPES.items()
            },
        }
        return event | self._vacant_office() if kind is EventKind.VACANCY else event

    def _parties(self) -> list[dict[str, object]]:
        """Each once in a role."""
        parties = [self._party() for _ in range(self._random.randint(0, 4))]
        return list(
            {
                tuple(sorted((name, str(party[name])) for name in party if name != "note")): party
                for party in parties
            }.values()
        )

    def _party(self) -> dict[str, object]:
        name = self._odd.pick([*_PARTY_TYPES])
        return {
            name: self._key(_PARTY_TYPES[name]),
            "role": self._odd.pick(list(EventRole)),
            "note": self._odd.maybe(self._odd.word),
        }

    def _vacant_office(self) -> dict[str, object]:
        """Of one body as a rule, of several now and then."""
        organisations, states = self._some_keys("Organisation"), self._some_keys("State")
        if not organisations and not states:
            organisations = [self._key("Organisation")]
        parties = [party for party in self._parties() if "official" in party]
        bodies = {"organisations": organisations, "states": states}
        return {"office": self._office(), "parties": parties, "officials": [], **bodies}

    def _office(self) -> str:
        return self._odd.pick((*OFFICES, *VACANT_OFFICES))

    def _anchor(self, article: str) -> dict[str, object]:
        """Of words that are there, as a rule."""
        paragraphs = self.paragraphs.get(article) or self._text()
        number = self._random.randint(1, len(paragraphs))
        text = paragraphs[number - 1]
        start = self._random.randrange(len(text))
        end = self._random.randint(start + 1, len(text))
        words = text[start:end] if self._random.random() < 0.7 else "other words"
        return {"paragraph": number, "start": start, "end": end, "sha256": hash_words(words)}

    def _mention(self, connection: Connection, numbers: Mapping[Ref, int]) -> None:
        """Mentions of what has no names to be looked for, some of them as often as others."""
        known = set(connection.execute(select(col(Mention.article_id), col(Mention.subject_id))))
        types = SOURCED.keys() - article_texts.MENTIONED_TYPES
        subjects = [ref for ref in numbers if ref.type in types]
        for article in self._keys["Article"]:
            for subject in self._random.sample(subjects, 4):
                ids = (numbers[Ref("Article", article)], numbers[subject])
                if ids not in known:
                    values = {"article_id": ids[0], "subject_id": ids[1]}
                    count = self._random.randint(1, 2)
                    connection.execute(insert(Mention).values(**values, count=count))

    def _text(self) -> list[str]:
        return [self._odd.words(12) for _ in range(self._random.randint(1, 4))]

    def _names(self) -> dict[str, object]:
        aliases = [self._odd.word() for _ in range(self._random.randint(0, 3))]
        return {"name": self._odd.word(), "aliases": aliases}

    def _key(self, record_type: str) -> str:
        """One record of each type is in most of what there is."""
        return self._odd.pick(self._keys[record_type][: self._odd.pick((1, None, None))])

    def _maybe_key(self, record_type: str) -> str | None:
        return self._odd.maybe(lambda: self._key(record_type))

    def _some_keys(self, record_type: str) -> list[str]:
        return self._random.sample(self._keys[record_type], self._random.randint(0, 3))


def as_yaml(records: Mapping[str, object]) -> str:
    """JSON, which is YAML once it names every character that YAML would take for a line's end."""
    text = json.dumps(records, ensure_ascii=False, indent=1)
    return "".join(
        letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in text
    )


def _escape(letter: str) -> str:
    return f"\\U{ord(letter):08x}"
