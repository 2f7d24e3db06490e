"""Records as pages show them: their addresses, names, facts and tables.

In: parts of GraphQL answers. Out: texts, links and rows for templates and downloads. Pure: no I/O.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]
Node = Mapping[str, Json]

FOLDERS = {
    "Organisation": "organisations",
    "State": "states",
    "Official": "officials",
    "Membership": "memberships",
    "Term": "terms",
    "Summit": "summits",
    "Event": "events",
    "Article": "articles",
    "Publication": "publications",
}
"""Where the pages of each type stand."""
KINDS = {folder: kind for kind, folder in FOLDERS.items()}

_PERIOD = {
    "period": "period.text",
    "certain from": "period.certainFrom",
    "certain to": "period.certainTo",
    "possible from": "period.possibleFrom",
    "possible to": "period.possibleTo",
}
_HEADLINES = {"article": "", "date": "datedOn.text"}
TABLES: Mapping[str, Mapping[str, str]] = {
    "memberships": {
        "membership": "",
        "organisation": "organisation",
        "state": "state",
        "status": "status",
        **_PERIOD,
    },
    "terms": {
        "term": "",
        "official": "official",
        "office": "office",
        "organisation": "organisation",
        "state": "state",
        **_PERIOD,
    },
    "summits": {"summit": "", "date": "heldOn.text", "city": "city"},
    "events": {"event": "", "kind": "kind", "date": "occurred.text"},
    "outcomes": {"event": "", "kind": "kind", "date": "occurred.text"},
    "participants": {
        "official": "official",
        "state": "state",
        "attendance": "attendance",
        "note": "note",
    },
    "mentionedIn": _HEADLINES,
    "articles": _HEADLINES,
    "mentions": {"record": "subject", "times": "count"},
}
"""Of each list that a page shows: headings, and where their values stand in a row."""
_APART = {*TABLES, "id", "citations", "disagreements", "paragraphs", "__typename"}


@dataclass(frozen=True)
class Shown:
    """A value as it is shown: a text, and the address that it leads to."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Table:
    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Shown]]


def address(identity: str) -> str:
    """`State:UZ` stands at `/states/UZ`."""
    kind, _, key = identity.partition(":")
    return f"/{FOLDERS[kind]}/{quote(key)}"


def name_of(node: Node) -> str:
    """What a record is called."""
    for field in ("name", "title", "headline"):
        if isinstance(text := node.get(field), str):
            return text
    match node:
        case {"office": str(office), "official": {"name": str(name)}}:
            return f"{name}, {office}"
        case {"state": {"name": str(state)}, "organisation": {"name": str(organisation)}}:
            return f"{state} in {organisation}"
    return str(node.get("id", ""))


def shown(value: Json) -> Shown:
    if isinstance(value, Mapping):
        identity, text = value.get("id"), value.get("text")
        if isinstance(identity, str):
            return Shown(name_of(value), address(identity))
        return Shown(str(text or ""))
    match value:
        case None:
            return Shown("")
        case bool():
            return Shown("yes" if value else "no")
        case str() if re.fullmatch("[A-Z_]+", value) and len(value) > 2:
            return Shown(value.replace("_", " ").lower())
        case str() if value.startswith(("http://", "https://")):
            return Shown(value, value)
    return Shown(str(value))


def words(name: str) -> str:
    """`heldOn` in words."""
    return re.sub("[A-Z]", lambda match: f" {match[0].lower()}", name).strip().capitalize()


@dataclass(frozen=True)
class Fact:
    """A line about a record; `passages` are the places in its list of those that bear on it."""

    label: str
    values: Sequence[Shown]
    passages: Sequence[tuple[int, str]]


def facts(record: Node) -> Iterator[Fact]:
    """What no source says is left out."""
    cited = rows_of(record, "citations")
    for name, value in record.items():
        if name in _APART:
            continue
        values = value if isinstance(value, list) else [value]
        if found := [one for one in map(shown, values) if one.text]:
            passages = [
                (place, str(one["key"]))
                for place, one in enumerate(cited, 1)
                if str(one.get("field")).split(".")[0] == name
            ]
            yield Fact(words(name), found, passages)


def tables(record: Node) -> Iterator[Table]:
    """Every list of the record that has a row."""
    for name, columns in TABLES.items():
        if rows := rows_of(record, name):
            headings, cells = [*columns], [_cells(row, columns) for row in rows]
            # A column in which nothing stands says nothing.
            kept = [at for at in range(len(headings)) if any(row[at].text for row in cells)]
            yield Table(
                name, [headings[at] for at in kept], [[row[at] for at in kept] for row in cells]
            )


def rows_of(record: Node, name: str) -> Sequence[Node]:
    """Those of a list of the record, with or without pages."""
    match record.get(name):
        case {"nodes": list(rows)} | list(rows):
            return [row for row in rows if isinstance(row, Mapping)]
    return []


def _cells(row: Node, columns: Mapping[str, str]) -> list[Shown]:
    return [shown(_at(row, path)) for path in columns.values()]


def _at(row: Json, path: str) -> Json:
    for part in filter(None, path.split(".")):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row


def passage(citation: Node, article: Node) -> tuple[str, str, str] | None:
    """The paragraph that a citation stands in: before the words, the words, after them."""
    match article.get("paragraphs"):
        case list(paragraphs) if citation.get("verified"):
            texts = {one["number"]: str(one["text"]) for one in map(_mapping, paragraphs)}
            text = texts[citation["paragraph"]]
            start, end = int(str(citation["start"])), int(str(citation["end"]))
            return text[:start], text[start:end], text[end:]
    return None


def _mapping(value: Json) -> Node:
    assert isinstance(value, Mapping)
    return value


_SCHEMA_ORG = {
    "State": "Country",
    "Organisation": "Organization",
    "Official": "Person",
    "Summit": "Event",
    "Event": "Event",
    "Article": "NewsArticle",
    "Publication": "Periodical",
    "Membership": "OrganizationRole",
    "Term": "OrganizationRole",
}
_PROPERTIES = {
    "alternateName": "aliases",
    "foundingDate": "founded.text",
    "startDate": "heldOn.edtf",
    "location": "city",
    "headline": "headline",
    "datePublished": "datedOn.earliest",
    "abstract": "summary",
    "isPartOf": "publication.name",
}


def linked(kind: str, record: Node, url: str) -> Node:
    """The record in the words of schema.org, for machines that read pages."""
    found = {name: _at(record, path) for name, path in _PROPERTIES.items()}
    return {
        "@context": "https://schema.org",
        "@type": _SCHEMA_ORG[kind],
        "@id": url,
        "url": url,
        "name": name_of(record),
        **{name: value for name, value in found.items() if value},
    }
