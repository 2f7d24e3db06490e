"""Introspection within an operation: what it asks of the schema itself, which has no rows.

In: a planner with its operation, and the variables as they came. Out: the JSON of each such field
at the root, made by the GraphQL library's own execution, which is stopped if it takes too long.
"""

import json
from collections.abc import Callable, Mapping
from itertools import count

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from kb.errors import LimitError, QueryError
from kb.query.plan import Planner

MOST_FIELDS = 30_000
"""Fields of an answer about the schema; what tools ask for has about a quarter of it."""
_INTROSPECTION = frozenset({"__schema", "__type"})
Resolver = Callable[..., object]


class _Enough(BaseException):
    """Not an Exception: the library would make these errors of the answer, and go on."""


def introspect(planner: Planner, variables: Mapping[str, object]) -> dict[str, str]:
    """By response key; faults are added to those of the planner."""
    root = planner.schema.query_type
    assert root is not None
    nodes = {
        key: [details.node for details in group]
        for key, group in planner.root_groups(root).items()
        if group[0].node.name.value in _INTROSPECTION
    }
    if not nodes:
        return {}
    selections = tuple(node for group in nodes.values() for node in group)
    asked = OperationDefinitionNode(
        operation=planner.operation.operation,
        variable_definitions=planner.operation.variable_definitions,
        selection_set=SelectionSetNode(selections=selections),
    )
    fragments = [details.definition for details in planner.fragments.values()]
    document = DocumentNode(definitions=(asked, *fragments))
    data, faults = _execute(planner.schema, document, variables)
    planner.faults.extend(faults)
    return {key: json.dumps(data.get(key), ensure_ascii=False) for key in nodes}


def _execute(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object]
) -> tuple[Mapping[str, object], list[QueryError]]:
    numbers = count(1)

    def resolve(resolver: Resolver, source: object, info: object, **arguments: object) -> object:
        if next(numbers) > MOST_FIELDS:
            raise _Enough
        return resolver(source, info, **arguments)

    inputs = dict(variables)
    try:
        found = execute_sync(schema, document, variable_values=inputs, middleware=[resolve])
    except _Enough:
        what = f"the answer has more than {MOST_FIELDS:,} fields about the schema"
        return {}, [LimitError(what, "ask for less of it at once")]
    errors = found.errors or ()
    return found.data or {}, [QueryError(one.message, path=one.path or ()) for one in errors]
