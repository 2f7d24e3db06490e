"""What generated operations select, and what may be selected beside it.

In: selections. Out: their text, and a `Scope` for each place of the answer, which knows what its
response keys mean, so that nothing is selected there that could not be merged.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
PLUMBING = {"edges", "node", "nodes", "pageInfo"}


@dataclass
class Entry:
    """What a response key means under one parent type; `takes` are the field's arguments."""

    parent: Composite
    name: str
    arguments: str
    field_type: GraphQLOutputType
    takes: Set[str] = frozenset()
    inner: "Scope" = field(default_factory=lambda: Scope())

    @property
    def named(self) -> GraphQLNamedType:
        return get_named_type(self.field_type)

    def is_like(self, other: "Entry") -> bool:
        mine, theirs = (
            (entry.name, entry.arguments, str(entry.field_type)) for entry in (self, other)
        )
        return mine == theirs

    def is_disjoint_from(self, other: "Entry") -> bool:
        """Leaves of one type, of objects that are never the same."""
        objects = all(isinstance(entry.parent, GraphQLObjectType) for entry in (self, other))
        leaves = is_leaf_type(self.named) and str(self.field_type) == str(other.field_type)
        return objects and leaves and self.parent is not other.parent


@dataclass
class Scope:
    """The response keys of one place."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def fits(self, key: str, entry: Entry) -> bool:
        known = self.entries.get(key, [])
        return all(entry.is_like(other) or entry.is_disjoint_from(other) for other in known)

    def add(self, key: str, entry: Entry) -> Entry:
        """The entry as it stands here, where its selections may have been made already."""
        known = self.entries.setdefault(key, [])
        alike = [other for other in known if other.is_like(entry)]
        for other in alike:
            if other.parent is entry.parent:
                return other
        inner = alike[0].inner if alike else Scope()
        added = replace(entry, inner=inner)
        known.append(added)
        return added

    def inner(self, key: str, entry: Entry) -> "Scope":
        """The place below a key; an empty one if nothing is selected there yet."""
        alike = [other for other in self.entries.get(key, []) if other.is_like(entry)]
        return alike[0].inner if alike else Scope()


@dataclass
class Selection:
    """A field, or what stands around selections; a spread has those of its fragment."""

    head: str
    children: "list[Selection]" = field(default_factory=list)
    key: str = ""
    entry: Entry | None = None
    spread: bool = False

    def lines(self, indent: str = "") -> Iterator[str]:
        if not self.children or self.spread:
            yield f"{indent}{self.head}"
            return
        yield f"{indent}{self.head} {{"
        for child in self.children:
            yield from child.lines(indent + "  ")
        yield f"{indent}}}"


def can_merge(selections: list[Selection], scope: Scope) -> bool:
    """Whether all of them can be merged with what the scope has."""
    return all(
        can_merge(selection.children, scope.inner(selection.key, selection.entry))
        and scope.fits(selection.key, selection.entry)
        if selection.entry
        else can_merge(selection.children, scope)
        for selection in selections
    )


def absorb(selections: list[Selection], scope: Scope) -> None:
    """Remember in a scope what a fragment selects there."""
    for selection in selections:
        absorb(
            selection.children,
            scope.add(selection.key, selection.entry).inner if selection.entry else scope,
        )


def count_levels(selections: list[Selection]) -> int:
    """How many levels of fields they add; the parts of a page are none."""
    return max(
        (_level_of(selection) + count_levels(selection.children) for selection in selections),
        default=0,
    )


def _level_of(selection: Selection) -> int:
    return int(selection.entry is not None and selection.entry.name not in PLUMBING)
