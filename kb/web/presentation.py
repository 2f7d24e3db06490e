"""Records as pages show them: their addresses, names, facts and tables.

In: parts of GraphQL answers. Out: texts, links and rows for templates and downloads. Pure: no I/O.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from kb.records.documents import FILES

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]
Node = Mapping[str, Json]

FOLDERS = {name: plural for plural, (name, _) in FILES.items()}
"""Where the pages of each type stand."""
KINDS = {folder: kind for kind, folder in FOLDERS.items()}

_PERIOD = {
    "period": "period.text",
    "certain from": "period.certainFrom",
    "certain to": "period.certainTo",
    "possible from": "period.possibleFrom",
    "possible to": "period.possibleTo",
}
_SUMMITS = {"summit": "", "date": "heldOn.text", "city": "city"}
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
    "summits": _SUMMITS,
    "hostedSummits": _SUMMITS,
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
_APART = {*TABLES, "id", "slug", "citations", "disagreements", "paragraphs", "__typename"}
"""Fields that are no facts, but shown in places of their own."""
_BODIES = ("organisation", "state", "ofOrganisation", "ofState")
"""Whose office a term is of; under other names where the same fields are asked of memberships."""
_CHOSEN = {"status", "kind", "attendance"}
"""Fields whose values are names of the schema, such as `RULED_OUT`."""
DAY = re.compile(r"\d{4}(-\d\d){0,2}")
"""A day, a month or a year, as ISO 8601 has them."""


@dataclass(frozen=True)
class Shown:
    """A value as it is shown: a text, and the record that it leads to, or its address elsewhere."""

    text: str
    href: str = ""
    id: str = ""

    @property
    def day(self) -> bool:
        return len(self.text) == 10 and bool(DAY.fullmatch(self.text))


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
            bodies = map(node.get, _BODIES)
            of = [f" of {one['name']}" for one in bodies if isinstance(one, Mapping)]
            return f"{name}, {office}{''.join(of)}"
        case {"state": {"name": str(state)}, "organisation": {"name": str(organisation)}}:
            return f"{state} in {organisation}"
    return str(node.get("id", ""))


def shown(value: Json, field: str = "") -> Shown:
    """`field` is the name under which the value stands."""
    if isinstance(value, Mapping):
        identity, text = value.get("id"), value.get("text")
        if isinstance(identity, str):
            return Shown(name_of(value), address(identity), identity)
        return Shown(str(text or ""))
    match value:
        case None:
            return Shown("")
        case bool():
            return Shown("yes" if value else "no")
        case str() if field in _CHOSEN:
            return Shown(spoken(value))
        case str() if value.startswith(("http://", "https://")):
            return Shown(value, value)
    return Shown(str(value))


def spoken(value: str) -> str:
    """A name of the schema in words: `RULED_OUT`."""
    return value.replace("_", " ").lower()


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
    """What no source says is left out, as is the heading once more if no passage bears on it."""
    cited, heading = rows_of(record, "citations"), name_of(record)
    for name, value in record.items():
        if name in _APART:
            continue
        values = value if isinstance(value, list) else [value]
        if found := [one for one in (shown(value, name) for value in values) if one.text]:
            passages = [
                (place, str(one["key"]))
                for place, one in enumerate(cited, 1)
                if str(one.get("field")).split(".")[0] == name
            ]
            if passages or found[0].text != heading:
                yield Fact(words(name), found, passages)


def tables(record: Node) -> Iterator[Table]:
    """Every list of the record that has a row."""
    own = address(str(record["id"]))
    found = (table(name, rows_of(record, name), own) for name in TABLES)
    return (one for one in found if one)


def table(name: str, rows: Sequence[Node], own: str) -> Table | None:
    """A list without the columns that tell nothing, or but of which page this is: its `own`."""
    if name not in TABLES or not rows:
        return None
    columns = {
        heading: [shown(at(row, path), path) for row in rows]
        for heading, path in TABLES[name].items()
    }
    told = {
        heading: cells
        for heading, cells in columns.items()
        if {one.href or one.text for one in cells} - {"", own}
    }
    return Table(name, [*told], [*zip(*told.values(), strict=True)])


def data(table: Table) -> Table:
    """With a column of ids beside each one of records, for whoever joins it to others."""
    columns = dict(zip(table.headings, zip(*table.rows, strict=True), strict=True))
    found: dict[str, Sequence[Shown]] = {}
    for heading, cells in columns.items():
        found[heading] = cells
        if any(cell.id for cell in cells):
            found[f"{heading} id"] = [Shown(cell.id) for cell in cells]
    return Table(table.name, [*found], [*zip(*found.values(), strict=True)])


def onward(node: Node, name: str) -> str | None:
    """The cursor from which a list goes on that is shown in part."""
    match node.get(name):
        case {"pageInfo": {"hasNextPage": True, "endCursor": str(cursor)}}:
            return cursor
    return None


def rows_of(record: Node, name: str) -> Sequence[Node]:
    """Those of a list of the record, with or without pages."""
    match record.get(name):
        case {"nodes": list(rows)} | list(rows):
            return [row for row in rows if isinstance(row, Mapping)]
    return []


def at(row: Json, path: str) -> Json:
    """`period.text` of a row; the row itself by an empty path."""
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


def standing(citation: Node, article: Node) -> str:
    """Whether the words behind a citation stand in the text of its article."""
    if citation.get("verified"):
        return "verified"
    if article.get("paragraphs") is None:
        return "the text has not been ingested"
    return "not verified: the words of the text differ"


def _mapping(value: Json) -> Node:
    assert isinstance(value, Mapping)
    return value


def passages_in(record: Node) -> Mapping[Json, Sequence[tuple[int, str]]]:
    """By paragraph of an article: the places in its list, and the keys, of what rests on it."""
    found: dict[Json, list[tuple[int, str]]] = {}
    for place, one in enumerate(rows_of(record, "citations"), 1):
        found.setdefault(one["paragraph"], []).append((place, str(one["key"])))
    return found
