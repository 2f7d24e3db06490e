"""Answers as they could be known on a day, held against the articles and the rows behind them.

In: a database, and a day. Out: what `ViewReader` reads in the view of that day; `ROOTS` selects all
that may differ by day. `first_visible_days` works out from citations alone since when each record
shows; the other functions find what an answer has and should not have.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from kb.models.base import AFTER_ALL
from kb.records.documents import SOURCED
from kb.records.rows import Ref, TableRow
from tests.support.databases import Database
from tests.worlds.date_fields import date_fields, date_names
from tests.worlds.known_archives import Documents

Node = dict[str, Any]
_SOME = "(first: 100) { totalCount nodes { id } }"
_SOURCED = (
    "id revision disputed identifiers { scheme value url }"
    " citations(first: 100) { totalCount nodes { id subject { id } article { id } } }"
    f" articles{_SOME} disagreements {{"
    " field kind recorded subject { id } values { value citations { id } } }"
)
_PERIOD = (
    "{ text endKind attestedUntil start { edtf earliest latest } end { edtf latest }"
    " certainFrom certainTo possibleFrom possibleTo }"
)
_OTHER_FIELDS: Mapping[str, str] = {
    "organisations": (
        f"{_SOURCED} key: slug name acronym aliases predecessor {{ id }} url"
        " predecessors { id } parent { id } successors { id }"
        f" memberships{_SOME} terms{_SOME} summits{_SOME} events{_SOME}"
        " members(asOf: $day, status: [MEMBER, OBSERVER, SUSPENDED]) {"
        " state { id } membership { id } disputed }"
        ' office(name: "chair") { holders(asOf: $day) { official { id } term { id } }'
        " tenure(asOf: $day) { because holders { term { id } } vacancies { event { id } } } }"
        f" offices {{ name terms{_SOME} }}"
    ),
    "states": (
        f"{_SOURCED} key: code officialName aliases existence {_PERIOD}"
        f" predecessors {{ id }} successors {{ id }} memberships{_SOME} terms{_SOME}"
        f" hostedSummits{_SOME} events{_SOME} mentionedIn{_SOME} offices {{ name terms{_SOME} }}"
    ),
    "officials": (
        f"{_SOURCED} key: slug aliases nationality {{ id }} terms{_SOME} summits{_SOME}"
        f" events{_SOME} mentionedIn{_SOME}"
    ),
    "memberships": (
        f"{_SOURCED} key status statusNote organisation {{ id name }} state {{ id name }}"
        f" period {_PERIOD} certainty(on: $day)"
    ),
    "terms": (
        f"{_SOURCED} key office capacity official {{ id name }} organisation {{ id }}"
        f" state {{ id }} period {_PERIOD} endReason certainty(on: $day)"
    ),
    "summits": (
        f"{_SOURCED} key: slug kind participantsComplete organisation {{ id }} city host {{ id }}"
        " outcomes { id } participants { official { id } state { id } }"
    ),
    "events": (
        f"{_SOURCED} key: slug kind title place office occurred {_PERIOD} summit {{ id }}"
        " organisations { id } states { id } officials { id }"
        " parties { organisation { id } state { id } official { id } role note }"
    ),
    "articles": (
        "id key: slug headline kind author attribution knownFrom"
        " publication { id publisher articles { totalCount } } mentions { subject { id } count }"
        " citations(first: 100) { totalCount nodes { id subject { id } } }"
    ),
}
TYPES_OF_ROOTS = {root: root[:-1].title() for root in _OTHER_FIELDS}


def _dates(root: str) -> str:
    return " ".join(f"{name} {{ edtf earliest }}" for name in date_names(TYPES_OF_ROOTS[root]))


ROOTS: Mapping[str, str] = {
    root: f"{others} {_dates(root)}" for root, others in _OTHER_FIELDS.items()
}
"""Each list, and of its records what points to others or was not always known."""
_COLUMNS = {
    **{field.alias: field.name for name in SOURCED for field in date_fields(name)},
    **{name: name for name in ("acronym", "status", "office", "city", "kind", "place")},
    **{name: name for name in ("url", "capacity")},
    "statusNote": "status_note",
    **{name: f"{name}_id" for name in ("predecessor", "parent", "nationality", "host", "summit")},
    "endReason": "end_reason",
    "participantsComplete": "participants_complete",
    "officialName": "official_name",
}


@dataclass(frozen=True)
class ViewReader:
    """Of a database, with its documents where they were made up."""

    database: Database
    documents: Documents | None

    def view(self, day: str, selections: str, **variables: object) -> dict[str, object]:
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
        data = self.view(day, f"{root}({arguments}) {{ totalCount nodes {{ {selections} }} }}")
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


def first_visible_days(opened: Database) -> dict[str, str]:
    """From which day each record shows, by its id; those that never do are left out."""
    first_days = first_supported_days(opened)
    _share_support(opened, first_days)
    article_days = opened.rows("select key, cast(known_from as text) from article")
    first_days |= {f"Article:{key}": str(day) for key, day in article_days}
    for subject, citation, _, cited in _citations(opened):
        first_days[citation] = max(first_days[subject], first_days[cited])
    for key, article in opened.rows(
        "select p.key, a.key from publication p join article a on a.publication_id = p.id"
    ):
        day = first_days[f"Article:{article}"]
        first_days[f"Publication:{key}"] = min(first_days.get(f"Publication:{key}", day), day)
    return first_days


def first_supported_days(opened: Database) -> dict[str, str]:
    """From which day an article supports the record itself, by its id."""
    articles = opened.rows("select 'Article:' || key, cast(known_from as text) from article")
    known = {str(article): str(day) for article, day in articles}
    first_days: dict[str, str] = {}
    for subject, _, stance, article in _citations(opened):
        if stance == "SUPPORTS":
            first_days[subject] = min(first_days.get(subject, AFTER_ALL), known[article])
    return first_days


_ENDS_LATE = "(c.field in ('period.end', 'occurred.end'))"
_IS_BOUND = (
    f"(c.value like '[..%' and {_ENDS_LATE})"
    f" or (c.value like '%..]' and c.field is not null and not {_ENDS_LATE})"
)
"""In the worlds of these tests, only dates are written so."""


def _citations(opened: Database) -> Iterator[tuple[str, str, str, str]]:
    """Of each the ids of its subject and its own, its stance, and the id of its article."""
    for subject, citation, stance, article in opened.rows(
        "select r.type || ':' || r.key, 'Citation:' || c.key,"
        f" case when {_IS_BOUND} then 'BOUND' else c.stance end, 'Article:' || a.key"
        " from citation c join record r on r.id = c.subject_id"
        " join article a on a.id = c.article_id"
    ):
        yield str(subject), str(citation), str(stance), str(article)


def _share_support(opened: Database, first_days: dict[str, str]) -> None:
    """What memberships, terms and summits must point to shows no later than they do."""
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
            since, target_id = first_days[f"{record_type}:{key}"], f"{target}:{pointed}"
            first_days[target_id] = min(first_days.get(target_id, since), since)


def ids_in(value: object) -> Iterator[str]:
    """Every id in an answer."""
    match value:
        case dict():
            if isinstance(value.get("id"), str):
                yield value["id"]
            for inner in value.values():
                yield from ids_in(inner)
        case list():
            for inner in value:
                yield from ids_in(inner)


def find_miscounts(value: object) -> Iterator[object]:
    """Connections, uncut, with another total than nodes; participants and parties of no name."""
    match value:
        case {"official": None, "state": None, "organisation": {}}:
            pass
        case {"official": None, "state": None}:
            yield value
        case {"totalCount": total, "nodes": list(nodes)} if len(nodes) not in (20, 100):
            yield from [value] if total != len(nodes) else []
            yield from find_miscounts(nodes)
        case dict():
            for inner in value.values():
                yield from find_miscounts(inner)
        case list():
            for inner in value:
                yield from find_miscounts(inner)


def summarise(node: Node) -> tuple[object, ...]:
    return (
        node["field"],
        node["kind"],
        node["recorded"],
        [asserted["value"] for asserted in node["values"]],
    )


def find_misread_fields(
    node: Node, row: TableRow, days: Mapping[str, str], day: str
) -> Iterator[str]:
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
    if "aliases" in node and node["aliases"] != json.loads(str(row["aliases"])):
        yield "aliases"
    if period := node.get("period") or node.get("occurred") or node.get("existence"):
        until = row["attested_until"]
        wanted = (row["period_text"], row["end_kind"], until and str(until))
        if (period["text"], period["endKind"], period["attestedUntil"]) != wanted:
            yield "period"


def value_at(node: Node, *names: str) -> str | None:
    """What stands there; None for what is not there."""
    value: object = node
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None else str(value)
