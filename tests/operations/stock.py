"""What there is to ask for in one database: keys, ids, words, days, and cursors it gave out.

In: a database and its world. Out: a `Stock`, from which generated operations take their arguments,
so that most of them find something. Cursors come from the planner, and the world is told which
place each stands for; some come from views, in which other rows have other places.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from kb.models import Article, Citation, DateRow, Identifier, Paragraph, Table
from tests.oracle.as_known import WorldsByDay, article_days
from tests.oracle.data import NODES, Ask, CursorPlace, World, parse_date
from tests.oracle.lists import order_of, place_of
from tests.oracle.search import search

ODD = ["", "nope", "%", "_", "'", '"', "\\", "{}", "?", "é", "K", "\n", "\0", "--", "null", "$1"]
TYPES = ["State", "Query", "Node", "Certainty", "MembershipFilter", "Date", "Nothing"]
_REFERENCES: Mapping[str, Sequence[str]] = {
    "organisation": ["Organisation"],
    "state": ["State"],
    "official": ["Official"],
    "host": ["State"],
    "summit": ["Summit"],
    "nationality": ["State"],
    "article": ["Article"],
    "publication": ["Publication"],
    "hasMember": ["State"],
    "attendedBy": ["Official", "State"],
    "missedBy": ["Official", "State"],
    "mentions": ["Organisation", "State", "Official"],
}


class Stock:
    """`world` is the one of today, from which those of other days can be had."""

    def __init__(self, stored: World, ask: Ask) -> None:
        world = WorldsByDay(stored, ask).present
        self.world, self._ask = world, ask
        self._ids: dict[str, list[str]] = {}
        for record_id in world.identified:
            self._ids.setdefault(record_id.partition(":")[0], []).append(record_id)
        self._keys = {
            record_type: [record_id.partition(":")[2] for record_id in ids]
            for record_type, ids in self._ids.items()
        }
        self.ids = [*world.identified, "State:nope", "Nothing:x", "State", ":", "", "7"]
        self.words = {name: sorted(_column(world, name)) for name in _columns()}
        self.days, self.near = _days(world)
        self.issues = sorted({row.issue_number or 0 for row in world.all(Article)})
        self.known = _known_days(world)
        self.texts = sorted(_column(world, "claim") | _column(world, "name") | self._texts())
        self._quotes = sorted(_quotes(world))
        self._identifiers = sorted({row.value for row in world.all(Identifier)})
        self._cursors: dict[tuple[str, str, str], list[str]] = {}

    def texts_for(self, owner: str, name: str) -> Sequence[str]:
        """Texts for an argument or input field of that name; `owner` is what it narrows."""
        if name in _REFERENCES:
            return [
                key for record_type in _REFERENCES[name] for key in self._keys.get(record_type, ())
            ] or ODD
        if name in {"slug", "code"}:
            return self._keys.get(owner) or ODD
        if name == "scheme":
            return [*self._keys.get("Scheme", ()), "WIKIDATA", "nope"]
        if name == "value":
            return self._identifiers or ODD
        if name == "words":
            return self._quotes or ODD
        if (owner, name) == ("Office", "name"):
            return self.words["office"]
        return TYPES if owner == "__Type" else self.words.get(name) or ODD

    def cursors(self, parent: str, field: str, order: str, orders: object) -> Sequence[str]:
        """Cursors that lists of a field gave out; `order` is the literal of its `orderBy`."""
        key = (parent, field, order)
        if key not in self._cursors:
            self._cursors[key] = (
                list(self._search_cursors())
                if field == "search"
                else [
                    self._remember_cursor(world, edge, orders)
                    for world in self._worlds()
                    for page in self._pages(world, parent, field, order)
                    for edge in page["edges"]
                ]
            )
        return self._cursors[key]

    def _worlds(self) -> Iterator[World]:
        """That of today, and that of a day on which about half was known."""
        yield self.world
        yield self.world.view(self.known[len(self.known) // 2])

    def _search_cursors(self) -> Iterator[str]:
        """Cursors of some searches, and two from before and after what is there now."""
        cursors = self.world.shared.cursors
        for text in self.texts[::7][:12]:
            for world in self._worlds():
                search(world, None, {"query": text[:5]})
        known = [cursor for cursor, place in cursors.items() if place.list_type == "Search"]
        yield from known
        for cursor, step in zip(known, (-1, 1), strict=False):
            name, revision, *keys = json.loads(bytes.fromhex(cursor))
            moved = [name, str(int(revision) + step), *keys]
            text = json.dumps(moved, ensure_ascii=False, separators=(",", ":"))
            moved_cursor = text.encode().hex()
            cursors[moved_cursor] = replace(cursors[cursor], revision=int(revision) + step)
            yield moved_cursor

    def _texts(self) -> set[str]:
        names = ("headline", "summary", "title", "aliases", "acronym", "city", "place", "text")
        return {text for name in names for text in _column(self.world, name)}

    def foreign_cursors(self) -> Sequence[str]:
        """Cursors that few lists gave out."""
        descending = [{"field": "NAME", "direction": "DESC"}]
        order = "{field: NAME, direction: DESC}"
        return [
            *self.cursors("Query", "states", "", None),
            *self.cursors("Query", "states", order, descending),
            *self.cursors("Query", "officials", order, descending),
        ]

    def _pages(self, world: World, parent: str, field: str, order: str) -> list[dict[str, Any]]:
        arguments = f"first: 100{order and f', orderBy: {order}'}"
        node = "subject { id } field" if field == "disagreements" else "id __typename"
        page = f"page: {field}({arguments}) {{ edges {{ cursor node {{ {node} }} }} }}"
        if parent in {"Query", "Office"}:
            # What has no id gives out the cursors that any list of the same rows does.
            return [self._ask_in_view(world, page)["page"]]
        ids = self._ids.get(parent) or [
            record_id for ids in self._ids.values() for record_id in ids[:5]
        ]
        quoted = ", ".join(f'"{record_id}"' for record_id in ids[:25])
        answer = self._ask_in_view(
            world, f"nodes(ids: [{quoted}]) {{ ... on {parent} {{ {page} }} }}"
        )
        return [node["page"] for node in answer["nodes"] if node and "page" in node]

    def _ask_in_view(self, world: World, fields: str) -> dict[str, Any]:
        if world.day is None:
            return self._ask(f"{{ {fields} }}")
        viewed = self._ask(f'{{ view(knownAt: "{world.day.isoformat()}") {{ {fields} }} }}')
        fields_of_view: dict[str, Any] = viewed["view"]
        return fields_of_view

    def _remember_cursor(self, world: World, edge: dict[str, Any], orders: object) -> str:
        cursor: str = edge["cursor"]
        place = _place(world, edge["node"], orders)
        known = self.world.shared.cursors.setdefault(cursor, place)
        assert known == place, (cursor, known, place)
        return cursor


def _place(world: World, node: dict[str, Any], orders: object) -> CursorPlace:
    if "subject" in node:
        key = node["subject"]["id"] + (f"#{node['field']}" if node["field"] else "")
        return CursorPlace("Disagreement", (), (), key)
    list_type = node["__typename"]
    order = order_of(list_type, {"orderBy": orders})
    return place_of(world, list_type, order, world.identified[node["id"]])


def _columns() -> set[str]:
    """The columns of words, under their own names, which are those of the fields."""
    tables = Table.metadata.tables.values()
    return {column.name for table in tables for column in table.columns} - {"id", "key"}


def _column(world: World, name: str) -> set[str]:
    values = {getattr(row, name, None) for table in NODES for row in world.all(table)}
    return {value for value in values if isinstance(value, str)}


def _quotes(world: World) -> set[str]:
    """Paragraphs, and pieces of them, which may stand in several places."""
    pieces: set[str] = set()
    for row in world.all(Paragraph):
        half = len(row.text) // 2
        pieces |= {row.text, row.text[:half], row.text[half:], row.text[:1], row.text[:3]}
    return pieces


def _days(world: World) -> tuple[list[date], list[date]]:
    """The days on which something changes; those beside them, and the ends of the calendar."""
    dates = [parse_date(row.edtf) for row in world.all(DateRow)]
    bounds = {
        day for partial_date in dates for day in (partial_date.earliest, partial_date.latest) if day
    }
    bounds -= {date.min, date.max}
    near = {day + timedelta(step) for day in bounds for step in (-1, 1)}
    return sorted(bounds), sorted(near | {date.min, date.max})


def _known_days(world: World) -> list[date]:
    """Days on which articles became known, those beside them, and far ones."""
    cited = {citation.article_id for citation in world.all(Citation)}
    days = {day for number, day in article_days(world.all(Article)).items() if number in cited}
    near = {day + timedelta(step) for day in days for step in (-1, 0, 1)}
    return sorted(near | {date.min, date.max, date(1990, 1, 1)})
