"""The variables of an operation, coerced as the library does it, and sooner where they are plain.

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
"""Errors of a request that are told: one may take as long as a thousand values that are right."""
_Plain = tuple[str, GraphQLVariableSignature, GraphQLLeafType]


class Variables:
    """Those of one operation; made once, and used for every request that asks it."""

    def __init__(self, schema: GraphQLSchema, node: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = node.variable_definitions or ()
        # The library looks up each type by its name for every request.
        found = [_plain(schema, one) for one in self._definitions]
        self._plain = [one for one in found if one]

    def coerce(self, given: Mapping[str, object]) -> VariableValues | list[GraphQLError]:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, object] = {}
        for name, signature, leaf in self._plain:
            value = given.get(name)
            made = _coerced(leaf, value)
            if made is Undefined:
                break
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = made
        if len(coerced) == len(self._definitions):
            return VariableValues(sources, coerced)
        if (count := count_values(given)) > MOST_VALUES:
            return [_too_many(count)]
        found = get_variable_values(self._schema, self._definitions, dict(given), MOST_ERRORS)
        if isinstance(found, list) and len(found) > MOST_ERRORS:
            found[MOST_ERRORS].message = _MORE_ERRORS
        return found


_MORE_ERRORS = f"More than {MOST_ERRORS} values do not fit their types; mend these first."


def count_values(given: object) -> int:
    """How many values are in it, whatever it is; itself does not count."""
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
    told = LimitError(what, "send fewer at once, in parts or page by page")
    return GraphQLError(str(told), extensions={"code": told.code})


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Plain | None:
    """A variable that takes one scalar or enum value."""
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        return None
    kind = signature.type
    leaf = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return (signature.name, signature, leaf) if is_leaf_type(leaf) else None


def _coerced(leaf: GraphQLLeafType, value: object) -> object:
    """Undefined for what the library is to judge: a null, a default, a value that is none."""
    if value is None:
        return Undefined
    try:
        return leaf.coerce_input_value(value)  # type: ignore[arg-type]  # It refuses what is none.
    except Exception:  # The library then tells what is wrong with it.
        return Undefined
