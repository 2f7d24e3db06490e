"""The variables of an operation, coerced as the library does, and faster where all are leaves.

In: an operation's definition, and the values that came with it. Out: the library's own
`VariableValues`, or its errors; one alone if there are more values than are looked at. Pure: no
connection.
"""

from collections.abc import Mapping

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from kb.errors import LimitError

MOST_VALUES = 2_000
"""Values of all variables together: scalars, lists and objects."""
MOST_ERRORS = 20
"""Errors that are reported of a request: each may take as long as a thousand valid values."""
_LeafVariable = tuple[str, GraphQLVariableSignature, GraphQLLeafType]


class Variables:
    """The variables of one operation; made once, used for each request with that operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema, self._hide_suggestions = schema, hide_suggestions
        self._definitions = node.variable_definitions or ()
        # The library looks up each type by its name for every request.
        variables = [_leaf_variable(schema, definition) for definition in self._definitions]
        self._leaf_variables = [variable for variable in variables if variable]

    def coerce(self, given: Mapping[str, object]) -> VariableValues | list[GraphQLError]:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, object] = {}
        for name, signature, leaf in self._leaf_variables:
            value = given.get(name)
            coerced_value = _coerce_leaf(leaf, value)
            if coerced_value is Undefined:
                break
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = coerced_value
        if len(coerced) == len(self._definitions):
            return VariableValues(sources, coerced)
        if (count := count_variable_values(given)) > MOST_VALUES:
            return [_too_many(count)]
        result = get_variable_values(
            self._schema, self._definitions, dict(given), MOST_ERRORS, self._hide_suggestions
        )
        if isinstance(result, list) and len(result) > MOST_ERRORS:
            result[MOST_ERRORS].message = _MORE_ERRORS
        return result


_MORE_ERRORS = f"More than {MOST_ERRORS} values do not fit their types; mend these first."


def count_variable_values(given: object) -> int:
    """How many values lists and objects within it hold, at any depth; itself does not count."""
    count, waiting = 0, [given]
    while waiting:
        match waiting.pop():
            case dict() as members:
                count += len(members)
                waiting += members.values()
            case list() as items:
                count += len(items)
                waiting += items
    return count


def _too_many(count: int) -> GraphQLError:
    what = f"the variables have {count:,} values, more than the {MOST_VALUES:,} allowed"
    error = LimitError(what, "send fewer at once, in parts or page by page")
    return GraphQLError(str(error), extensions={"code": error.code})


def _leaf_variable(
    schema: GraphQLSchema, definition: VariableDefinitionNode
) -> _LeafVariable | None:
    """A variable that takes one scalar or enum value."""
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        return None
    type_ = signature.type
    leaf = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return (signature.name, signature, leaf) if is_leaf_type(leaf) else None


def _coerce_leaf(leaf: GraphQLLeafType, value: object) -> object:
    """Undefined for what is left to the library: null, a default, a value of another type."""
    if value is None:
        return Undefined
    try:
        return leaf.coerce_input_value(value)  # type: ignore[arg-type]  # It refuses any other.
    except Exception:  # The library then reports the error.
        return Undefined
