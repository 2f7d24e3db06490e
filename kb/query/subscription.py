"""A subscription to changes, read as the query for the next of them.

In: a valid document whose operation is a subscription, its coerced variables, and a cursor. Out: a
document with a query for the page of changes after the cursor, with the same selection of each, so
that events are planned and answered as every query is, and the place in the feed that the answer
reaches, whether or not any change was of the types asked for. Pure: no connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues, get_argument_values

from kb.errors import QueryError
from kb.query.sql import Path

AFTER = "after__"
"""The variable that takes the cursor."""
BATCH = 100
"""Events that are read at once."""
_FIELD, _HEAD = "changes", "feed"


class Batch(NamedTuple):
    """Events, each with the cursor that follows it; what follows them all is after `after`."""

    events: list[tuple[str, dict[str, object]]]
    after: str
    more: bool


@dataclass(frozen=True)
class Followed:
    """A subscription's response key, the cursor that it begins after, and the query instead."""

    key: str
    after: str | None
    document: DocumentNode

    def path(self, path: Sequence[str | int]) -> Path:
        """Where a path of the query stands in an event."""
        inner = [one for one in path[1:] if not isinstance(one, int)]
        return (self.key, *inner[2:])


def as_query(
    schema: GraphQLSchema,
    document: DocumentNode,
    chosen: OperationDefinitionNode,
    variables: VariableValues,
) -> Followed:
    """Raises QueryError if every field of the subscription is skipped."""
    root = schema.subscription_type
    assert root is not None
    fragments = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
    details = {one.name.value: FragmentDetails(one) for one in fragments}
    groups = collect_fields(schema, details, variables, root, chosen).grouped_field_set
    if not groups:
        raise QueryError("the subscription selects no field", "select `changes`")
    ((key, group),) = groups.items()
    nodes = [one.node for one in group]
    given = get_argument_values(root.fields[_FIELD], nodes[0], variables)
    after: str | None = given.get("after")
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=chosen.name,
        variable_definitions=(*(chosen.variable_definitions or ()), _AFTER_DEFINED),
        selection_set=_selected(_page(nodes), _field(_HEAD, _selected(_field("headCursor")))),
    )
    return Followed(key, after, DocumentNode(definitions=(query, *fragments)))


def _page(nodes: Sequence[FieldNode]) -> FieldNode:
    """`changes(…) { edges { cursor node { … } } pageInfo { hasNextPage } }`."""
    kept = [one for one in nodes[0].arguments or () if one.name.value != "after"]
    after = ArgumentNode(name=_name("after"), value=VariableNode(name=_name(AFTER)))
    first = ArgumentNode(name=_name("first"), value=IntValueNode(value=str(BATCH)))
    selections = tuple(
        one for node in nodes if node.selection_set for one in node.selection_set.selections
    )
    node = _field("node", SelectionSetNode(selections=selections))
    edges = _field("edges", _selected(_field("cursor"), node))
    return FieldNode(
        name=_name(_FIELD),
        arguments=(*kept, after, first),
        selection_set=_selected(edges, _field("pageInfo", _selected(_field("hasNextPage")))),
    )


def _name(value: str) -> NameNode:
    return NameNode(value=value)


def _field(name: str, selected: SelectionSetNode | None = None) -> FieldNode:
    return FieldNode(name=_name(name), selection_set=selected)


def _selected(*fields: FieldNode) -> SelectionSetNode:
    return SelectionSetNode(selections=fields)


_AFTER_DEFINED = VariableDefinitionNode(
    variable=VariableNode(name=_name(AFTER)), type=NamedTypeNode(name=_name("String"))
)


def batch(data: Mapping[str, object], key: str) -> Batch:
    """Where all that there is was looked at, the next begins at the head, not at the last event."""
    page, head = data[_FIELD], data[_HEAD]
    assert isinstance(page, dict)
    assert isinstance(head, dict)
    events = [(edge["cursor"], {key: edge["node"]}) for edge in page["edges"]]
    more: bool = page["pageInfo"]["hasNextPage"]
    return Batch(events, events[-1][0] if more else head["headCursor"], more)
