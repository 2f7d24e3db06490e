"""Archives made up to be known bit by bit: few articles, many claims about the same fields.

In: a `Random`. Out: the documents of seed files, which `kb load` takes, and the `Told` of each
sourced record: its row and what is asserted of it. Dates are few, so that claims agree, refine and
exclude each other by turns.

`Reader` asks as it could be known on a day, `ROOTS` for all that may differ then; `shown` says from
citations alone what a day shows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from kb.derive.assertions import (
    ArticleDates,
    Statement,
    article_dates,
    attested_until,
    statements_of,
)
from kb.models.base import AFTER_ALL
from kb.records.documents import FILES, ArticleDocument, SourcedDocument
from kb.records.rows import Ref, TableRow, citation_rows, rows_of
from tests.support.databases import Database

Node = dict[str, Any]
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
    "nationality": ("AA", "bb", "ZZ"),
    "host": ("AA", "bb", "ZZ"),
    "summit": ("summit-one", "Summit-Two", "nothing"),
    "status": ("MEMBER", "observer", "Nothing"),
    "kind": ("ARREST", "decision", "Nothing"),
}
ASSERTED: Mapping[str, Sequence[str]] = {
    "organisations": ("name", "acronym", "founded", "predecessor"),
    "states": ("name", "officialName"),
    "officials": ("name", "nationality"),
    "memberships": ("organisation", "status", "period.start", "period.end"),
    "terms": ("office", "plannedEnd", "endReason", "period.start", "period.end"),
    "summits": ("name", "heldOn", "city", "host"),
    "events": ("title", "kind", "place", "summit", "occurred.start", "occurred.end"),
}
_SOME = "(first: 100) { totalCount nodes { id } }"
_SOURCED = (
    "id revision citations(first: 100) { totalCount nodes { id subject { id } article { id } } }"
    f" articles{_SOME} disagreements {{"
    " field kind recorded subject { id } values { value citations { id } } }"
)
_PERIOD = (
    "{ text endKind attestedUntil start { edtf earliest } end { edtf latest }"
    " certainFrom certainTo possibleFrom possibleTo }"
)
ROOTS: Mapping[str, str] = {
    "organisations": (
        f"{_SOURCED} key: slug name acronym founded {{ edtf earliest }} predecessor {{ id }}"
        f" successors {{ id }} memberships{_SOME} terms{_SOME} summits{_SOME} events{_SOME}"
        " members(asOf: $day, status: [MEMBER, OBSERVER, SUSPENDED]) {"
        " state { id } membership { id } disputed }"
        ' holders(office: "chair", asOf: $day) { official { id } term { id } }'
    ),
    "states": (
        f"{_SOURCED} key: code memberships{_SOME} terms{_SOME} hostedSummits{_SOME} events{_SOME}"
        f" mentionedIn{_SOME}"
    ),
    "officials": (
        f"{_SOURCED} key: slug nationality {{ id }} terms{_SOME} summits{_SOME} events{_SOME}"
        f" mentionedIn{_SOME}"
    ),
    "memberships": (
        f"{_SOURCED} key status organisation {{ id name }} state {{ id name }} period {_PERIOD}"
        " certainty(on: $day)"
    ),
    "terms": (
        f"{_SOURCED} key office official {{ id name }} organisation {{ id }} state {{ id }}"
        f" period {_PERIOD} plannedEnd {{ edtf }} endReason certainty(on: $day)"
    ),
    "summits": (
        f"{_SOURCED} key: slug organisation {{ id }} heldOn {{ edtf earliest }} city host {{ id }}"
        " outcomes { id } participants { official { id } state { id } }"
    ),
    "events": (
        f"{_SOURCED} key: slug kind title place occurred {_PERIOD} summit {{ id }}"
        " organisations { id } states { id } officials { id }"
    ),
    "articles": (
        "id key: slug headline knownFrom datedOn { earliest }"
        " publication { id articles { totalCount } } mentions { subject { id } count }"
        " citations(first: 100) { totalCount nodes { id subject { id } } }"
    ),
}
"""Each list, and of its records what points to others or was not always known."""
KINDS = {root: root[:-1].title() for root in ROOTS}
_COLUMNS = {
    **{name: name for name in ("acronym", "founded", "status", "office", "city", "kind", "place")},
    **{name: f"{name}_id" for name in ("predecessor", "nationality", "host", "summit")},
    **{"heldOn": "held_on", "plannedEnd": "planned_end", "endReason": "end_reason"},
}
_PARTICIPANTS = (("official", "ann"), ("official", "bob"), ("state", "AA"), ("state", "BB"))
_ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}


@dataclass(frozen=True)
class Told:
    """A record, and what is asserted of it."""

    ref: Ref
    row: TableRow
    statements: list[Statement]


def archive(random: Random) -> Documents:
    """Loadable: references lead somewhere, nothing overlaps, every record has its support."""
    return _Archive(random).documents()


def written(folder: Path, documents: Documents) -> Path:
    """As seed files; JSON is YAML too, where what does not print is escaped."""
    folder.mkdir(exist_ok=True)
    for name, records in documents.items():
        text = json.dumps(records, ensure_ascii=False)
        escaped = "".join(
            letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text
        )
        (folder / f"{name}.yaml").write_text(escaped, encoding="utf-8")
    return folder


def told(documents: Documents) -> Iterator[Told]:
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
            yield Told(ref, row, statements)


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
        citations.append(self._citation(name) | {"stance": "SUPPORTS"})
        for span in ("period", "occurred"):
            if str(fields.get(span)).endswith("/.."):
                running = {"field": f"{span}.end", "value": "..", "article": "a0"}
                citations[-1] |= running
        keys = self._random.sample(range(100), len(citations))
        citations_by_key = {
            f"{key.lower()}-{number}": citation
            for number, citation in zip(keys, citations, strict=True)
        }
        return {**fields, "citations": citations_by_key}

    def _citation(self, name: str) -> dict[str, object]:
        field = self._pick((None, *ASSERTED[name]))
        return {
            "article": f"a{self._random.randrange(ARTICLES)}",
            "anchor": _ANCHOR,
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
        if field.endswith(".start") or field in {"founded", "heldOn", "plannedEnd"}:
            return self._pick((*_DATES, *_RANGES))
        return self._pick(_VALUES.get(field, _WORDS))

    def _fields(self, name: str, key: str) -> dict[str, object]:
        body, _, rest = key.partition("-")
        match name:
            case "organisations":
                fields = {"founded": self._maybe(_DATES), "predecessor": self._maybe(["union"])}
                return {"name": self._pick(_WORDS), "acronym": self._maybe(_WORDS), **fields}
            case "states":
                return {"name": self._pick(_WORDS), "officialName": self._maybe(_WORDS)}
            case "officials":
                return {"name": self._pick(_WORDS), "nationality": self._maybe(["AA", "BB"])}
            case "memberships":
                status = self._pick(("MEMBER", "OBSERVER"))
                of = {"organisation": body, "state": rest.upper(), "status": status}
                return {**of, "period": self._pick(_SPANS)}
            case "terms":
                planned = {"plannedEnd": self._maybe(_DATES), "endReason": self._maybe(_WORDS)}
                of = {"official": body, "office": rest, "organisation": "union"}
                return {**of, **planned, "period": self._pick(_SPANS)}
            case "summits":
                place = {"city": self._maybe(_WORDS), "host": self._maybe(["AA"])}
                participants = [
                    {participant: key, "attendance": "ABSENT"} for participant, key in _PARTICIPANTS
                ]
                held = {"heldOn": self._pick(_DATES), "organisation": "league"}
                return {"name": self._pick(_WORDS), **held, **place, "participants": participants}
            case _:
                concerned = {"states": ["AA"], "officials": ["bob"], "organisations": ["union"]}
                what = {"kind": self._pick(("ARREST", "DECISION")), "title": self._pick(_WORDS)}
                where = {"place": self._maybe(_WORDS), "summit": self._maybe(["summit-one"])}
                return {**what, **where, **concerned, "occurred": self._pick(_SPANS)}

    def _maybe(self, items: Sequence[Item]) -> Item | None:
        return self._pick(items) if self._random.random() < 0.7 else None

    def _pick(self, items: Sequence[Item]) -> Item:
        return self._random.choice(items)


@dataclass(frozen=True)
class Reader:
    """Of a database, with its documents where they were made up."""

    database: Database
    documents: Documents | None

    def seen(self, day: str, selections: str, **variables: object) -> dict[str, object]:
        """The answer in the view of a day, which `$day` also is."""
        query = f"query ($day: Date!) {{ view(knownAt: $day) {{ {selections} }} }}"
        match self.database.ask(query, day=day, **variables):
            case {"view": dict(data)}:
                return data
            case other:
                pytest.fail(f"{other}")

    def nodes(
        self, day: str, root: str, selections: str = "id", arguments: str = "first: 100"
    ) -> list[Node]:
        data = self.seen(day, f"{root}({arguments}) {{ totalCount nodes {{ {selections} }} }}")
        match data[root]:
            case {"totalCount": int(total), "nodes": list(nodes)}:
                assert total >= len(nodes)
                assert total == len(nodes) or total > 100
                return nodes
            case other:
                pytest.fail(f"{other}")

    def days(self) -> list[str]:
        """Every day on which something became known, with the days about it."""
        learnt = self.database.rows("select distinct cast(known_from as text) from article")
        dates = [date.fromisoformat(str(day)) for (day,) in learnt]
        around = {day + timedelta(step) for day in dates for step in (-1, 0)}
        return sorted(day.isoformat() for day in {*around, max(dates) + timedelta(1)})


def shown(opened: Database) -> dict[str, str]:
    """From which day each record shows, by its id; those that never do are left out."""
    first_days = {
        f"Article:{key}": str(day)
        for key, day in opened.rows("select key, cast(known_from as text) from article")
    }
    citations = opened.rows(
        "select r.type || ':' || r.key, 'Citation:' || c.key, c.stance, 'Article:' || a.key"
        " from citation c join record r on r.id = c.subject_id"
        " join article a on a.id = c.article_id"
    )
    for subject, _, stance, article in citations:
        if stance == "SUPPORTS":
            day = first_days[str(article)]
            first_days[str(subject)] = min(first_days.get(str(subject), day), day)
    _wait(opened, first_days)
    for subject, citation, _, article in citations:
        first_days[str(citation)] = max(first_days[str(subject)], first_days[str(article)])
    for key, article in opened.rows(
        "select p.key, a.key from publication p join article a on a.publication_id = p.id"
    ):
        day = first_days[f"Article:{article}"]
        first_days[f"Publication:{key}"] = min(first_days.get(f"Publication:{key}", day), day)
    return first_days


def _wait(opened: Database, first_days: dict[str, str]) -> None:
    """Memberships, terms and summits show once what they must point to does."""
    for record_type, target, column in (
        ("Membership", "Organisation", "organisation_id"),
        ("Membership", "State", "state_id"),
        ("Term", "Official", "official_id"),
        ("Term", "Organisation", "organisation_id"),
        ("Term", "State", "state_id"),
        ("Summit", "Organisation", "organisation_id"),
    ):
        pairs = f"select x.key, t.key from {record_type} x join {target} t on t.id = x.{column}"
        for key, pointed in opened.rows(pairs):
            record_id = f"{record_type}:{key}"
            first_days[record_id] = max(first_days[record_id], first_days[f"{target}:{pointed}"])


def walked(value: object) -> Iterator[str]:
    """Every id in an answer."""
    match value:
        case dict():
            if isinstance(value.get("id"), str):
                yield value["id"]
            for inner in value.values():
                yield from walked(inner)
        case list():
            for inner in value:
                yield from walked(inner)


def miscounted(value: object) -> Iterator[object]:
    """Connections, uncut, with another total than nodes; participants who are nobody."""
    match value:
        case {"official": None, "state": None}:
            yield value
        case {"totalCount": total, "nodes": list(nodes)} if len(nodes) not in (20, 100):
            yield from [value] if total != len(nodes) else []
            yield from miscounted(nodes)
        case dict():
            for inner in value.values():
                yield from miscounted(inner)
        case list():
            for inner in value:
                yield from miscounted(inner)


def brief(node: Node) -> tuple[object, ...]:
    return (
        node["field"],
        node["kind"],
        node["recorded"],
        [asserted["value"] for asserted in node["values"]],
    )


def misread(node: Node, row: TableRow, days: Mapping[str, str], day: str) -> Iterator[str]:
    """The fields of an answer that are not what the row holds."""
    for name, column in _COLUMNS.items():
        value: object = row.get(column)
        if isinstance(value, Ref):
            identity = ":".join(value)
            value = {"id": identity} if days.get(identity, AFTER_ALL) <= day else None
        answer = node.get(name)
        if isinstance(answer, dict) and "edtf" in answer:
            answer = answer["edtf"]
        if name in node and column in row and answer != value:
            yield name
    if period := node.get("period") or node.get("occurred"):
        until = row["attested_until"]
        wanted = (row["period_text"], row["end_kind"], until and str(until))
        if (period["text"], period["endKind"], period["attestedUntil"]) != wanted:
            yield "period"


def inner(node: Node, *names: str) -> str | None:
    """What stands there; None for what is not there."""
    value: object = node
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None else str(value)
