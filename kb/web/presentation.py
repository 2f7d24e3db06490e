"""Records as pages show them: their addresses, names, tables and words.

In: parts of GraphQL answers. Out: texts, links and rows for templates and downloads. Pure: no I/O.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import category
from urllib.parse import quote

from kb.dates import PartialDate
from kb.records.documents import FILES

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]
JsonObject = Mapping[str, Json]

FOLDERS = {name: plural for plural, (name, _) in FILES.items()}
"""Where the pages of each type stand."""
TYPE_OF_FOLDER = {folder: record_type for record_type, folder in FOLDERS.items()}
"""Of whose records the pages of each folder are."""

_MARKED = re.compile("«([^«»]*)»")

_PERIOD = {
    "period": "period.text",
    "certain from": "period.certainFrom",
    "certain to": "period.certainTo",
    "possible from": "period.possibleFrom",
    "possible to": "period.possibleTo",
}
FOLDED = {*_PERIOD} - {"period"}
"""Headings of columns that are shown on demand."""
_DISPUTED = {"disputed": "disputed"}
_SUMMITS = {"summit": "", "kind": "kind", "date": "heldOn.text", "city": "city", **_DISPUTED}
_PART = "parties"
"""Stands for the roles in which the record that a page is about took part."""
_EVENTS = {"event": "", "kind": "kind", "date": "occurred.text", "part": _PART, **_DISPUTED}
_HEADLINES = {"article": "", "date": "datedOn.text"}
TABLES: Mapping[str, Mapping[str, str]] = {
    "memberships": {
        "membership": "",
        "period": _PERIOD["period"],
        "organisation": "organisation",
        "state": "state",
        "status": "status",
        "status note": "statusNote",
        **_PERIOD,
        **_DISPUTED,
    },
    "terms": {
        "term": "",
        "period": _PERIOD["period"],
        "official": "official",
        "office": "office",
        "capacity": "capacity",
        "organisation": "organisation",
        "state": "state",
        **_PERIOD,
        **_DISPUTED,
    },
    "summits": _SUMMITS,
    "missedSummits": _SUMMITS,
    "hostedSummits": _SUMMITS,
    "events": _EVENTS,
    "partDenied": _EVENTS,
    "outcomes": _EVENTS,
    "parties": {
        "organisation": "organisation",
        "state": "state",
        "official": "official",
        "part": "role",
        "note": "note",
    },
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
"""For each list that a page shows: headings, and the paths of their values in a row."""
NOT_FACTS = {
    *TABLES,
    "id",
    "slug",
    "offices",
    "citations",
    "disagreements",
    "disputed",
    "paragraphs",
    "textShown",
    "participantsComplete",
    "__typename",
}
"""Fields that are no facts, but shown in places of their own."""
_BODIES = ("organisation", "state", "ofOrganisation", "ofState")
"""Whose office a term is of; under other names where the same fields are asked of memberships."""
_ENUM_FIELDS = {"status", "kind", "attendance", "role"}
"""Fields whose values are names of the schema, such as `RULED_OUT`."""
ISO_DATE = re.compile(r"\d{4}(-\d\d){0,2}")
"""A day, a month or a year, as ISO 8601 has them."""


@dataclass(frozen=True)
class DisplayValue:
    """A value as it is shown: a text, and the record that it leads to, or its address elsewhere."""

    text: str
    href: str = ""
    id: str = ""

    @property
    def day(self) -> bool:
        return len(self.text) == 10 and bool(ISO_DATE.fullmatch(self.text))


@dataclass(frozen=True)
class ListTable:
    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[DisplayValue]]


def address(identity: str) -> str:
    """The page of a record: `State:UZ` is at `/states/UZ`."""
    record_type, _, key = identity.partition(":")
    return f"/{FOLDERS[record_type]}/{quote(key)}"


def citation_address(key: str) -> str:
    """The page of a citation, which is a part of the record that it bears on."""
    return f"/citations/{quote(key)}"


def record_name(node: JsonObject) -> str:
    """The name, title or headline of a record; of a term or membership, what it is about."""
    for field in ("name", "title", "headline"):
        if isinstance(title := node.get(field), str):
            return title
    match node:
        case {"office": str(office), "official": {"name": str(name)}}:
            bodies = map(node.get, _BODIES)
            of = [f" of {body['name']}" for body in bodies if isinstance(body, Mapping)]
            return f"{name}, {office}{''.join(of)}"
        case {"state": {"name": str(state)}, "organisation": {"name": str(organisation)}}:
            return f"{state} in {organisation}"
    return str(node.get("id", ""))


def snippet_parts(snippet: str) -> list[str]:
    """A snippet in pieces: what is marked is every second of them."""
    return _MARKED.split(snippet)


def display(value: Json, field: str = "", *, is_enum: bool = False) -> DisplayValue:
    """A value of an answer in words; `field` is the name under which it stands."""
    if isinstance(value, Mapping):
        if "schemeName" in value:
            return DisplayValue(f"{value['schemeName']}: {value['value']}", str(value["url"] or ""))
        identity, text = value.get("id"), value.get("text")
        if isinstance(identity, str):
            return DisplayValue(record_name(value), address(identity), identity)
        return DisplayValue(str(text or ""))
    match value:
        case None:
            return DisplayValue("")
        case bool():
            return DisplayValue("yes" if value else "no")
        case str() if is_enum or field in _ENUM_FIELDS:
            return DisplayValue(enum_words(value))
        case str() if value.startswith(("http://", "https://")):
            return DisplayValue(value, value)
    return DisplayValue(str(value))


def printable(text: str) -> str:
    """What anybody may have written, without letters that are not seen, or turn others around."""
    return "".join("\ufffd" if category(letter).startswith("C") else letter for letter in text)


def day_words(day: str) -> str:
    """A day of a calendar in words, as the schema has it; whatever else is given stays."""
    return PartialDate.parse(day).text if ISO_DATE.fullmatch(day) else day


def enum_words(value: str) -> str:
    """A value of an enum in words: `RULED_OUT` is `ruled out`."""
    return value.replace("_", " ").lower()


def field_label(name: str) -> str:
    """A field's name in words: `heldOn` is `Held on`."""
    return re.sub("[A-Z]", lambda match: f" {match[0].lower()}", name).strip().capitalize()


def list_note(name: str, record: JsonObject) -> str:
    """What a list may lack, in words; empty if that is nothing."""
    if name == "participants" and not record["participantsComplete"]:
        return "It may leave somebody out: no source says that nobody else took part."
    if name == "mentionedIn":
        return "Articles whose text is not stored or not public here count by headline and summary."
    if name == "mentions" and not record["paragraphs"]:
        return "By headline and summary alone: the text is not stored, or not public here."
    return ""


def list_tables(record: JsonObject) -> Iterator[ListTable]:
    """Every list of the record that has a row."""
    page_address = address(str(record["id"]))
    tables = (list_table(name, list_rows(record, name), page_address) for name in TABLES)
    return (table for table in tables if table)


def list_table(name: str, rows: Sequence[JsonObject], page_address: str) -> ListTable | None:
    """A list without the columns that are empty, or only name the record whose page this is."""
    if name not in TABLES or not rows:
        return None
    columns = {
        heading: [_cell(row, path, page_address) for row in rows]
        for heading, path in TABLES[name].items()
    }
    kept = {
        heading: cells
        for heading, cells in columns.items()
        if {cell.href or cell.text for cell in cells} - {"", page_address}
    }
    return ListTable(name, [*kept], [*zip(*kept.values(), strict=True)])


def _cell(row: JsonObject, path: str, page_address: str) -> DisplayValue:
    if path == _PART:
        return DisplayValue(", ".join(_roles(row, page_address)))
    return display(value_at(row, path), path)


def _roles(event: JsonObject, page_address: str) -> Iterator[str]:
    """In which parts the record that a page is about took part in an event."""
    for party in list_rows(event, _PART):
        named = (party.get(name) for name in ("organisation", "state", "official"))
        if any(display(value).href == page_address for value in named):
            yield display(party.get("role"), "role").text


def with_ids(table: ListTable) -> ListTable:
    """The table with a column of ids beside each column of records, to be joined to others."""
    empty: Sequence[Sequence[DisplayValue]] = [()] * len(table.headings)
    cells = [*zip(*table.rows, strict=True)] or empty
    columns = dict(zip(table.headings, cells, strict=True))
    cells_of: dict[str, Sequence[DisplayValue]] = {}
    for heading, column in columns.items():
        cells_of[heading] = column
        if any(cell.id for cell in column):
            cells_of[f"{heading} id"] = [DisplayValue(cell.id) for cell in column]
    return ListTable(table.name, [*cells_of], [*zip(*cells_of.values(), strict=True)])


def next_cursor(node: JsonObject, name: str) -> str | None:
    """The cursor of a list's next page, if it has one."""
    match node.get(name):
        case {"pageInfo": {"hasNextPage": True, "endCursor": str(cursor)}}:
            return cursor
    return None


def list_rows(record: JsonObject, name: str) -> Sequence[JsonObject]:
    """The rows of one of the record's lists, which may be a page of a connection."""
    match record.get(name):
        case {"nodes": list(rows)} | list(rows):
            return [row for row in rows if isinstance(row, Mapping)]
    return []


def value_at(row: Json, path: str) -> Json:
    """The value at a path such as `period.text` in a row; the row itself by an empty path."""
    for part in filter(None, path.split(".")):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row


def field_words(field: Json) -> str:
    """What a citation or disagreement is on: `period.end` is `end`."""
    return field_label(str(field).rpartition(".")[2]).lower() if field else "the whole record"


def field_path_words(field: Json) -> str:
    """Where no record stands beside it: `period.end` is `period: end`."""
    parts = [field_label(part).lower() for part in str(field).split(".")]
    return ": ".join(parts) if field else field_words(field)


def conflicting_fields(record: JsonObject) -> frozenset[str]:
    """The fields on which articles exclude each other; an empty one where they deny the record."""
    return frozenset(
        str(disagreement["field"] or "")
        for disagreement in list_rows(record, "disagreements")
        if disagreement["kind"] == "CONFLICT"
    )


def founding_dispute(organisation: JsonObject) -> str:
    """What of an organisation articles dispute, in words that stand beside its members.

    Its founding bears on them: they may be certain before the one that is recorded.
    """
    if "founded" not in conflicting_fields(organisation):
        return "disputed" if organisation["disputed"] else ""
    return f"founded {value_at(organisation, 'founded.text') or 'at a time unknown'}: disputed"


def bounds_words(period: Json) -> str:
    """The days of a period that are certain, and those beyond which it is ruled out."""
    if not isinstance(period, Mapping) or "certainFrom" not in period:
        return ""
    words = {name: _bound_words(period[name]) for name in _BOUNDS}
    certain = f"Certain from {words['certainFrom']} until {words['certainTo']}."
    if not period["certainFrom"]:
        certain = "Certain on no day."
    before = words["possibleFrom"] and f"before {words['possibleFrom']}"
    after = words["possibleTo"] and f"after {words['possibleTo']}"
    if beyond := " and ".join(filter(None, (before, after))):
        return f"{certain} Ruled out {beyond}; possible on all other days."
    return f"{certain} Possible on all {'other ' if period['certainFrom'] else ''}days."


_BOUNDS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")


def _bound_words(day: Json) -> str:
    return day_words(day) if isinstance(day, str) else ""
