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

AFTER_VARIABLE = "after__"
"""The name of the variable that takes the cursor."""
BATCH_SIZE = 100
"""Events that are read at once."""
_FIELD, _HEAD = "changes", "feed"


class EventBatch(NamedTuple):
    """Events, each with its cursor; the next batch is read after the cursor `after`."""

    events: list[tuple[str, dict[str, object]]]
    after: str
    more: bool


@dataclass(frozen=True)
class ChangesQuery:
    """The query for a subscription's changes, its response key, and the cursor it begins after."""

    key: str
    after: str | None
    document: DocumentNode

    def path(self, path: Sequence[str | int]) -> Path:
        """The path in an event that corresponds to a path in the query's answer."""
        inner = [step for step in path[1:] if not isinstance(step, int)]
        return (self.key, *inner[2:])


def to_changes_query(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
) -> ChangesQuery:
    """Raises QueryError if every field of the subscription is skipped."""
    root = schema.subscription_type
    assert root is not None
    fragments = [
        definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    ]
    details = {definition.name.value: FragmentDetails(definition) for definition in fragments}
    groups = collect_fields(schema, details, variables, root, operation).grouped_field_set
    if not groups:
        raise QueryError("the subscription selects no field", "select `changes`")
    ((key, group),) = groups.items()
    nodes = [field_details.node for field_details in group]
    given = get_argument_values(root.fields[_FIELD], nodes[0], variables)
    after: str | None = given.get("after")
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=operation.name,
        variable_definitions=(*(operation.variable_definitions or ()), _AFTER_DEFINITION),
        selection_set=_selection_set(
            _changes_field(nodes), _field(_HEAD, _selection_set(_field("headCursor")))
        ),
    )
    return ChangesQuery(key, after, DocumentNode(definitions=(query, *fragments)))


def _changes_field(nodes: Sequence[FieldNode]) -> FieldNode:
    """`changes(…) { edges { cursor node { … } } pageInfo { hasNextPage } }`."""
    others = [argument for argument in nodes[0].arguments or () if argument.name.value != "after"]
    after = ArgumentNode(name=_name("after"), value=VariableNode(name=_name(AFTER_VARIABLE)))
    first = ArgumentNode(name=_name("first"), value=IntValueNode(value=str(BATCH_SIZE)))
    selections = tuple(
        selection
        for node in nodes
        if node.selection_set
        for selection in node.selection_set.selections
    )
    node = _field("node", SelectionSetNode(selections=selections))
    edges = _field("edges", _selection_set(_field("cursor"), node))
    return FieldNode(
        name=_name(_FIELD),
        arguments=(*others, after, first),
        selection_set=_selection_set(
            edges, _field("pageInfo", _selection_set(_field("hasNextPage")))
        ),
    )


def _name(value: str) -> NameNode:
    return NameNode(value=value)


def _field(name: str, selected: SelectionSetNode | None = None) -> FieldNode:
    return FieldNode(name=_name(name), selection_set=selected)


def _selection_set(*fields: FieldNode) -> SelectionSetNode:
    return SelectionSetNode(selections=fields)


_AFTER_DEFINITION = VariableDefinitionNode(
    variable=VariableNode(name=_name(AFTER_VARIABLE)), type=NamedTypeNode(name=_name("String"))
)


def to_event_batch(data: Mapping[str, object], key: str) -> EventBatch:
    """The events of an answer; the last page goes on from the head, not from its last event."""
    page, head = data[_FIELD], data[_HEAD]
    assert isinstance(page, dict)
    assert isinstance(head, dict)
    events = [(edge["cursor"], {key: edge["node"]}) for edge in page["edges"]]
    more: bool = page["pageInfo"]["hasNextPage"]
    return EventBatch(events, events[-1][0] if more else head["headCursor"], more)
