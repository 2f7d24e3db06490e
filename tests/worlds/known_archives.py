"""Archives made up to be known bit by bit: few articles, many claims about the same fields.

In: a `Random`. Out: the documents of seed files, which `kb load` takes, and the `RecordStatements`
of each sourced record: its row and what is asserted of it. Dates are few, so that claims agree,
refine and exclude each other by turns.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from kb.derive.assertions import (
    DATE_FIELDS,
    END_FIELDS,
    ArticleDates,
    Statement,
    article_dates,
    attested_until,
    is_mere_bound,
    statements_of,
)
from kb.records.documents import FILES, ArticleDocument, SourcedDocument
from kb.records.rows import Ref, TableRow, citation_rows, rows_of
from tests.worlds.date_fields import FILE_TYPES, date_names

Item = TypeVar("Item")
Documents = dict[str, dict[str, dict[str, object]]]
"""By file, then by key."""
ARTICLES = 7
NAMES: Mapping[str, Sequence[str]] = {
    "organisations": ("league", "union"),
    "states": ("AA", "BB"),
    "officials": ("ann", "bob"),
    "memberships": ("league-aa", "league-bb", "union-aa"),
    "terms": ("ann-chair", "ann-head", "bob-head"),
    "summits": ("summit-one", "summit-two"),
    "events": ("event-one", "event-two", "event-three"),
}
_WRITTEN = ("2016-01-10", "2016-02", "[2016-03-01..2016-04-05]", "2016~", "2017", "[..2016-06-01]")
_ISSUED = (None, None, "2016-07-01", "[2016-06-01,2017-02-02]", "2018-01")
_DATES = ("1999", "2015", "2016-01", "2016-01-10", "2016", "[..2016-01-10]", "[2016..]")
_RANGES = ("[2015..2016]", "[..2016-06-01]", "[2016-01-10..2016-03]", "2017")
_SPANS = (
    *("2015/..", "[..2016-01]/..", "2016-01-10/..", "2015/2016", "[2014..2015]/[2016..]"),
    *("[2015..]/2017", "2015/", "/2016-02", "2016", "[2015..2016]/[2016-01-10..2016-03]"),
)
_WORDS = ("Alma", "ALMA", "Ålma", "Bel", 'C "d" it\'s')
_VALUES: Mapping[str, Sequence[str]] = {
    "predecessor": ("league", "UNION", "nothing"),
    "predecessors": ("league", "UNION,bb", "AA"),
    "parent": ("league", "UNION", "nothing"),
    "url": ("https://a.example", "https://b.example/x"),
    "nationality": ("AA", "bb", "ZZ"),
    "host": ("AA", "bb", "ZZ"),
    "summit": ("summit-one", "Summit-Two", "nothing"),
    "status": ("MEMBER", "observer", "Nothing"),
    "kind": ("ARREST", "decision", "vacancy", "Nothing", "summit", "MEETING"),
    "participantsComplete": ("true", "false"),
}
_OTHER_FIELDS: Mapping[str, Sequence[str]] = {
    "organisations": (
        *("name", "acronym", "aliases", "predecessor", "predecessors", "parent", "url"),
    ),
    "states": (
        *("name", "officialName", "aliases", "predecessors", "existence.start", "existence.end"),
    ),
    "officials": ("name", "aliases", "nationality"),
    "memberships": ("organisation", "status", "statusNote", "period.start", "period.end"),
    "terms": ("office", "capacity", "endReason", "period.start", "period.end"),
    "summits": ("name", "city", "host", "kind", "participantsComplete"),
    "events": ("title", "kind", "place", "office", "summit", "occurred.start", "occurred.end"),
}
ASSERTED: Mapping[str, Sequence[str]] = {
    name: (*others, *date_names(FILE_TYPES[name])) for name, others in _OTHER_FIELDS.items()
}
_WITH_ALIASES = ("organisations", "states", "officials")
_PARTICIPANTS = (("official", "ann"), ("official", "bob"), ("state", "AA"), ("state", "BB"))
_PARTIES = (
    {"organisation": "union", "role": "BYSTANDER"},
    {"official": "bob", "role": "ACTOR", "note": "Gave the order."},
    {"state": "BB", "role": "DENIED"},
    {"official": "bob", "role": "AFFECTED"},
)
_ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
_PLACES: Sequence[Mapping[str, object]] = (
    *({"anchor": _ANCHOR}, {"anchor": _ANCHOR}, {"locator": "row 7"}, {}),
)
_OBSERVED = (None, None, None, "2015-06-01", "2016-01-10")


@dataclass(frozen=True)
class RecordStatements:
    """A record, and what is asserted of it."""

    ref: Ref
    row: TableRow
    statements: list[Statement]


def make_archive(random: Random) -> Documents:
    """Loadable: references lead somewhere, nothing overlaps, every record has its support."""
    return _Archive(random).documents()


def write_seed_files(folder: Path, documents: Documents) -> Path:
    """As seed files; JSON is YAML too, where what does not print is escaped."""
    folder.mkdir(exist_ok=True)
    for name, records in documents.items():
        text = json.dumps(records, ensure_ascii=False)
        escaped = "".join(
            letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text
        )
        (folder / f"{name}.yaml").write_text(escaped, encoding="utf-8")
    return folder


def record_statements(documents: Documents) -> Iterator[RecordStatements]:
    """Of each sourced record, as a load works it out."""
    days = dict(_days(documents))
    for name in NAMES:
        record_type, form = FILES[name]
        for key, fields in documents[name].items():
            ref, document = Ref(record_type, key), form.model_validate(fields)
            assert isinstance(document, SourcedDocument)
            citations = [citation_rows(ref, *item) for item in document.citations.items()]
            statements = statements_of(citations, days)[ref]
            row = rows_of(ref, document, attested_until(document, statements)).row
            yield RecordStatements(ref, row, statements)


def _days(documents: Documents) -> Iterator[tuple[str, ArticleDates]]:
    for key, fields in documents["articles"].items():
        article = ArticleDocument.model_validate(fields)
        if dated := article_dates(article.dated_on, article.issued_on):
            yield key, dated


class _Archive:
    def __init__(self, random: Random) -> None:
        self._random = random

    def documents(self) -> Documents:
        return {
            "publications": {"gazette": {"name": "The Gazette"}},
            "articles": {f"a{number}": self._article(number) for number in range(ARTICLES)},
            **{
                name: {key: self._sourced(name, key) for key in keys}
                for name, keys in NAMES.items()
            },
        }

    def _article(self, number: int) -> dict[str, object]:
        """The first has an earliest day, so that it can attest something."""
        return {
            "headline": self._pick(_WORDS),
            "publication": "gazette",
            "datedOn": self._pick(_WRITTEN[: -1 if number == 0 else None]),
            "issuedOn": self._pick(_ISSUED),
            "summary": f"Of {self._pick(_WORDS)}.",
        }

    def _sourced(self, name: str, key: str) -> dict[str, object]:
        fields = self._fields(name, key)
        citations = [self._citation(name) for _ in range(self._random.randint(0, 7))]
        citations.append(self._support(name))
        for span in ("period", "occurred", "existence"):
            if str(fields.get(span)).endswith("/.."):
                running = {"field": f"{span}.end", "value": "..", "article": "a0"}
                citations[-1] |= running
        keys = self._random.sample(range(100), len(citations))
        citations_by_key = {
            f"{key.lower()}-{number}": citation
            for number, citation in zip(keys, citations, strict=True)
        }
        return {**fields, "citations": citations_by_key}

    def _support(self, name: str) -> dict[str, object]:
        """One that says more than when something was not."""
        citation = self._citation(name) | {"stance": "SUPPORTS"}
        field, value = citation["field"], citation["value"]
        is_bound = is_mere_bound(str(field), str(value)) if value else False
        return self._support(name) if is_bound else citation

    def _citation(self, name: str) -> dict[str, object]:
        field = self._pick((None, *ASSERTED[name]))
        return {
            "article": f"a{self._random.randrange(ARTICLES)}",
            **self._pick(_PLACES),
            "observedOn": self._pick(_OBSERVED),
            "field": field,
            "value": self._value(field),
            "stance": self._pick(("SUPPORTS", "SUPPORTS", "DISPUTES")),
            "claim": f"Says {self._pick(_WORDS)}.",
        }

    def _value(self, field: str | None) -> str | None:
        if field is None or self._random.random() < 0.1:
            return None
        if field.endswith(".end"):
            return self._pick(("..", "..", *_DATES, *_RANGES))
        if field in DATE_FIELDS - END_FIELDS:
            return self._pick((*_DATES, *_RANGES))
        return self._pick(_VALUES.get(field, _WORDS))

    def _fields(self, name: str, key: str) -> dict[str, object]:
        dates = {date: self._maybe(_DATES) for date in date_names(FILE_TYPES[name])}
        aliases = {"aliases": [f"Alias {key}", *_WORDS[:2]]} if name in _WITH_ALIASES else {}
        return dates | aliases | self._other_fields(name, key)

    def _other_fields(self, name: str, key: str) -> dict[str, object]:
        """With the dates that a record cannot be without."""
        body, _, rest = key.partition("-")
        match name:
            case "organisations":
                predecessor = self._maybe(["union"])
                named = {"name": self._pick(_WORDS), "acronym": self._maybe(_WORDS)}
                others = ["league"] if predecessor and self._random.random() < 0.7 else []
                origins = {"predecessor": predecessor, "predecessors": others}
                where = {"parent": self._maybe(["union"]), "url": self._maybe(_VALUES["url"])}
                return {**named, **origins, **where}
            case "states":
                named = {"name": self._pick(_WORDS), "officialName": self._maybe(_WORDS)}
                span = {"existence": self._maybe(_SPANS)}
                return {**named, **span, "predecessors": self._pick(([], ["BB"], ["BB", "AA"]))}
            case "officials":
                return {"name": self._pick(_WORDS), "nationality": self._maybe(["AA", "BB"])}
            case "memberships":
                status = self._pick(("MEMBER", "OBSERVER"))
                note = {"statusNote": self._maybe(_WORDS)}
                of = {"organisation": body, "state": rest.upper(), "status": status, **note}
                return {**of, "period": self._pick(_SPANS)}
            case "terms":
                of = {"official": body, "office": rest, "organisation": "union"}
                of |= {"capacity": self._maybe(_WORDS)}
                return {**of, "endReason": self._maybe(_WORDS), "period": self._pick(_SPANS)}
            case "summits":
                place = {"city": self._maybe(_WORDS), "host": self._maybe(["AA"])}
                participants = [
                    {participant: key, "attendance": "ABSENT"} for participant, key in _PARTICIPANTS
                ]
                held = {"heldOn": self._pick(_DATES), "organisation": "league"}
                met = {"kind": self._pick(("SUMMIT", "MEETING"))}
                whole = {"participantsComplete": self._pick((True, False))}
                came = {"participants": participants, **whole}
                return {"name": self._pick(_WORDS), **met, **held, **place, **came}
            case _:
                concerned = {"states": ["AA"], "parties": [*_PARTIES]}
                kind = self._pick(("ARREST", "DECISION", "VACANCY"))
                office = "Chair" if kind == "VACANCY" else self._maybe(("chair", "Envoy"))
                what = {"kind": kind, "title": self._pick(_WORDS), "office": office}
                where = {"place": self._maybe(_WORDS), "summit": self._maybe(["summit-one"])}
                return {**what, **where, **concerned, "occurred": self._pick(_SPANS)}

    def _maybe(self, items: Sequence[Item]) -> Item | None:
        return self._pick(items) if self._random.random() < 0.7 else None

    def _pick(self, items: Sequence[Item]) -> Item:
        return self._random.choice(items)
