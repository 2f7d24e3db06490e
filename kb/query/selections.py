"""What the types of a record select alike, so that it is planned and computed once.

In: the fields that each type of an abstract type selects. Out: which of them are the same for
several types, and the interface that declares them. Without this, each abstract type would multiply
all that stands in it by the number of its types. Pure: no connection.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType
from graphql.execution.collect_fields import FieldDetails

from kb.query.fields import SOURCE, Leaf, Source

Abstract = GraphQLInterfaceType | GraphQLUnionType
Kind = GraphQLObjectType | Abstract
Groups = dict[str, list[FieldDetails]]
"""The selected fields of one row, by response key."""
Planned = TypeVar("Planned")


def source_of(field: GraphQLField) -> Source:
    source: Source = field.extensions["strawberry-definition"].metadata[SOURCE]
    return source


def ids(group: Sequence[FieldDetails]) -> tuple[int, ...]:
    """Which fields of the document these are."""
    return tuple(id(one.node) for one in group)


class Sharing(Generic[Planned]):
    """The values that several of the types `selected` share, planned when first asked for."""

    def __init__(self, kind: Abstract, selected: Sequence[tuple[Kind, Groups]]) -> None:
        self.values: list[Planned] = []
        self._kind = kind
        self._places: dict[tuple[str, tuple[int, ...]], int] = {}
        self._uses = Counter(
            (owner.name, ids(group))
            for each, groups in selected
            for group in groups.values()
            if (owner := self._declaring(each, group))
        )

    def owner(self, kind: Kind, group: list[FieldDetails]) -> GraphQLInterfaceType | None:
        """The interface by which other types select the same; none if no other does."""
        owner = self._declaring(kind, group)
        return owner if owner and self._uses[owner.name, ids(group)] > 1 else None

    def place(
        self, owner: GraphQLInterfaceType, group: list[FieldDetails], plan: Callable[[], Planned]
    ) -> int:
        """Where the value stands among `values`."""
        share = (owner.name, ids(group))
        if share not in self._places:
            self._places[share] = len(self.values)
            self.values.append(plan())
        return self._places[share]

    def _declaring(self, kind: Kind, group: list[FieldDetails]) -> GraphQLInterfaceType | None:
        """The interface whose field this is; none for scalars, which are not worth it."""
        name = group[0].node.name.value
        if isinstance(kind, GraphQLUnionType):
            return None
        source = source_of(kind.fields[name]) if name in kind.fields else None
        if source is None or isinstance(source, Leaf):
            return None
        owners: list[GraphQLInterfaceType] = [*kind.interfaces]
        if isinstance(self._kind, GraphQLInterfaceType):
            owners.insert(0, self._kind)
        for each in owners:
            if name in each.fields and source_of(each.fields[name]) is source:
                return each
        return None
