"""What several types of an abstract type select alike, so that it is planned and computed once.

In: the fields selected of each type. Out: which of them are the same for several types, and the
interface that declares them. Without this, nested abstract types would multiply what is selected
within them by the number of their types, at each level. Pure: no connection.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType
from graphql.execution.collect_fields import FieldDetails

from kb.query.fields import SOURCE, LeafSource, Source

AbstractType = GraphQLInterfaceType | GraphQLUnionType
CompositeType = GraphQLObjectType | AbstractType
FieldGroups = dict[str, list[FieldDetails]]
"""The selected fields of one row, by response key."""
PlannedValue = TypeVar("PlannedValue")


def source_of(field: GraphQLField) -> Source:
    source: Source = field.extensions["strawberry-definition"].metadata[SOURCE]
    return source


def node_ids(group: Sequence[FieldDetails]) -> tuple[int, ...]:
    """The identities of the document's field nodes in the group."""
    return tuple(id(details.node) for details in group)


def group_ids(groups: FieldGroups) -> dict[str, tuple[int, ...]]:
    """Those of each group, by its response key."""
    return {key: node_ids(group) for key, group in groups.items()}


class SharedSelections(Generic[PlannedValue]):
    """The values that several of the `selected` types share, each planned when first needed."""

    def __init__(
        self, abstract_type: AbstractType, selected: Sequence[tuple[CompositeType, FieldGroups]]
    ) -> None:
        self.values: list[PlannedValue] = []
        self._abstract_type = abstract_type
        self._places: dict[tuple[str, tuple[int, ...]], int] = {}
        self._uses = Counter(
            (owner.name, node_ids(group))
            for type_, groups in selected
            for group in groups.values()
            if (owner := self._declaring_interface(type_, group))
        )

    def owner(self, type_: CompositeType, group: list[FieldDetails]) -> GraphQLInterfaceType | None:
        """The interface by which other types select the same; none if no other does."""
        owner = self._declaring_interface(type_, group)
        return owner if owner and self._uses[owner.name, node_ids(group)] > 1 else None

    def place(
        self,
        owner: GraphQLInterfaceType,
        group: list[FieldDetails],
        plan: Callable[[], PlannedValue],
    ) -> int:
        """The index of a shared value among `values`; it is planned if it is new."""
        share = (owner.name, node_ids(group))
        if share not in self._places:
            self._places[share] = len(self.values)
            self.values.append(plan())
        return self._places[share]

    def _declaring_interface(
        self, type_: CompositeType, group: list[FieldDetails]
    ) -> GraphQLInterfaceType | None:
        """The interface that declares this field; none for scalars, too cheap to be shared."""
        name = group[0].node.name.value
        if isinstance(type_, GraphQLUnionType):
            return None
        source = source_of(type_.fields[name]) if name in type_.fields else None
        if source is None or isinstance(source, LeafSource):
            return None
        interfaces: list[GraphQLInterfaceType] = [*type_.interfaces]
        if isinstance(self._abstract_type, GraphQLInterfaceType):
            interfaces.insert(0, self._abstract_type)
        for interface in interfaces:
            if name in interface.fields and source_of(interface.fields[name]) is source:
                return interface
        return None
