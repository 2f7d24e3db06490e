"""Introspection within an operation: what it asks of the schema itself, which has no rows.

In: an operation with its variables as they came, and a field at a root. Out: the JSON of that
field, made by the GraphQL library's own execution, which is stopped if it takes too long. Locations
of directives that the specification of September 2025 does not have are left out: older libraries
can read no schema that has one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from graphql import (
    DirectiveLocation,
    DocumentNode,
    FieldNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    introspection_types,
)
from graphql.execution.collect_fields import FragmentDetails

from kb.errors import LimitError, QueryError
from kb.query.sql import Path

MOST_FIELDS = 30_000
"""Fields of an answer about the schema; what tools ask for has about a quarter of it."""
INTROSPECTION = frozenset({"__schema", "__type"})
LOCATIONS = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
        "SCHEMA",
        "SCALAR",
        "OBJECT",
        "FIELD_DEFINITION",
        "ARGUMENT_DEFINITION",
        "INTERFACE",
        "UNION",
        "ENUM",
        "ENUM_VALUE",
        "INPUT_OBJECT",
        "INPUT_FIELD_DEFINITION",
    }
)
"""Of directives, as the specification of September 2025 has them."""
_ALL_LOCATIONS = introspection_types["__DirectiveLocation"]
_NEWER_LOCATIONS = frozenset(
    location for location in DirectiveLocation if location.name not in LOCATIONS
)
Resolver = Callable[..., object]


class _TooManyFields(BaseException):
    """Not an Exception: the library would make these errors of the answer, and go on."""


@dataclass
class Introspection:
    """What one operation asks of the schema; `used` tells if it does, `faults` what went wrong."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]
    variables: Mapping[str, object]
    used: bool = False
    faults: list[QueryError] = field(default_factory=list)
    _resolved: Iterator[int] = field(default_factory=lambda: count(1))

    def describe(self, nodes: Sequence[FieldNode], path: Path) -> str:
        """The JSON of one field, which these nodes select together."""
        self.used = True
        operation = OperationDefinitionNode(
            operation=self.operation.operation,
            variable_definitions=self.operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        fragments = [details.definition for details in self.fragments.values()]
        data = self._execute(DocumentNode(definitions=(operation, *fragments)), path)
        return json.dumps(data.get(str(path[-1])), ensure_ascii=False)

    def _execute(self, document: DocumentNode, path: Path) -> Mapping[str, object]:
        def resolve(
            then: Resolver, source: object, info: GraphQLResolveInfo[None], **arguments: object
        ) -> object:
            if next(self._resolved) > MOST_FIELDS:
                raise _TooManyFields
            return _without_newer_locations(then(source, info, **arguments), source, info)

        inputs = dict(self.variables)
        try:
            # The library takes functions for this, and passes methods over.
            result = execute_sync(
                self.schema, document, variable_values=inputs, middleware=[resolve]
            )
        except _TooManyFields:
            what = f"the answer has more than {MOST_FIELDS:,} fields about the schema"
            self.faults.append(LimitError(what, "ask for less of it at once"))
            return {}
        for error in result.errors or ():
            self.faults.append(QueryError(error.message, path=(*path[:-1], *(error.path or ()))))
        return result.data or {}


def _without_newer_locations(
    value: object, source: object, info: GraphQLResolveInfo[None]
) -> object:
    """The value of a field about the schema, without locations that older clients cannot read."""
    match info.parent_type.name, info.field_name, value:
        case "__Directive", "locations", Iterable():
            return [location for location in value if location not in _NEWER_LOCATIONS]
        case "__Type", "enumValues", Iterable() if source is _ALL_LOCATIONS:
            return [(name, location) for name, location in value if name in LOCATIONS]
    return value
