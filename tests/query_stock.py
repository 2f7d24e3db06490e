"""What there is to ask for in one database: keys, ids, words, days, and cursors it gave out.

In: a database and its world. Out: a `Stock`, from which generated operations take their arguments,
so that most of them find something. Cursors come from the planner, and the world is told which row
each stands for.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kb.models import Article, Table
from tests.naive_data import NODES, Place, World
from tests.naive_lists import order_of

Ask = Callable[[str], dict[str, Any]]
ODD = ["", "nope", "%", "_", "'", '"', "\\", "{}", "?", "é", "K", "\n", "\0", "--", "null", "$1"]
TYPES = ["State", "Query", "Node", "Certainty", "MembershipFilter", "Date", "Nothing"]
_REFERENCES: Mapping[str, Sequence[str]] = {
    "organisation": ["Organisation"],
    "state": ["State"],
    "official": ["Official"],
    "host": ["State"],
    "nationality": ["State"],
    "article": ["Article"],
    "publication": ["Publication"],
    "hasMember": ["State"],
    "attendedBy": ["Official", "State"],
    "mentions": ["Organisation", "State", "Official"],
}


class Stock:
    def __init__(self, world: World, ask: Ask) -> None:
        self._world, self._ask = world, ask
        self._ids: dict[str, list[str]] = {}
        for one in world.identified:
            self._ids.setdefault(one.partition(":")[0], []).append(one)
        self._keys = {
            kind: [one.partition(":")[2] for one in ids] for kind, ids in self._ids.items()
        }
        self.ids = [*world.identified, "State:nope", "Nothing:x", "State", ":", "", "7"]
        self.words = {name: sorted(_column(world, name)) for name in _columns()}
        self.days, self.near = _days(world)
        self.issues = sorted({row.issue_number or 0 for row in world.all(Article)})
        self._cursors: dict[tuple[str, str, str], list[str]] = {}

    def about(self, owner: str, name: str) -> Sequence[str]:
        """Texts for an argument or input field of that name; `owner` is what it narrows."""
        if name in _REFERENCES:
            return [key for kind in _REFERENCES[name] for key in self._keys.get(kind, ())] or ODD
        if name in {"slug", "code"}:
            return self._keys.get(owner) or ODD
        return TYPES if owner == "__Type" else self.words.get(name) or ODD

    def cursors(self, parent: str, field: str, order: str, orders: object) -> Sequence[str]:
        """Cursors that lists of a field gave out; `order` is the literal of its `orderBy`."""
        asked = (parent, field, order)
        if asked not in self._cursors:
            self._cursors[asked] = [
                self._learn(edge, orders)
                for page in self._pages(parent, field, order)
                for edge in page["edges"]
            ]
        return self._cursors[asked]

    def others(self) -> Sequence[str]:
        """Cursors that few lists gave out."""
        descending = [{"field": "NAME", "direction": "DESC"}]
        order = "{field: NAME, direction: DESC}"
        return [
            *self.cursors("Query", "states", "", None),
            *self.cursors("Query", "states", order, descending),
            *self.cursors("Query", "officials", order, descending),
        ]

    def _pages(self, parent: str, field: str, order: str) -> list[dict[str, Any]]:
        arguments = f"first: 100{order and f', orderBy: {order}'}"
        page = f"page: {field}({arguments}) {{ edges {{ cursor node {{ id __typename }} }} }}"
        if parent == "Query":
            return [self._ask(f"{{ {page} }}")["page"]]
        ids = self._ids.get(parent) or [one for ids in self._ids.values() for one in ids[:5]]
        quoted = ", ".join(f'"{one}"' for one in ids[:25])
        found = self._ask(f"{{ nodes(ids: [{quoted}]) {{ ... on {parent} {{ {page} }} }} }}")
        return [one["page"] for one in found["nodes"] if "page" in one]

    def _learn(self, edge: dict[str, Any], orders: object) -> str:
        cursor: str = edge["cursor"]
        kind = edge["node"]["__typename"]
        order = order_of(kind, {"orderBy": orders})
        place = Place(kind, order, self._world.identified[edge["node"]["id"]])
        assert self._world.cursors.setdefault(cursor, place) == place
        return cursor


def _columns() -> set[str]:
    """The columns of words, under their own names, which are those of the fields."""
    tables = Table.metadata.tables.values()
    return {one.name for table in tables for one in table.columns} - {"id", "key"}


def _column(world: World, name: str) -> set[str]:
    values = {getattr(row, name, None) for kind in NODES for row in world.all(kind)}
    return {value for value in values if isinstance(value, str)}


def _days(world: World) -> tuple[list[date], list[date]]:
    """The days on which something changes; those beside them, and the ends of the calendar."""
    bounds = {day for one in world.dates for day in (one.earliest, one.latest) if day}
    bounds -= {date.min, date.max}
    near = {day + timedelta(step) for day in bounds for step in (-1, 1)}
    return sorted(bounds), sorted(near | {date.min, date.max})
