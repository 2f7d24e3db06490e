"""Lists in their orders, and pages cut from them by counting.

In: rows, an order and the arguments of a connection. Out: a `Page`. A cursor is known by the place
that it was given out for: the rows before and after that place are counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cmp_to_key
from typing import Any, TypeVar

from kb.models import Membership, Term
from kb.periods import Certainty
from tests.oracle.data import (
    CursorPlace,
    Disagreement,
    Node,
    Order,
    World,
    bounds_of,
    certainty_of,
    earliest,
    identity,
)
from tests.oracle.filters import verdict
from tests.oracle.text_filters import ArgumentValue, without_nulls

MARK = "\x02cursor "
"""What a naive cursor begins with; the order and the row follow."""
Key = Callable[[World, Any], str | date | None]
Arguments = Mapping[str, ArgumentValue]
ListRow = Node | Disagreement
Row = TypeVar("Row", bound=ListRow)


@dataclass(frozen=True)
class Edge:
    node: ListRow
    cursor: str
    certainty: Certainty | None = None
    snippet: str = ""
    rank: float = 0


@dataclass(frozen=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Page:
    """`verdicts` are those of the filter on all rows of the list, by their numbers."""

    edges: list[Edge]
    page_info: PageInfo
    total_count: int
    verdicts: Mapping[int, Certainty] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()

    @property
    def nodes(self) -> list[ListRow]:
        return [edge.node for edge in self.edges]


_KEYS: Mapping[str, Mapping[str, Key]] = {
    "Organisation": {
        "NAME": lambda _, row: row.name,
        "FOUNDED": lambda _, row: earliest(row.founded),
    },
    "State": {"NAME": lambda _, row: row.name, "CODE": lambda _, row: row.key},
    "Official": {"NAME": lambda _, row: row.name},
    "Membership": {
        "STATE": lambda world, row: world.name(row.state_id),
        "ORGANISATION": lambda world, row: world.name(row.organisation_id),
        "START": lambda _, row: bounds_of(row).start_earliest,
        "LATEST_START": lambda _, row: bounds_of(row).start_latest,
        "END": lambda _, row: bounds_of(row).end_latest,
    },
    "Term": {
        "OFFICIAL": lambda world, row: world.name(row.official_id),
        "OFFICE": lambda _, row: row.office,
        "START": lambda _, row: bounds_of(row).start_earliest,
        "LATEST_START": lambda _, row: bounds_of(row).start_latest,
        "END": lambda _, row: bounds_of(row).end_latest,
    },
    "Summit": {
        "HELD_ON": lambda _, row: earliest(row.held_on),
        "CITY": lambda _, row: row.city,
    },
    "Event": {
        "OCCURRED": lambda _, row: bounds_of(row).start_earliest,
        "TITLE": lambda _, row: row.title,
    },
    "Article": {
        "DATED_ON": lambda _, row: earliest(row.dated_on),
        "HEADLINE": lambda _, row: row.headline,
    },
    "Citation": {},
    "Publication": {},
    "Disagreement": {},
}
_DEFAULTS: Mapping[str, Order] = {
    "Organisation": (("NAME", False),),
    "State": (("NAME", False),),
    "Official": (("NAME", False),),
    "Membership": (("LATEST_START", False),),
    "Term": (("LATEST_START", False),),
    "Summit": (("HELD_ON", False),),
    "Event": (("OCCURRED", False),),
    "Article": (("DATED_ON", True),),
    "Citation": (),
    "Publication": (),
    "Disagreement": (),
    "Search": (("RANK", True),),
}


def order_of(list_type: str, arguments: Arguments) -> Order:
    """The order asked for; an empty one is none."""
    orders = arguments.get("orderBy") or ()
    given = tuple((order["field"], order.get("direction") == "DESC") for order in orders)
    return given or _DEFAULTS[list_type]


def place_of(world: World, list_type: str, order: Order, row: ListRow) -> CursorPlace:
    keys = tuple(_KEYS[list_type][name](world, row) for name, _ in order)
    return CursorPlace(list_type, order, keys, row.key)


def compare_places(place: CursorPlace, other: CursorPlace) -> int:
    """By each key of the order, of which those that are not there come last, then by the key."""
    for mine, theirs, (_, descends) in zip(place.keys, other.keys, place.order, strict=True):
        if mine is None or theirs is None:
            if mine is not theirs:
                return 1 if mine is None else -1
        elif mine != theirs:
            return _sign(mine, theirs) * (-1 if descends else 1)
    return _sign(place.key, other.key)


def _sign(key: Any, other: Any) -> int:  # noqa: ANN401  Both are texts, or both are days.
    return int(key > other) - int(key < other)


def in_order(world: World, list_type: str, rows: Sequence[Row], order: Order) -> list[Row]:
    by_place = cmp_to_key(compare_places)
    return sorted(rows, key=lambda row: by_place(place_of(world, list_type, order, row)))


def page(world: World, list_type: str, rows: Sequence[ListRow], arguments: Arguments) -> Page:
    """The wanted rows of those that pass the filter, in the order asked for."""
    given, order = without_nulls(arguments), order_of(list_type, without_nulls(arguments))
    wanted = given.get("filter")
    verdicts = {
        row.id: verdict(world, row, wanted) for row in rows if not isinstance(row, Disagreement)
    }
    kept = [
        row
        for row in rows
        if isinstance(row, Disagreement) or verdicts[row.id] is not Certainty.RULED_OUT
    ]
    day = without_nulls(wanted).get("asOf")
    placed_edges: list[tuple[CursorPlace, Edge]] = []
    for row in in_order(world, list_type, kept, order):
        place = place_of(world, list_type, order, row)
        placed_edges.append((place, Edge(row, cursor_text(place, row), _certainty(row, day))))
    return replace(cut_page(world, placed_edges, given), verdicts=verdicts)


def cut_page(
    world: World, placed_edges: Sequence[tuple[CursorPlace, Edge]], given: Arguments
) -> Page:
    """The page that the arguments ask for, of edges in their places."""
    low, high = 0, len(placed_edges)
    if "after" in given:
        after = world.shared.cursors[given["after"]]
        low = sum(compare_places(place, after) <= 0 for place, _ in placed_edges)
    if "before" in given:
        before = world.shared.cursors[given["before"]]
        high = sum(compare_places(place, before) < 0 for place, _ in placed_edges)
    window, last = [edge for _, edge in placed_edges[low:high]], "last" in given
    size = given["last"] if last else given.get("first", 20)
    edges = (window[-size:] if size else []) if last else window[:size]
    more = len(window) > size
    info = PageInfo(
        high < len(placed_edges) or (more and not last),
        low > 0 or (more and last),
        edges[0].cursor if edges else None,
        edges[-1].cursor if edges else None,
    )
    return Page(edges, info, len(placed_edges))


def cursor_text(place: CursorPlace, row: ListRow) -> str:
    """Of one row, but of its keys too: these differ between days."""
    name = row.key if isinstance(row, Disagreement) else identity(row)
    return f"{MARK}{place.list_type} {place.order} {place.keys} {name}"


def _certainty(row: ListRow, day: date | None) -> Certainty | None:
    if day is None or not isinstance(row, Membership | Term):
        return None
    return certainty_of(row, day)
