"""Lists in their orders, and pages cut from them by counting.

In: rows, an order and the arguments of a connection. Out: a `Page`. A cursor is known by the row
that it was given out for: it is put into the sorted list, and what stands after it is after it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.models import Membership, Term
from kb.periods import Certainty
from tests.naive_data import Node, Order, World, bounds_of, earliest, identity
from tests.naive_filters import Given, passes, present

MARK = "\x02cursor "
"""What a naive cursor begins with; the order and the row follow."""
Key = Callable[[World, Any], str | date | None]
Arguments = Mapping[str, Given]


@dataclass(frozen=True)
class Edge:
    node: Node
    cursor: str
    certainty: Certainty | None


@dataclass(frozen=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Page:
    edges: list[Edge]
    page_info: PageInfo
    total_count: int

    @property
    def nodes(self) -> list[Node]:
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
        "END": lambda _, row: bounds_of(row).end_latest,
    },
    "Term": {
        "OFFICIAL": lambda world, row: world.name(row.official_id),
        "OFFICE": lambda _, row: row.office,
        "START": lambda _, row: bounds_of(row).start_earliest,
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
}
_DEFAULTS: Mapping[str, Order] = {
    "Organisation": (("NAME", False),),
    "State": (("NAME", False),),
    "Official": (("NAME", False),),
    "Membership": (("START", False),),
    "Term": (("START", False),),
    "Summit": (("HELD_ON", False),),
    "Event": (("OCCURRED", False),),
    "Article": (("DATED_ON", True),),
    "Citation": (),
}


def order_of(kind: str, arguments: Arguments) -> Order:
    """The order asked for; an empty one is none."""
    asked = arguments.get("orderBy") or ()
    given = tuple((one["field"], one.get("direction") == "DESC") for one in asked)
    return given or _DEFAULTS[kind]


def in_order(world: World, kind: str, rows: Sequence[Node], order: Order) -> list[Node]:
    """By the key, then by each field from the last to the first, as `sorted` keeps equal rows."""
    found = sorted(rows, key=lambda row: row.key)
    for name, descends in reversed(order):
        key = _KEYS[kind][name]
        known = [(key(world, row), row) for row in found if key(world, row) is not None]
        unknown = [row for row in found if key(world, row) is None]
        known.sort(key=_first, reverse=descends)
        found = [row for _, row in known] + unknown
    return found


def _first(pair: tuple[Any, Node]) -> Any:  # noqa: ANN401  It is text or a day.
    return pair[0]


def page(world: World, kind: str, rows: Sequence[Node], arguments: Arguments) -> Page:
    """The wanted rows of those that pass the filter, in the order asked for."""
    given, order = present(arguments), order_of(kind, present(arguments))
    wanted = given.get("filter")
    listed = in_order(world, kind, [row for row in rows if passes(world, row, wanted)], order)
    low = _place(world, kind, listed, order, given["after"])[1] if "after" in given else 0
    high = len(listed)
    if "before" in given:
        high = _place(world, kind, listed, order, given["before"])[0]
    window, last = listed[low:high], "last" in given
    size = given["last"] if last else given.get("first", 20)
    kept = (window[-size:] if size else []) if last else window[:size]
    cut = len(window) > size
    day = present(wanted).get("asOf")
    edges = [Edge(row, _cursor(kind, order, row), _certainty(row, day)) for row in kept]
    info = PageInfo(
        high < len(listed) or (cut and not last),
        low > 0 or (cut and last),
        edges[0].cursor if edges else None,
        edges[-1].cursor if edges else None,
    )
    return Page(edges, info, len(listed))


def _place(
    world: World, kind: str, listed: list[Node], order: Order, cursor: str
) -> tuple[int, int]:
    """How many rows stand before the cursor's row, and how many up to it."""
    node = world.cursors[cursor].node
    others = [row for row in listed if row is not node]
    within = in_order(world, kind, [*others, node], order)
    before = [row.id for row in within].index(node.id)
    return before, before + len(listed) - len(others)


def _cursor(kind: str, order: Order, row: Node) -> str:
    return f"{MARK}{kind} {order} {identity(row)}"


def _certainty(row: Node, day: date | None) -> Certainty | None:
    if day is None or not isinstance(row, Membership | Term):
        return None
    return bounds_of(row).certainty(day)
