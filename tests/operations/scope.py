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
    kind: GraphQLOutputType
    takes: Set[str] = frozenset()
    inner: "Scope" = field(default_factory=lambda: Scope())

    @property
    def named(self) -> GraphQLNamedType:
        return get_named_type(self.kind)

    def is_like(self, other: "Entry") -> bool:
        mine, theirs = ((one.name, one.arguments, str(one.kind)) for one in (self, other))
        return mine == theirs

    def is_apart_from(self, other: "Entry") -> bool:
        """Leaves of one type, of objects that are never the same."""
        objects = all(isinstance(one.parent, GraphQLObjectType) for one in (self, other))
        leaves = is_leaf_type(self.named) and str(self.kind) == str(other.kind)
        return objects and leaves and self.parent is not other.parent


@dataclass
class Scope:
    """The response keys of one place."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def fits(self, key: str, entry: Entry) -> bool:
        known = self.entries.get(key, [])
        return all(entry.is_like(one) or entry.is_apart_from(one) for one in known)

    def add(self, key: str, entry: Entry) -> Entry:
        """The entry as it stands here, where its selections may have been made already."""
        known = self.entries.setdefault(key, [])
        alike = [one for one in known if one.is_like(entry)]
        for one in alike:
            if one.parent is entry.parent:
                return one
        inner = alike[0].inner if alike else Scope()
        added = replace(entry, inner=inner)
        known.append(added)
        return added

    def inner(self, key: str, entry: Entry) -> "Scope":
        """The place below a key; an empty one if nothing is selected there yet."""
        alike = [one for one in self.entries.get(key, []) if one.is_like(entry)]
        return alike[0].inner if alike else Scope()


@dataclass
class Selected:
    """A field, or what stands around selections; a spread has those of its fragment."""

    head: str
    children: "list[Selected]" = field(default_factory=list)
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


def fit(selections: list[Selected], scope: Scope) -> bool:
    """Whether all of them can be merged with what the scope has."""
    return all(
        fit(one.children, scope.inner(one.key, one.entry)) and scope.fits(one.key, one.entry)
        if one.entry
        else fit(one.children, scope)
        for one in selections
    )


def absorb(selections: list[Selected], scope: Scope) -> None:
    """Remember in a scope what a fragment selects there."""
    for one in selections:
        absorb(one.children, scope.add(one.key, one.entry).inner if one.entry else scope)


def levels(selections: list[Selected]) -> int:
    """How many levels of fields they add; the parts of a page are none."""
    return max((_own_level(one) + levels(one.children) for one in selections), default=0)


def _own_level(one: Selected) -> int:
    return int(one.entry is not None and one.entry.name not in PLUMBING)
